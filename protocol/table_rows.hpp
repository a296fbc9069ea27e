#pragma once

#include "protocol/ids.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace spooky {

/// A table's records at one position.
struct table_rows {
  table_name table;
  /// The position; 0: they contain everything that was delivered before they were.
  sequence_number seq = 0;
  array rows;
  std::vector<std::uint64_t> versions;  ///< parallel to rows; empty: none are known
};
using table_rows_ptr = std::shared_ptr<const table_rows>;

}  // namespace spooky
