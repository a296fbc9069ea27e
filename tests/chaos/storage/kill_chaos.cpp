#include "tests/chaos/storage/kill_chaos.hpp"

#include "storage/replica.hpp"
#include "storage/wal.hpp"
#include "storage/wal_reader.hpp"
#include "tests/chaos/storage/child.hpp"
#include "tests/chaos/storage/workload.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <poll.h>
#include <random>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace spooky::chaos {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::microseconds;

/// What a killed process had said.
struct last_words {
  sequence_number acknowledged = 0;  ///< 0: it had not recovered yet
  std::uint64_t replayed = 0;
  std::uint64_t faults = 0;
  int status = 0;
};

/// The process under test; killed by the destructor at the latest.
class victim {
 public:
  explicit victim(const child_options& options) {
    std::array<int, 2> pipe_ends{};
    demand(::pipe(pipe_ends.data()) == 0, "pipe failed");
    out_ = pipe_ends[0];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, pipe_ends[0]);
    posix_spawn_file_actions_addclose(&actions, pipe_ends[1]);
    std::vector<std::string> words = {"chaos_storage",
                                      "--child",
                                      options.directory,
                                      "--seed",
                                      std::to_string(options.seed),
                                      "--fault-seed",
                                      std::to_string(options.fault_seed),
                                      "--fault-period",
                                      std::to_string(options.fault_period)};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int code =
        ::posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe_ends[1]);
    demand(code == 0, "posix_spawn failed");
  }
  victim(const victim&) = delete;
  victim& operator=(const victim&) = delete;
  ~victim() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(out_);
  }

  /// Listens until `lifetime` has passed since the process said it had recovered (or, if `early`,
  /// since its start), or it ended by itself; kills it; returns what it had said.
  last_words kill_after(microseconds lifetime, bool early);

 private:
  bool listen(microseconds at_most);

  pid_t pid_ = -1;
  int out_ = -1;
  std::string heard_;
};

/// False once the process has closed its end.
bool victim::listen(microseconds at_most) {
  pollfd waiting{.fd = out_, .events = POLLIN, .revents = 0};
  const timespec limit{.tv_sec = at_most.count() / 1'000'000,
                       .tv_nsec = at_most.count() % 1'000'000 * 1000};
  if (::ppoll(&waiting, 1, &limit, nullptr) <= 0) return true;
  std::array<char, 4096> buffer;
  const ssize_t n = ::read(out_, buffer.data(), buffer.size());
  if (n > 0) heard_.append(buffer.data(), static_cast<std::size_t>(n));
  return n > 0;
}

last_words victim::kill_after(microseconds lifetime, bool early) {
  constexpr microseconds patience(60'000'000);
  clock::time_point end = clock::now() + (early ? lifetime : patience);
  bool alive = true;
  bool recovered = early;
  while (alive && clock::now() < end) {
    alive = listen(std::chrono::duration_cast<microseconds>(end - clock::now()));
    if (!recovered && !heard_.empty()) {
      recovered = true;
      end = clock::now() + lifetime;
    }
  }
  demand(recovered || !alive, "the process did not recover within a minute");
  ::kill(pid_, SIGKILL);
  last_words words;
  demand(::waitpid(pid_, &words.status, 0) == pid_, "waitpid failed");
  pid_ = -1;
  while (listen(patience)) {
  }
  std::array<std::uint64_t, 2> line{};
  for (std::size_t at = 0; at + sizeof line <= heard_.size(); at += sizeof line) {
    std::copy_n(heard_.data() + at, sizeof line, reinterpret_cast<char*>(line.data()));
    words.acknowledged = sequence_number{line[0]};
    (at == 0 ? words.replayed : words.faults) = line[1];
  }
  return words;
}

std::string fresh_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "spooky-chaos-XXXXXX").string();
  demand(::mkdtemp(pattern.data()) != nullptr, "mkdtemp failed");
  return pattern;
}

}  // namespace

struct kill_chaos::state {
  explicit state(std::uint64_t s) : seed(s), random(s), directory(fresh_directory()), expected(s) {}

  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random);
  }
  void check_log(const storage::wal& log, const std::string& path) const;

  std::uint64_t seed;
  std::mt19937_64 random;
  std::string directory;
  model expected;
  sequence_number seen = 0;  ///< recovered before, so it must never be less
};

kill_chaos::kill_chaos(std::uint64_t seed) : state_(std::make_unique<state>(seed)) {}

kill_chaos::~kill_chaos() {
  std::error_code ignored;
  std::filesystem::remove_all(state_->directory, ignored);
}

/// Every frame kept is, byte by byte, the transaction that belongs there.
void kill_chaos::state::check_log(const storage::wal& log, const std::string& path) const {
  const sequence_number first = log.recovered().first_seq;
  if (first == 0) return;
  auto reader = need(storage::wal_reader::open(storage::posix_file_system(), path, first));
  while (const auto frame = need(reader.next(log.written_seq()))) {
    const change_batch batch = transaction_at(seed, frame->first);
    demand(frame->payload == encode_transaction(batch) && frame->last == batch.changes.back().seq,
           "the log's seq " + std::to_string(frame->first.raw()) + " is not what was appended",
           promise::nothing_repeated);
  }
}

void kill_chaos::once(tally& counts) {
  state& s = *state_;
  child_options options;
  options.directory = s.directory;
  options.seed = s.seed;
  options.fault_seed = s.below(UINT64_MAX);
  options.fault_period = s.below(3) == 0 ? 2 + s.below(20) : 0;
  const bool early = s.below(5) == 0;
  victim process(options);
  const last_words words = process.kill_after(microseconds(s.below(50'000)), early);
  const bool killed = WIFSIGNALED(words.status) && WTERMSIG(words.status) == SIGKILL;
  demand(killed || WEXITSTATUS(words.status) == ended_by_fault,
         "the process ended by itself with status " + std::to_string(WEXITSTATUS(words.status)));
  counts.kills += 1;
  counts.faults += words.faults;
  counts.replayed += words.replayed;

  auto replica = need(storage::replica::open(
      {.directory = s.directory + "/replica", .write_buffer_bytes = 256u << 10}));
  const std::string log_path = s.directory + "/log";
  auto log = need(storage::wal::open(
      storage::posix_file_system(),
      {.directory = log_path, .segment_bytes = 64u << 10, .start_after = replica.applied_seq()}));
  const sequence_number last = log.written_seq();
  const sequence_number must_have = std::max(s.seen, words.acknowledged);
  demand(last >= must_have,
         "acknowledged up to " + std::to_string(must_have.raw()) + ", recovered up to " +
             std::to_string(last.raw()),
         promise::nothing_lost);
  demand(replica.applied_seq() <= last, "the replica is ahead of the log");
  counts.acknowledged += words.acknowledged > s.seen ? words.acknowledged - s.seen : 0;
  counts.torn_tails += log.recovered().torn_bytes > 0 ? 1 : 0;
  s.check_log(log, log_path);

  s.expected.advance_to(std::max(s.expected.seq(), replica.applied_seq()));
  demand(s.expected.seq() == replica.applied_seq(), "the replica went back in time");
  s.expected.check(*need(replica.snapshot()));
  s.seen = last;
}

}  // namespace spooky::chaos
