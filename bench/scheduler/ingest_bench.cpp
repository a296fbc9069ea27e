#include "bench/scheduler/http_load.hpp"
#include "bench/scheduler/scheduler_core.hpp"
#include "bench/storage/measure.hpp"

#include <spdlog/spdlog.h>

using namespace spooky;
using namespace spooky::bench;

namespace {

constexpr double run_seconds = 4;
constexpr int rounds = 3;
constexpr std::size_t batch_events = 1'000;

/// One event of 300 bytes.
std::string event(std::size_t i) {
  const auto id = "post:" + std::to_string(i % 1'000'000);
  auto text = R"({"table":"post","op":"UPDATE","id":")" + id + R"(","record":{"id":")" + id +
              R"(","author":"user:)" + std::to_string(i % 997) + R"(","score":)" +
              std::to_string(i % 1000) + R"(,"active":true,"title":")";
  constexpr std::size_t wanted = 300;
  text.append(wanted - 3 - text.size(), 'x');
  return text + "\"}}";
}

std::string batch(std::size_t i) {
  std::string lines;
  for (std::size_t k = 0; k < batch_events; ++k) lines += event(i * batch_events + k) + "\n";
  return lines;
}

struct figures {
  double per_s = 0;
  double p50 = 0;
  double p99 = 0;
  std::size_t refused = 0;
};

figures measure(const std::string& directory, logging log, std::size_t connections,
                const char* path, const std::function<std::string(std::size_t)>& body) {
  const scheduler_core server{directory, log};
  run_load(server.port(), path, connections, 0.5, body);
  auto seen = run_load(server.port(), path, connections, run_seconds, body);
  return {static_cast<double>(seen.requests) / seen.seconds, quantile(seen.latencies_ms, 0.5),
          quantile(seen.latencies_ms, 0.99), seen.refused};
}

struct comparison {
  figures logged, unlogged, answering;
  double ratio() const { return logged.per_s / unlogged.per_s; }
};

figures measure_events(const char* base, logging log, std::size_t connections) {
  const char* argv[] = {"", base};
  const scratch_directory directory{2, const_cast<char**>(argv)};
  return measure(directory / "", log, connections, "/ingest", event);
}

/// In turn, so that all see the same machine; the median round counts.
void compare(const char* base, std::size_t connections) {
  std::vector<comparison> seen;
  for (int round = 0; round < rounds; ++round)
    seen.push_back({measure_events(base, logging::always, connections),
                    measure_events(base, logging::none, connections),
                    measure_events(base, logging::nothing, connections)});
  std::sort(seen.begin(), seen.end(),
            [](const comparison& a, const comparison& b) { return a.ratio() < b.ratio(); });
  const auto& median = seen[seen.size() / 2];
  std::printf(
      "{\"bench\":\"ingest\",\"connections\":%zu,\"event_bytes\":300,\"wal_sync\":\"always\","
      "\"events_per_s\":%.0f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"refused\":%zu,"
      "\"unlogged_events_per_s\":%.0f,\"unlogged_p99_ms\":%.2f,\"unlogged_refused\":%zu,"
      "\"ratio\":%.2f,\"answer_only_events_per_s\":%.0f,\"ratio_to_answer_only\":%.2f}\n",
      connections, median.logged.per_s, median.logged.p50, median.logged.p99, median.logged.refused,
      median.unlogged.per_s, median.unlogged.p99, median.unlogged.refused, median.ratio(),
      median.answering.per_s, median.logged.per_s / median.answering.per_s);
  std::fflush(stdout);
}

void batches(const char* base, std::size_t connections) {
  const char* argv[] = {"", base};
  const scratch_directory directory{2, const_cast<char**>(argv)};
  std::vector<std::string> bodies;
  for (std::size_t i = 0; i < 64; ++i) bodies.push_back(batch(i));
  const auto seen = measure(directory / "", logging::always, connections, "/ingest/batch",
                            [&bodies](std::size_t i) { return bodies[i % bodies.size()]; });
  std::printf(
      "{\"bench\":\"ingest_batch\",\"connections\":%zu,\"batch_events\":%zu,\"events_per_s\":%.0f,"
      "\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"refused\":%zu}\n",
      connections, batch_events, seen.per_s * batch_events, seen.p50, seen.p99, seen.refused);
  std::fflush(stdout);
}

}  // namespace

/// bench_ingest [directory [single|batch]]: the directory lies on the disk to be measured.
int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::warn);
  const char* base = argc > 1 ? argv[1] : ".";
  const std::string only = argc > 2 ? argv[2] : "";
  if (only != "batch")
    for (const std::size_t connections : {1, 8, 64}) compare(base, connections);
  if (only != "single")
    for (const std::size_t connections : {1, 2, 4}) batches(base, connections);
}
