#pragma once

#include "protocol/ids.hpp"

#include <cstdint>
#include <optional>

namespace spooky::machines {

/// Gives each placement of a view an epoch of its own, above all that were given before, over
/// restarts as well: an epoch is only given below a bound that is durable, and a restart goes on
/// from that bound. The floor, wall clock milliseconds at the start, keeps them rising even when
/// the durable bound was lost with the disk. Pure bookkeeping.
class epoch_source {
 public:
  explicit epoch_source(placement_epoch floor = 0, std::uint64_t block = 100'000)
      : last_(floor), bound_(floor), block_(block) {}

  /// The bound that an earlier run has made durable.
  void restore(placement_epoch bound);
  /// The bound to make durable now; nothing while enough epochs are left below the present one, or
  /// while this has been asked for already. After a failure ask again by `not_reserved`.
  std::optional<placement_epoch> wanted();
  void reserved(placement_epoch bound);
  void not_reserved() { asked_ = false; }
  /// The next epoch; nothing while none is covered by the durable bound.
  std::optional<placement_epoch> next();

 private:
  placement_epoch last_;
  placement_epoch bound_;
  std::uint64_t block_;
  bool asked_ = false;
};

}  // namespace spooky::machines
