#include "views/engine/view_budgets.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace spooky::views {

view_budgets::view_budgets(const engine_options& options) : options_(options) {
  limits_.rows = options.max_result_rows;
  limits_.work = options.max_view_steps;
  limits_.bytes = options.max_view_bytes;
  limits_.bytes_setting = "limits.view_memory_bytes";
  limits_.rows_setting = "limits.view_rows";
  limits_.time_setting = "limits.view_time_ms";
  if (options.clock && (options.max_view_time.count() > 0 || options.max_turn_time.count() > 0))
    limits_.should_stop = [this] { return over_time(); };
}

/// In the long run a view has a turn for each hundred changes, in however many steps they come.
void view_budgets::refund(turn_account& lately) const {
  const std::uint64_t changes = changes_ - std::exchange(lately.as_of, changes_);
  if (lately.steps != 0)
    lately.steps -= std::min(lately.steps, options_.max_turn_steps * changes / changes_per_turn);
  if (lately.time.count() != 0)
    lately.time -=
        std::min(lately.time, options_.max_turn_time * static_cast<std::int64_t>(changes) /
                                  static_cast<std::int64_t>(changes_per_turn));
}

surrealql::budget view_budgets::next(std::size_t kept, std::size_t in_use, turn_account& lately) {
  begun_.reset();
  refund(lately);
  if (has_turn_steps()) {
    const std::uint64_t turns = options_.max_turn_steps * turns_;
    const std::uint64_t left = turns - std::min(turns, lately.steps);
    limits_.work = std::clamp(left, std::uint64_t{1}, options_.max_view_steps);
  }
  const auto turns = options_.max_turn_time * static_cast<std::int64_t>(turns_);
  turn_left_ = turns - std::min(turns, lately.time);
  const std::size_t left = options_.max_bytes - std::min(options_.max_bytes, in_use + elsewhere_);
  const bool scarce = left < options_.max_view_bytes && kept + left < options_.max_view_bytes;
  if (scarce || scarce_) {
    scarce_ = scarce;
    limits_.bytes = scarce ? kept + left : options_.max_view_bytes;
    limits_.bytes_setting = scarce ? "limits.memory_bytes" : "limits.view_memory_bytes";
  }
  return surrealql::budget(limits_, kept);
}

bool view_budgets::over_time() {
  const auto now = options_.clock();
  if (!begun_) begun_ = now;
  const auto taken = now - *begun_;
  const auto most = options_.max_view_time;
  return (most.count() > 0 && taken > most) || (has_turn_time() && taken > turn_left_);
}

void view_budgets::taken(const surrealql::budget& spent, turn_account& lately) const {
  if (has_turn_steps() && spent.steps() > options_.max_turn_steps / changes_per_turn)
    lately.steps += spent.steps();
  if (!has_turn_time() || !begun_) return;
  const auto time = options_.clock() - *begun_;
  if (time > options_.max_turn_time / static_cast<std::int64_t>(changes_per_turn))
    lately.time += time;
}

}  // namespace spooky::views
