#pragma once

#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace spooky::surrealql {

/// Bounds on one run: of a statement, or of a view's evaluations in one step. `should_stop` is
/// asked now and then; the caller looks at its clock there, since this library reads none.
struct run_limits {
  static constexpr std::uint64_t unbounded = static_cast<std::uint64_t>(-1);

  std::size_t rows = 10'000'000;          ///< rows held in memory at once
  std::size_t depth = 64;                 ///< nesting of sub-queries, paths and closures
  std::size_t bytes = 256 * 1024 * 1024;  ///< of values alive at once, by value::weight()
  /// Steps: one for each node evaluated and row looked at, and one for every 256 bytes a function
  /// or comparison goes through. A step takes some 10 to 100 ns.
  std::uint64_t work = 50'000'000;
  std::function<bool()> should_stop;  ///< true: fail with errc::timeout
  /// Which settings set `bytes`, `rows` and the clock behind `should_stop`, for messages.
  std::string_view bytes_setting, rows_setting, time_setting;
};

/// What one run has spent of its limits. Who loops, spends; who builds, holds, and before it
/// allocates. Once a limit is passed everything is refused, so a caller that takes a failure for
/// NONE gains nothing. Not for several threads.
///
/// Memory is counted by frames: an evaluation notes held() at its beginning and settles for its
/// outcome, so that what it built on the way counts only as long as it lives.
class budget {
 public:
  /// Of the default limits.
  budget() noexcept;
  /// `limits` must outlive this. `held`: bytes that are in use already.
  explicit budget(const run_limits& limits, std::size_t held = 0) noexcept;

  const run_limits& limits() const noexcept { return *limits_; }

  /// Takes so many steps. False: the budget is exhausted; see failure().
  bool spend(std::uint64_t steps = 1) {
    if (steps < until_check_) {
      until_check_ -= steps;
      return true;
    }
    return spend_and_check(steps);
  }
  /// Counts so many bytes more as held.
  bool hold(std::size_t bytes) {
    if (!fits(bytes)) return false;
    held_ += bytes;
    return true;
  }
  /// Whether so many bytes more would be allowed, without counting them. False is final, too.
  bool fits(std::uint64_t bytes) {
    if (bytes <= most_bytes_ && held_ <= most_bytes_ - bytes) return until_check_ != 0;
    return too_much_memory(bytes);
  }
  /// Whether so many rows may be held.
  bool allows_rows(std::size_t rows) {
    return rows <= limits_->rows ? until_check_ != 0 : too_many_rows();
  }
  /// Counts bytes that no settling gives back, until unpin().
  bool pin(std::size_t bytes) {
    if (!fits(bytes)) return false;
    most_bytes_ -= bytes;
    return true;
  }
  void unpin() noexcept { most_bytes_ = limits_->bytes; }
  /// Of what was built since held() was `before` only `kept` is left. Also refuses a value that
  /// nests deeper than SurrealDB allows.
  bool settle(std::size_t before, const value& kept) {
    held_ = before;
    if (kept.depth() > deepest_value) return too_deep();
    const std::size_t weight = kept.weight();
    return weight < value::heaviest ? hold(weight) : too_much_memory(run_limits::unbounded);
  }
  std::size_t held() const noexcept { return held_; }
  /// Nothing that was built since held() was `before` is left.
  void release_to(std::size_t before) noexcept { held_ = before; }
  void release(std::size_t bytes) noexcept { held_ -= bytes < held_ ? bytes : held_; }

  /// Where the evaluation stands, for messages.
  void at(std::uint32_t line, std::uint32_t column) noexcept {
    line_ = line;
    column_ = column;
  }

  bool exhausted() const noexcept { return until_check_ == 0; }
  /// Which limit was passed, where and by how much; precondition: exhausted().
  const error& failure() const noexcept { return *failure_; }
  std::uint64_t steps() const noexcept;

  /// What is nested deeper is refused by SurrealDB 3.3 as "nested too deeply".
  static constexpr unsigned deepest_value = 255;

 private:
  bool spend_and_check(std::uint64_t steps);
  bool too_much_memory(std::uint64_t bytes);
  bool too_many_rows();
  bool too_deep();
  bool exhaust(errc code, std::string message, error_cause cause = error_cause::unstated);
  std::string place() const;

  const run_limits* limits_;
  std::size_t held_;
  std::size_t most_bytes_;           ///< less what is pinned
  std::uint64_t until_check_;        ///< 0: exhausted
  std::uint64_t checked_steps_ = 0;  ///< steps up to the next check
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;
  std::unique_ptr<const error> failure_;  ///< made only when it is needed: budgets are many
};

}  // namespace spooky::surrealql
