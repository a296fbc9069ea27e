#pragma once

#include <cstddef>
#include <string>

namespace spooky::views {

/// What one loaded table costs and serves.
struct table_stats {
  std::string table;
  std::size_t rows = 0;
  std::size_t bytes = 0;  ///< rows and their index
  std::size_t views = 0;  ///< views that depend on it
};

}  // namespace spooky::views
