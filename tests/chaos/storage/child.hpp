#pragma once

#include <cstdint>
#include <string>

namespace spooky::chaos {

/// What the killed process is told.
struct child_options {
  std::string directory;   ///< holds `log` and `replica`
  std::uint64_t seed = 1;  ///< of the workload
  std::uint64_t fault_seed = 0;
  std::uint64_t fault_period = 0;  ///< one write in so many fails; 0: none
};

/// How the process ends when it is not killed.
inline constexpr int ended_by_fault = 3;  ///< the log gave up after an injected fault
inline constexpr int ended_by_error = 4;  ///< something failed that must not fail; stderr tells

/// Recovers, then appends, syncs and applies transactions until it is killed. After each sync it
/// writes two u64 to standard output: the acknowledged seq and the faults injected so far; at the
/// start, the recovered seq and the number of changes replayed into the replica.
int run_child(const child_options& options);

}  // namespace spooky::chaos
