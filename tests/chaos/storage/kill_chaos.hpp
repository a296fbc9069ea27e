#pragma once

#include "tests/chaos/storage/disk_chaos.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace spooky::chaos {

/// Kills a real process under load again and again. Its files are kept from one kill to the next,
/// and removed at the end.
class kill_chaos {
 public:
  explicit kill_chaos(std::uint64_t seed);
  ~kill_chaos();

  /// Starts the process, kills it at a random moment, recovers what it left and holds it against
  /// the model. Throws a violation.
  void once(tally& counts);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace spooky::chaos
