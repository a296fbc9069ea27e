#pragma once

#include "surrealql/values/value.hpp"

#include <cstdint>
#include <optional>

namespace spooky::surrealql {

/// The moment at which something is evaluated, and until when the outcome holds if no record
/// changes: until the next tick where `time::now()` went into it, and until a moment of its own
/// where it was only compared with what moves as evenly (`at < time::now() - 1h`).
///
/// All of one evaluation happens at one moment. SurrealDB (3.3.3) reads its clock anew at each
/// call, so its rows differ by nanoseconds; what holds of one moment is what it would answer then.
class moment {
 public:
  /// It is not known when: whatever reads the clock fails.
  moment() = default;
  /// Of an outcome that nobody keeps.
  explicit moment(const datetime& now) noexcept : now_(now), known_(true) {}
  /// `next_tick` is when a clock that went into the outcome is looked at again.
  moment(const datetime& now, const datetime& next_tick) noexcept
      : now_(now), next_tick_(next_tick), known_(true) {}

  bool known() const noexcept { return known_; }
  const datetime& now() const noexcept { return now_; }
  /// The same, as a part of the outcome.
  const datetime& read() noexcept {
    ++readings_;
    return now_;
  }
  /// The outcome is another from `then` on.
  void holds_until(const datetime& then) noexcept {
    if (!flip_ || then < *flip_) flip_ = then;
  }
  /// When the outcome may be another; nothing: never by itself.
  std::optional<datetime> until() const noexcept {
    if (readings_ == 0 || (flip_ && *flip_ < next_tick_)) return flip_;
    return next_tick_;
  }

  /// How often it was read. Those who find out that some readings do not matter go back.
  std::uint64_t readings() const noexcept { return readings_; }
  void back_to(std::uint64_t readings) noexcept { readings_ = readings; }

 private:
  datetime now_;
  datetime next_tick_;
  std::optional<datetime> flip_;
  std::uint64_t readings_ = 0;
  bool known_ = false;
};

}  // namespace spooky::surrealql
