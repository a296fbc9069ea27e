#include "bench/storage/measure.hpp"
#include "storage/wal.hpp"
#include "storage/wal_reader.hpp"

using namespace spooky;
using namespace spooky::bench;

namespace {

constexpr std::size_t payload_bytes = 300;

/// Appends in groups of `group` frames, one sync each, as group commit does with as many producers
/// waiting.
void append_and_sync(const std::string& directory, std::size_t group, double seconds) {
  storage::wal log =
      need(storage::wal::open(storage::posix_file_system(), {.directory = directory}));
  const std::string payload(payload_bytes, 'e');
  std::vector<double> latencies;
  std::uint64_t frames = 0;
  const stopwatch all;
  while (all.seconds() < seconds) {
    const stopwatch one;
    for (std::size_t i = 0; i < group; ++i) {
      need(log.append(log.next_seq(), log.next_seq(), payload));
    }
    need(log.sync());
    latencies.push_back(one.seconds() * 1e3);
    frames += group;
    log.prepare_next_segment();
  }
  const double took = all.seconds();
  std::printf(
      "{\"bench\":\"wal_append\",\"in_flight\":%zu,\"payload_bytes\":%zu,\"appends_per_s\":%.0f,"
      "\"syncs_per_s\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}\n",
      group, payload_bytes, static_cast<double>(frames) / took,
      static_cast<double>(latencies.size()) / took, quantile(latencies, 0.5),
      quantile(latencies, 0.99), quantile(latencies, 1));
}

/// Framing and checksum alone.
void frame_only() {
  const std::string payload(payload_bytes, 'e');
  constexpr std::uint64_t frames = 1'000'000;
  std::string out;
  const stopwatch all;
  for (sequence_number seq = 1; seq.raw() <= frames; ++seq) {
    if (seq.raw() % 64 == 0) out.clear();
    storage::encode_frame({.first = seq, .last = seq, .synced = seq - 1, .payload = payload}, 42,
                          out);
  }
  std::printf("{\"bench\":\"wal_frame\",\"payload_bytes\":%zu,\"ns_per_frame\":%.0f}\n",
              payload_bytes, all.seconds() / static_cast<double>(frames) * 1e9);
}

void read_back(const std::string& directory) {
  const stopwatch opening;
  storage::wal log =
      need(storage::wal::open(storage::posix_file_system(), {.directory = directory}));
  const double open_seconds = opening.seconds();
  auto reader = need(storage::wal_reader::open(storage::posix_file_system(), directory, 1));
  std::uint64_t frames = 0;
  const stopwatch all;
  while (need(reader.next(log.written_seq()))) ++frames;
  std::printf("{\"bench\":\"wal_read\",\"frames\":%llu,\"frames_per_s\":%.0f,\"open_ms\":%.1f}\n",
              static_cast<unsigned long long>(frames), static_cast<double>(frames) / all.seconds(),
              open_seconds * 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  const scratch_directory scratch(argc, argv);
  frame_only();
  for (const std::size_t group : {1u, 8u, 64u, 512u}) {
    append_and_sync(scratch / ("log" + std::to_string(group)).c_str(), group, 3);
  }
  read_back(scratch / "log64");
}
