#pragma once

#include "surrealql/values/budget.hpp"
#include "views/engine/engine_options.hpp"
#include "views/maintain/maintained_view.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace spooky::views {

/// Makes the budgets of views, one after the other, from an engine's limits.
class view_budgets {
 public:
  explicit view_budgets(const engine_options& options);
  view_budgets(const view_budgets&) = delete;
  view_budgets& operator=(const view_budgets&) = delete;

  /// How many changes the step has whose budgets follow; 0: registrations do.
  void begin(std::size_t changes) noexcept {
    turns_ = 1 + changes / changes_per_turn;
    changes_ += changes;
  }
  /// Bytes that count against max_bytes though they are not of this engine.
  void elsewhere(std::size_t bytes) noexcept { elsewhere_ = bytes; }
  std::size_t elsewhere() const noexcept { return elsewhere_; }
  /// For a view that keeps `kept` bytes already, while all tables and views take `in_use`, and that
  /// has taken so much of its turns `lately`. Ends with the next call.
  surrealql::budget next(std::size_t kept, std::size_t in_use, turn_account& lately);
  /// Counts what the budget that was given last was used for. What is worth less than a change's
  /// share of a turn is not counted.
  void taken(const surrealql::budget& spent, turn_account& lately) const;

 private:
  static constexpr std::size_t changes_per_turn = 100;

  bool has_turn_steps() const noexcept { return options_.max_turn_steps < options_.max_view_steps; }
  bool has_turn_time() const noexcept { return options_.max_turn_time.count() > 0; }
  bool over_time();
  void refund(turn_account& lately) const;

  const engine_options& options_;
  surrealql::run_limits limits_;
  std::size_t elsewhere_ = 0;
  bool scarce_ = false;    ///< limits_ has what is left for all instead of what one may take
  std::size_t turns_ = 1;  ///< that a view may take in a row
  std::uint64_t changes_ = 0;
  std::chrono::microseconds turn_left_{0};          ///< of the view's turns
  std::optional<std::chrono::microseconds> begun_;  ///< since the clock was asked first
};

}  // namespace spooky::views
