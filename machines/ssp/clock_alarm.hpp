#pragma once

#include "machines/time.hpp"
#include "surrealql/values/value.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace spooky::machines {

/// The moment as datetimes count it; what lies outside of what timestamps can say is the nearest
/// that they can.
datetime to_datetime(timestamp at) noexcept;
timestamp to_timestamp(const datetime& at) noexcept;

/// When views are to look at the clock next. Of the alarms that were set, the last one counts.
class clock_alarm {
 public:
  struct setting {
    timespan pause;
    std::uint64_t number;  ///< to be told when it goes off
  };
  /// Moments closer together are looked at together.
  static constexpr timespan shortest = std::chrono::milliseconds{10};
  /// The wall clock may be set meanwhile.
  static constexpr timespan longest = std::chrono::hours{1};

  /// `next`: when something is due. Nothing to set where nothing is, or an alarm comes in time.
  std::optional<setting> wait_for(const std::optional<datetime>& next, timestamp now);
  /// False: another one was set since.
  bool goes_off(std::uint64_t number) noexcept;

 private:
  std::optional<timestamp> waits_for_;
  std::uint64_t number_ = 0;
};

}  // namespace spooky::machines
