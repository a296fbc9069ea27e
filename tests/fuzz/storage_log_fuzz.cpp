#include "storage/simulated_file_system.hpp"
#include "storage/wal.hpp"
#include "storage/wal_format.hpp"
#include "storage/wal_inspect.hpp"
#include "storage/wal_reader.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

using namespace spooky;
using namespace spooky::storage;

namespace {

constexpr std::uint64_t salt = 7;
constexpr std::size_t segment_bytes = 4096;
constexpr std::size_t segments = 3;
constexpr unsigned frames_per_segment = 20;
const std::string directory = "log";

std::string payload_of(sequence_number seq) { return std::string(seq.raw() % 90, 'a'); }

sequence_number first_of(std::size_t segment) {
  return sequence_number{std::uint64_t{1 + segment * frames_per_segment}};
}

std::string whole_segment(std::size_t number) {
  auto bytes = encode_segment_header({salt, first_of(number), segment_bytes});
  for (unsigned i = 0; i < frames_per_segment; ++i) {
    const auto seq = first_of(number) + i;
    encode_frame({seq, seq, seq - 1, payload_of(seq)}, salt, bytes);
  }
  bytes.resize(segment_bytes, '\0');
  return bytes;
}

/// The fuzzer's bytes as numbers; 0 where they have ended.
class script {
 public:
  explicit script(std::string_view bytes) : bytes_(bytes) {}
  bool ended() const { return bytes_.empty(); }
  template <class Number>
  Number number() {
    Number n = 0;
    const auto taken = text(sizeof n);
    std::memcpy(&n, taken.data(), taken.size());
    return n;
  }
  std::string_view text(std::size_t length) {
    const auto taken = bytes_.substr(0, length);
    bytes_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view bytes_;
};

struct damaged_log {
  std::array<std::string, segments> files{whole_segment(0), whole_segment(1), whole_segment(2)};
  bool forged = false;  ///< frames were made that nobody had appended, with right checksums
};

void overwrite(std::string& file, std::size_t at, std::string_view bytes) {
  if (at < file.size()) file.replace(at, bytes.size(), bytes);
}

void forge(std::string& file, std::size_t at, script& told) {
  std::string bytes;
  const auto first = sequence_number{told.number<std::uint64_t>()};
  const auto count = told.number<std::uint32_t>();
  const auto synced = sequence_number{told.number<std::uint64_t>()};
  encode_frame({first, first + count - 1, synced, told.text(told.number<std::uint8_t>())}, salt,
               bytes);
  overwrite(file, at, bytes);
}

damaged_log damage(script told) {
  damaged_log log;
  while (!told.ended()) {
    const auto what = told.number<std::uint8_t>();
    auto& file = log.files[what % segments];
    const auto at = told.number<std::uint16_t>() % segment_bytes;
    switch (what / segments % 4) {
      case 0:
        overwrite(file, at, told.text(told.number<std::uint8_t>()));
        break;
      case 1:
        overwrite(file, at, std::string(told.number<std::uint8_t>(), '\0'));
        break;
      case 2:
        file.resize(std::min<std::size_t>(file.size(), at));
        break;
      default:
        log.forged = true;
        forge(file, at, told);
    }
  }
  return log;
}

void store(file_system& disk, const damaged_log& log) {
  if (!disk.create_directories(directory).ok()) std::abort();
  for (std::size_t i = 0; i < segments; ++i) {
    const auto path = join_path(directory, segment_name(first_of(i)));
    const auto file = disk.open(path, open_mode::create);
    if (!file.ok() || !(*file)->write_at(0, log.files[i]).ok()) std::abort();
  }
}

/// Frames follow each other without a gap, and none says what was not written.
void read(file_system& disk, const wal_recovery& found, bool forged) {
  if (found.first_seq == 0) return;
  auto reader = wal_reader::open(disk, directory, found.first_seq);
  auto expected = found.first_seq;
  while (reader.ok()) {
    const auto next = reader->next(found.last_seq);
    if (!next.ok() || !*next) break;
    if ((*next)->first != expected) std::abort();
    if (!forged && (*next)->payload != payload_of(expected)) std::abort();
    expected = (*next)->last + 1;
  }
}

}  // namespace

/// A log whose segments somebody damaged: it is refused with a reason, or what is read of it is
/// what was written, and it goes on from there.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto log = damage(script{{reinterpret_cast<const char*>(data), size}});
  simulated_file_system disk{1};
  store(disk, log);
  const auto before = inspect_wal(disk, directory);
  if (before.message.empty()) std::abort();
  const bool sound =
      before.verdict == wal_verdict::intact || before.verdict == wal_verdict::torn_tail;
  auto opened = wal::open(disk, {.directory = directory, .segment_bytes = segment_bytes});
  if (!opened.ok()) {
    if (sound || opened.failure().message.empty()) std::abort();
    return 0;
  }
  read(disk, opened->recovered(), log.forged);
  const auto next = opened->next_seq();
  if (!opened->append(next, next, payload_of(next)).ok() || !opened->close().ok()) std::abort();
  if (sound && inspect_wal(disk, directory).verdict != wal_verdict::intact) std::abort();
  return 0;
}
