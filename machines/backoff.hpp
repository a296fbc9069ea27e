#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace spooky::machines {

/// The pause before attempt number `attempt` (1 = first repetition): doubled each time from
/// `initial`, capped at `limit`, then jittered down by up to half so that peers do not retry in
/// step. Deterministic for a given `seed`: under the simulator the same seed replays the same
/// pauses.
inline std::chrono::milliseconds backoff_delay(unsigned attempt, std::chrono::milliseconds initial,
                                               std::chrono::milliseconds limit,
                                               std::uint64_t seed) {
  const auto doublings = std::min(attempt == 0 ? 0u : attempt - 1, 16u);
  const auto full = std::min(limit, initial * (1 << doublings));
  // splitmix64 (Steele, Lea, Flood 2014): well mixed from consecutive seeds.
  auto z = seed + 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  const auto share = static_cast<std::int64_t>((z ^ (z >> 31)) % 512);
  return full - full * share / 1024;
}

}  // namespace spooky::machines
