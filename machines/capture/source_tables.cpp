#include "machines/capture/source_tables.hpp"

#include "machines/capture/tables.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

namespace {

std::chrono::milliseconds retention_of(const value& table) {
  const auto& expiry = table["changefeed"]["expiry"];
  if (expiry.type() != value_type::duration) return {};
  const auto kept = expiry.as_duration();
  // A feed that keeps nothing still is a feed.
  return std::max(std::chrono::milliseconds{1},
                  std::chrono::seconds{static_cast<std::int64_t>(kept.seconds)} +
                      std::chrono::milliseconds{kept.nanos / 1'000'000});
}

}  // namespace

result<std::vector<source_table>> read_tables(const value& structure,
                                              std::string_view system_prefix) {
  const auto& tables = structure["tables"];
  if (!tables.is_array())
    return fail(errc::corrupt, "INFO FOR DB STRUCTURE answered without a list of tables");
  std::vector<source_table> found;
  for (const auto& described : tables.as_array()) {
    if (!described["name"].is_string()) continue;
    source_table table;
    table.name = described["name"].as_string();
    if (table.name.starts_with(system_prefix)) continue;
    if (described["id"].type() == value_type::integer) table.id = described["id"].as_integer();
    table.retention = retention_of(described);
    table.derived = !described["view"].is_nullish();
    table.described = described;
    found.push_back(std::move(table));
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

void watched_tables::restore(const std::string& name, const copied_table& copied) {
  auto& known = known_[name];
  known.table.name = name;
  known.table.id = copied.id;
}

std::vector<watched_tables::news> watched_tables::look(
    const std::vector<source_table>& tables) const {
  std::vector<news> found;
  for (const auto& table : tables) {
    const auto it = known_.find(table.name);
    if (it == known_.end()) {
      found.push_back({table_news::appeared, table});
      continue;
    }
    const auto& known = it->second;
    const bool renumbered = known.table.id != -1 && table.id != -1 && known.table.id != table.id;
    if (renumbered || known.doubtful)
      found.push_back({table_news::redefined, table});
    else if (!known.handed)
      found.push_back({table_news::continued, table});
    else if (known.table.retention != table.retention)
      found.push_back({table_news::altered, table});
  }
  for (const auto& [name, known] : known_) {
    const bool there = std::any_of(tables.begin(), tables.end(),
                                   [&wanted = name](const auto& t) { return t.name == wanted; });
    if (!there) found.push_back({table_news::gone, known.table});
  }
  return found;
}

void watched_tables::seen(const news& item) {
  if (item.what == table_news::gone)
    known_.erase(item.table.name);
  else
    known_[item.table.name] = {item.table, true, false};
}

void watched_tables::doubt(const std::string& name) {
  if (const auto it = known_.find(name); it != known_.end()) it->second.doubtful = true;
}

std::int64_t watched_tables::id_of(const std::string& name) const {
  const auto it = known_.find(name);
  return it == known_.end() ? -1 : it->second.table.id;
}

}  // namespace spooky::machines
