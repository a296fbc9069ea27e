#include "bench/scheduler/http_load.hpp"
#include "bench/scheduler/scheduler_core.hpp"
#include "bench/storage/measure.hpp"

#include <spdlog/spdlog.h>

using namespace spooky;
using namespace spooky::bench;

namespace {

constexpr std::int64_t records = 1'000'000;
constexpr std::int64_t page = 1000;
constexpr int passes = 3;

void fill(const std::string& directory) {
  auto replica = need(storage::replica::open({.directory = directory}));
  for (std::int64_t at = 0; at < records; at += page) {
    std::vector<storage::stored_record> rows;
    for (std::int64_t key = at; key < at + page; ++key)
      rows.push_back({record_id{"post", value(key)}, typical_record(key), 1});
    need(replica.load(rows));
  }
  need(replica.checkpoint());
}

void ask(std::uint16_t port, const char* name, const char* accept, const std::string& body) {
  for (int pass = 0; pass < passes; ++pass) {
    // The peak of what came before must not hide this one's.
    std::ofstream("/proc/self/clear_refs") << "5";
    const double idle_mib = memory_mib("VmRSS");
    const stopwatch all;
    const auto answer = stream_answer(port, "/proxy/query", accept, body);
    const double took = all.seconds();
    std::printf(
        "{\"bench\":\"proxy\",\"query\":\"%s\",\"status\":%u,\"rows\":%lld,\"mib\":%.0f,"
        "\"rows_per_s\":%.0f,\"memory_above_idle_mib\":%.1f}\n",
        name, answer.status, static_cast<long long>(records),
        static_cast<double>(answer.bytes) / (1 << 20), static_cast<double>(records) / took,
        memory_mib("VmHWM") - idle_mib);
    std::fflush(stdout);
  }
}

}  // namespace

/// bench_proxy [directory]: scans a replica of 1,000,000 records of 200 bytes over HTTP.
int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::warn);
  const scratch_directory scratch(argc, argv);
  fill(scratch / "replica");
  const scheduler_core server{scratch / "", logging::always};
  ask(server.port(), "json", "application/json", R"({"query":"SELECT * FROM post"})");
  ask(server.port(), "bootstrap", "application/cbor",
      R"({"query":"SELECT * FROM post","versions":true})");
  ask(server.port(), "filtered", "application/json",
      R"({"query":"SELECT id, title FROM post WHERE score > 1000"})");
}
