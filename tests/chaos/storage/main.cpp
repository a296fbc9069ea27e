// Crashes storage many times and counts. Ends 0 if no promise was broken.
#include "tests/chaos/storage/child.hpp"
#include "tests/chaos/storage/disk_chaos.hpp"
#include "tests/chaos/storage/kill_chaos.hpp"
#include "tests/chaos/storage/workload.hpp"

#include <cstdio>
#include <functional>
#include <string>

#include <CLI/CLI.hpp>

namespace {

using namespace spooky::chaos;

struct outcome {
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  std::uint64_t lost = 0;
  std::uint64_t repeated = 0;
};

/// Runs one iteration; a broken promise is counted and printed with what replays it.
bool holds(outcome& all, const std::string& replay, const std::function<void()>& iteration) {
  try {
    iteration();
    ++all.passed;
    return true;
  } catch (const violation& broken) {
    ++all.failed;
    all.lost += broken.of == promise::nothing_lost ? 1 : 0;
    all.repeated += broken.of == promise::nothing_repeated ? 1 : 0;
    std::printf("VIOLATION: %s\n  replay: chaos_storage %s\n", broken.what(), replay.c_str());
    return false;
  }
}

unsigned long long number(std::uint64_t n) { return n; }

void print(const char* what, std::uint64_t seed, std::uint64_t rounds, const tally& counts) {
  std::printf(
      "%s: seed %llu, iterations %llu, kills %llu, power cuts %llu, faults %llu, acknowledged "
      "%llu, "
      "refused %llu, torn tails %llu, replayed %llu\n",
      what, number(seed), number(rounds), number(counts.kills), number(counts.power_cuts),
      number(counts.faults), number(counts.acknowledged), number(counts.refused),
      number(counts.torn_tails), number(counts.replayed));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Crash tests of the log and the replica");
  std::uint64_t seed = 1;
  std::uint64_t iterations = 5000;
  std::uint64_t kills = 200;
  child_options child;
  app.add_option("--seed", seed, "of the first iteration; the next have the seeds that follow");
  app.add_option("--iterations", iterations, "runs on the simulated disk, some crashes each");
  app.add_option("--kills", kills, "real processes to kill");
  app.add_option("--child", child.directory, "internal: be the process that is killed");
  app.add_option("--fault-seed", child.fault_seed, "internal");
  app.add_option("--fault-period", child.fault_period, "internal");
  CLI11_PARSE(app, argc, argv);
  if (!child.directory.empty()) {
    child.seed = seed;
    return run_child(child);
  }

  outcome all;
  tally disk;
  for (std::uint64_t i = 0; i < iterations; ++i) {
    const std::string replay = "--seed " + std::to_string(seed + i) + " --iterations 1 --kills 0";
    holds(all, replay, [&] { disk_chaos(seed + i, disk); });
  }
  print("simulated disk", seed, iterations, disk);

  tally process;
  kill_chaos chaos(seed);
  for (std::uint64_t i = 0; i < kills; ++i) {
    const std::string replay =
        "--seed " + std::to_string(seed) + " --iterations 0 (kill " + std::to_string(i + 1) + ")";
    // The files are no longer those of the model after a violation.
    if (!holds(all, replay, [&] { chaos.once(process); })) break;
  }
  print("killed processes", seed, kills, process);

  std::printf(
      "kills %llu, faults %llu, acknowledged %llu, lost %llu, duplicated %llu\n",
      number(disk.kills + disk.power_cuts + process.kills), number(disk.faults + process.faults),
      number(disk.acknowledged + process.acknowledged), number(all.lost), number(all.repeated));
  std::printf("%llu passed, %llu failed\n", number(all.passed), number(all.failed));
  return all.failed == 0 ? 0 : 1;
}
