#include "intents/capture/tables.hpp"

#include "surrealql/values/text.hpp"

#include <algorithm>
#include <utility>

namespace spooky::intents {

// -- which tables there are ----------------------------------------------------------------------

query_text render(const list_tables&) { return {"INFO FOR DB STRUCTURE", {}}; }

namespace {

/// A feed that keeps nothing still is a feed.
std::chrono::milliseconds feed_retention(const duration& kept) {
  return std::max(std::chrono::milliseconds{1},
                  std::chrono::seconds{static_cast<std::int64_t>(kept.seconds)} +
                      std::chrono::milliseconds{kept.nanos / 1'000'000});
}

std::chrono::milliseconds retention_of(const value& table) {
  const auto& expiry = table["changefeed"]["expiry"];
  if (expiry.type() != value_type::duration) return {};
  return feed_retention(expiry.as_duration());
}

}  // namespace

result<std::vector<source_table>> read(const list_tables& asked, const db_answer& answer) {
  SPOOKY_ASSIGN(const auto structure, first_result(answer));
  const auto& tables = structure["tables"];
  if (!tables.is_array())
    return fail(errc::corrupt, "INFO FOR DB STRUCTURE answered without a list of tables");
  std::vector<source_table> found;
  for (const auto& described : tables.as_array()) {
    if (!described["name"].is_string()) continue;
    source_table table;
    table.name = described["name"].as_string();
    if (table.name.starts_with(asked.system_prefix)) continue;
    if (described["id"].type() == value_type::integer) table.id = described["id"].as_integer();
    table.retention = retention_of(described);
    table.derived = !described["view"].is_nullish();
    table.drops = described["drop"].truthy();
    table.described = described;
    found.push_back(std::move(table));
  }
  return found;
}

// -- what they are -------------------------------------------------------------------------------

namespace {

query_text info_for(const std::vector<std::string>& tables, std::string_view form) {
  std::string text;
  for (const auto& table : tables)
    text.append("INFO FOR TABLE ").append(surrealql::escape_name(table)).append(form).append(";");
  return {std::move(text), {}};
}

result<std::vector<result<value>>> read_infos(const std::vector<std::string>& tables,
                                              const db_answer& answer) {
  if (answer.size() != tables.size())
    return fail(errc::corrupt, "SurrealDB left out the description of a table");
  std::vector<result<value>> described;
  for (const auto& statement : answer) described.push_back(first_result({statement}));
  return described;
}

}  // namespace

query_text render(const describe_tables& asked) { return info_for(asked.tables, ""); }

result<std::vector<result<value>>> read(const describe_tables& asked, const db_answer& answer) {
  return read_infos(asked.tables, answer);
}

query_text render(const describe_structures& asked) { return info_for(asked.tables, " STRUCTURE"); }

result<std::vector<result<value>>> read(const describe_structures& asked, const db_answer& answer) {
  return read_infos(asked.tables, answer);
}

query_text render(const read_database_feed&) { return {"RETURN session::db(); INFO FOR NS", {}}; }

namespace {

constexpr std::string_view feed_clause = " CHANGEFEED ";

/// A duration at the start of the text.
std::chrono::milliseconds leading_duration(std::string_view text) {
  const auto kept = surrealql::parse_duration(text.substr(0, text.find_first_of(" ;")));
  return kept.ok() ? feed_retention(*kept) : std::chrono::milliseconds{0};
}

}  // namespace

result<std::chrono::milliseconds> read(const read_database_feed&, const db_answer& answer) {
  if (answer.size() != 2)
    return fail(errc::corrupt, "SurrealDB did not tell which database this is");
  // Who may only see the database is not told of the namespace.
  if (!answer[0].ok || !answer[1].ok || !answer[0].result.is_string())
    return std::chrono::milliseconds{0};
  const auto& defined = answer[1].result["databases"][answer[0].result.as_string()];
  if (!defined.is_string()) return std::chrono::milliseconds{0};
  const std::string_view text = defined.as_string();
  const auto at = text.rfind(feed_clause);
  // A comment, in quotes before the feed, may hold the same words.
  if (at == std::string_view::npos || text.find_first_of("'\"", at) != std::string_view::npos)
    return std::chrono::milliseconds{0};
  return leading_duration(text.substr(at + feed_clause.size()));
}

query_text render(const enable_feed& asked) {
  return {"ALTER TABLE " + surrealql::escape_name(asked.table) + " CHANGEFEED " +
              std::to_string(asked.retention.count()) + "s",
          {}};
}

result<done> read(const enable_feed&, const db_answer& answer) { return read_done(answer); }

std::string enable_feed_advice(const std::string& table) {
  return "ALTER TABLE " + surrealql::escape_name(table) + " CHANGEFEED 3d";
}

// -- their rows ----------------------------------------------------------------------------------

query_text render(const count_rows& asked) {
  std::string text;
  for (const auto& table : asked.tables)
    text += "SELECT count() FROM " + surrealql::escape_name(table) + " GROUP ALL;";
  return {std::move(text), {}};
}

result<std::vector<std::optional<std::uint64_t>>> read(const count_rows& asked,
                                                       const db_answer& answer) {
  if (answer.size() != asked.tables.size())
    return fail(errc::corrupt, "SurrealDB left out the number of a table's rows");
  std::vector<std::optional<std::uint64_t>> counts;
  for (const auto& statement : answer) {
    counts.emplace_back();
    const auto& counted = statement.result;
    if (!counted.is_array() || counted.as_array().empty()) continue;
    const auto& rows = counted.as_array().front()["count"];
    if (rows.type() == value_type::integer)
      counts.back() = static_cast<std::uint64_t>(rows.as_integer());
  }
  return counts;
}

namespace {

query_text select_stretch(std::string_view what, const std::string& table,
                          const std::optional<record_id>& after, std::size_t rows) {
  const auto from = after ? surrealql::to_text(*after) + ">.." : surrealql::escape_name(table);
  return {"SELECT " + std::string{what} + " FROM " + from + " LIMIT " + std::to_string(rows), {}};
}

}  // namespace

query_text render(const read_page& asked) {
  return select_stretch("*", asked.table, asked.after, asked.rows);
}

result<array> read(const read_page& asked, const db_answer& answer) {
  return rows_of(answer, "a page of table " + asked.table);
}

query_text render(const list_ids& asked) {
  return select_stretch("VALUE id", asked.table, asked.after, asked.rows);
}

result<array> read(const list_ids& asked, const db_answer& answer) {
  return rows_of(answer, "the ids of table " + asked.table);
}

std::string render(const watch_table& asked) {
  return "LIVE SELECT VALUE id FROM " + surrealql::escape_name(asked.table);
}

}  // namespace spooky::intents
