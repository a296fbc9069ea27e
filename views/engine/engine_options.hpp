#pragma once

#include "surrealql/syntax/parse.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace spooky::views {

/// The bounds of one engine; what would pass them is refused with errc::limit_exceeded. A view that
/// passes one of its own later fails, and is not kept up to date until it is registered again.
struct engine_options {
  std::size_t max_views = 1'000'000;
  surrealql::parse_limits text;  ///< its rules are those of the SurrealDB that views must equal
  std::size_t max_bytes = static_cast<std::size_t>(-1);  ///< of tables and views
  /// How often a clock that goes into an outcome is looked at: at whole multiples of this.
  std::chrono::milliseconds time_granularity{1'000};

  // -- of one view ------------------------------------------------------------------------------

  std::size_t max_result_rows = 1'000'000;         ///< related rows included
  std::size_t max_view_bytes = 256 * 1024 * 1024;  ///< kept, and held while evaluating
  std::uint64_t max_view_steps = 50'000'000;       ///< of its registration, and of each step
  std::chrono::microseconds max_view_time{0};      ///< of the same; 0: not measured
  /// What a view may spend of one turn of the engine: a registration, or a hundred changes in
  /// however many steps they come. One that needs more is halted with
  /// error_cause::took_too_long, so that the others do not wait: it belongs into an engine of its
  /// own. 0 and unbounded: all that it may spend at all.
  std::chrono::microseconds max_turn_time{0};
  std::uint64_t max_turn_steps = static_cast<std::uint64_t>(-1);
  /// A clock that only goes forward, for max_view_time and max_turn_time. It is asked every 2,048
  /// steps, so what is cheap never asks.
  std::function<std::chrono::microseconds()> clock;
};

}  // namespace spooky::views
