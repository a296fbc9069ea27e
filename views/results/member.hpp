#pragma once

#include "surrealql/values/value.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace spooky::views {

/// One entry of a view's membership: a record the query's result draws on, and its version.
struct member {
  record_id id;
  std::uint64_t version = 0;
  /// For a related (sub-query) row: the record of the enclosing row and the alias it appears under.
  std::optional<record_id> parent;
  std::string alias;
  /// Alias path from the root row, for sub-queries nested in sub-queries: "comments.author".
  std::string path;
  /// The row as the query projects it (related rows: as their sub-query does). NONE in `removed`.
  value row;
};

}  // namespace spooky::views
