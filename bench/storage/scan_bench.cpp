#include "bench/storage/measure.hpp"
#include "storage/replica.hpp"

using namespace spooky;
using namespace spooky::bench;

namespace {

constexpr std::int64_t records = 1'000'000;
constexpr std::int64_t page = 1000;

void load(storage::replica& r) {
  const stopwatch all;
  for (std::int64_t at = 0; at < records; at += page) {
    std::vector<storage::stored_record> rows;
    for (std::int64_t key = at; key < at + page; ++key) {
      rows.push_back({record_id{"post", value(key)}, typical_record(key), 1});
    }
    need(r.load(rows));
  }
  std::printf("{\"bench\":\"replica_load\",\"records\":%lld,\"records_per_s\":%.0f}\n",
              static_cast<long long>(records), static_cast<double>(records) / all.seconds());
}

void scan(const storage::replica& r, double idle_mib) {
  const auto state = need(r.snapshot());
  for (int pass = 0; pass < 3; ++pass) {
    std::uint64_t rows = 0;
    const stopwatch all;
    need(state->scan("post", {}, [&](const value& row) {
      rows += row.is_object() ? 1 : 0;
      return true;
    }));
    std::printf(
        "{\"bench\":\"replica_scan\",\"rows\":%llu,\"rows_per_s\":%.0f,\"memory_above_idle_mib\":"
        "%.1f}\n",
        static_cast<unsigned long long>(rows), static_cast<double>(rows) / all.seconds(),
        memory_mib("VmHWM") - idle_mib);
  }
  const stopwatch counting;
  const std::uint64_t n = need(state->count("post"));
  std::printf("{\"bench\":\"replica_count\",\"rows_per_s\":%.0f}\n",
              static_cast<double>(n) / counting.seconds());
}

void get(const storage::replica& r) {
  const auto state = need(r.snapshot());
  constexpr int gets = 100'000;
  std::uint64_t found = 0;
  const stopwatch all;
  for (int i = 0; i < gets; ++i) {
    const std::int64_t key = i * std::int64_t{7919} % records;
    found += need(state->find({"post", value(key)})) ? 1 : 0;
  }
  std::printf("{\"bench\":\"replica_get\",\"found\":%llu,\"gets_per_s\":%.0f}\n",
              static_cast<unsigned long long>(found), gets / all.seconds());
}

}  // namespace

int main(int argc, char** argv) {
  const scratch_directory scratch(argc, argv);
  const storage::replica_options options{.directory = scratch / "replica"};
  {
    auto r = need(storage::replica::open(options));
    load(r);
    need(r.checkpoint());
  }
  const auto r = need(storage::replica::open(options));
  // Peak memory of loading must not hide that of scanning.
  std::ofstream("/proc/self/clear_refs") << "5";
  const double idle_mib = memory_mib("VmRSS");
  scan(r, idle_mib);
  get(r);
}
