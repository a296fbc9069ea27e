#include "actors/capture/source_tables.hpp"

#include "surrealql/text.hpp"

#include <utility>

namespace spooky::actors {

result<std::vector<source_table>> read_tables(const value& info, std::string_view system_prefix) {
  const auto& tables = info["tables"];
  if (!tables.is_object())
    return fail(errc::corrupt, "INFO FOR DB answered without an object of tables");
  std::vector<source_table> found;
  for (const auto& [name, definition] : tables.as_object()) {
    if (name.starts_with(system_prefix) || !definition.is_string()) continue;
    const auto text = definition.as_string();
    const bool has_feed = text.find(" CHANGEFEED ") != std::string_view::npos;
    const bool derived = text.find(" AS SELECT ") != std::string_view::npos;
    found.push_back({name, has_feed, derived});
  }
  return found;
}

std::string enable_feed_query(std::string_view table, std::chrono::seconds retention) {
  return "ALTER TABLE " + surrealql::escape_name(table) + " CHANGEFEED " +
         std::to_string(retention.count()) + "s";
}

std::string page_query(std::string_view table, const std::optional<record_id>& after,
                       std::size_t rows) {
  const auto from = after ? surrealql::to_text(*after) + ">.." : surrealql::escape_name(table);
  return "SELECT * FROM " + from + " LIMIT " + std::to_string(rows);
}

}  // namespace spooky::actors
