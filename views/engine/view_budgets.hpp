#pragma once

#include "surrealql/values/budget.hpp"
#include "views/engine/engine_options.hpp"

#include <chrono>
#include <cstddef>
#include <optional>

namespace spooky::views {

/// Makes the budgets of views, one after the other, from an engine's limits.
class view_budgets {
 public:
  explicit view_budgets(const engine_options& options);
  view_budgets(const view_budgets&) = delete;
  view_budgets& operator=(const view_budgets&) = delete;

  /// How many changes the step has whose budgets follow; 0: registrations do.
  void begin(std::size_t changes) noexcept { turns_ = 1 + changes / changes_per_turn; }
  /// Bytes that count against max_bytes though they are not of this engine.
  void elsewhere(std::size_t bytes) noexcept { elsewhere_ = bytes; }
  std::size_t elsewhere() const noexcept { return elsewhere_; }
  /// For a view that keeps `kept` bytes already, while all tables and views take `in_use`. Ends
  /// with the next call.
  surrealql::budget next(std::size_t kept, std::size_t in_use);

 private:
  static constexpr std::size_t changes_per_turn = 100;

  bool over_time();

  const engine_options& options_;
  surrealql::run_limits limits_;
  std::size_t elsewhere_ = 0;
  bool scarce_ = false;    ///< limits_ has what is left for all instead of what one may take
  std::size_t turns_ = 1;  ///< that a view may take in a row
  std::optional<std::chrono::microseconds> begun_;  ///< since the clock was asked first
};

}  // namespace spooky::views
