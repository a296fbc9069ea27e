#pragma once

#include <cstdint>

namespace spooky::chaos {

/// What happened and what was checked, added up over iterations.
struct tally {
  std::uint64_t kills = 0;  ///< processes killed, real or simulated
  std::uint64_t power_cuts = 0;
  std::uint64_t faults = 0;   ///< I/O operations made to fail or fall short
  std::uint64_t refused = 0;  ///< changes refused with an error
  std::uint64_t acknowledged = 0;
  std::uint64_t torn_tails = 0;
  std::uint64_t replayed = 0;  ///< changes the replica lacked after a crash
};

/// Runs the log on a simulated disk through a few crashes. Throws a violation.
void disk_chaos(std::uint64_t seed, tally& counts);

}  // namespace spooky::chaos
