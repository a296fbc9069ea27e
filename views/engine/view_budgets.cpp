#include "views/engine/view_budgets.hpp"

#include <algorithm>
#include <cstdint>

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

surrealql::budget view_budgets::next(std::size_t kept, std::size_t in_use) {
  begun_.reset();
  if (options_.max_turn_steps < options_.max_view_steps)
    limits_.work = std::min(options_.max_turn_steps * turns_, options_.max_view_steps);
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
  const auto over = [&](std::chrono::microseconds most) {
    return most.count() > 0 && taken > most;
  };
  return over(options_.max_view_time) ||
         over(options_.max_turn_time * static_cast<std::int64_t>(turns_));
}

}  // namespace spooky::views
