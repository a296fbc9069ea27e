#pragma once

#include "surrealql/result.hpp"
#include "surrealql/value.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::actors {

/// One table of the application's database, as `INFO FOR DB` describes it.
struct source_table {
  std::string name;
  bool has_feed = false;  ///< DEFINE TABLE ... CHANGEFEED
  bool derived = false;   ///< DEFINE TABLE ... AS SELECT: SurrealDB reports no changes of its rows
};

/// The tables of an `INFO FOR DB` answer, by name, without those whose name starts with the prefix.
result<std::vector<source_table>> read_tables(const value& info, std::string_view system_prefix);

/// `ALTER TABLE ... CHANGEFEED <retention>`.
std::string enable_feed_query(std::string_view table, std::chrono::seconds retention);

/// One page of a table in record-id order, after the given record. Record ranges seek, so reading a
/// whole table page by page costs one pass.
std::string page_query(std::string_view table, const std::optional<record_id>& after,
                       std::size_t rows);

}  // namespace spooky::actors
