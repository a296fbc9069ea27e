#pragma once

#include "surrealql/values/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace spooky::surrealql {

/// What a DEFINE TABLE statement says of interest to capture.
struct defined_table {
  std::string name;
  bool relation = false;    ///< TYPE RELATION
  bool derived = false;     ///< AS SELECT: neither change feed nor LIVE report its rows
  bool changefeed = false;  ///< has one already

  friend bool operator==(const defined_table&, const defined_table&) = default;
};

/// The tables that a .surql text defines, in order of appearance, each name once (the last
/// definition counts). Comments, strings and blocks are skipped; any other statement may be
/// anything. O(length).
std::vector<defined_table> tables_defined_in(std::string_view surql);

/// The tables in the answer to INFO FOR DB, but for those that begin with `system_prefix`.
std::vector<defined_table> tables_of_database(const value& info_for_db,
                                              std::string_view system_prefix);

}  // namespace spooky::surrealql
