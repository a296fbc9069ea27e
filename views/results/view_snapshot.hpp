#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"
#include "views/results/member.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::views {

/// How a view is kept; asked: by the database.
enum class maintenance : std::uint8_t { incremental, recompute, asked };

constexpr std::string_view to_string(maintenance mode) noexcept {
  switch (mode) {
    case maintenance::incremental:
      return "incremental";
    case maintenance::recompute:
      return "recompute";
    case maintenance::asked:
      return "asked";
  }
  return "incremental";
}

/// A view's whole current state.
struct view_snapshot {
  std::string view_id;
  sequence_number seq = 0;
  std::vector<member> members;  ///< main rows in result order, each followed by its related rows
  value result;                 ///< exactly what SurrealDB's SELECT would answer
  /// Whether deltas tell the result whole (groups, split, values); else it consists of the main
  /// rows in their order, and clients make it of the members.
  bool tells_result = false;
  maintenance mode = maintenance::incremental;
  std::string mode_reason;  ///< why not incremental; empty if it is
  std::optional<error> failed;
  /// Failed by passing a limit: no longer kept up to date. Registering it again tries again.
  bool halted = false;
};

/// How many rows a result has: with ONLY it is a row itself, or NONE.
inline std::size_t rows_of(const value& result) noexcept {
  if (result.is_array()) return result.as_array().size();
  return result.is_none() ? 0 : 1;
}

}  // namespace spooky::views
