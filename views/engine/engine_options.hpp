#pragma once

#include <cstddef>

namespace spooky::views {

/// The bounds of one engine; what would pass them is refused with errc::limit_exceeded.
struct engine_options {
  std::size_t max_views = 1'000'000;
  std::size_t max_result_rows = 1'000'000;  ///< per view; beyond it registration fails
  std::size_t max_query_bytes = 1 << 20;
};

}  // namespace spooky::views
