#include "views/tables/recording_source.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace spooky::views {

error table_not_loaded(std::string_view table) {
  auto failure = fail(errc::not_ready,
                      "Table '" + std::string(table) +
                          "' is read by this query but not loaded here; load it, then try again",
                      error_cause::missing_table);
  failure.table = table;
  return failure;
}

error recording_source::miss(std::string_view table) const {
  note(read::catalog());
  if (missing_.empty()) missing_ = table;
  return table_not_loaded(table);
}

bool recording_source::has_table(std::string_view table) const {
  if (tables_.find_table(table) != nullptr) return true;
  (void)miss(table);
  return false;
}

result<value> recording_source::get(const record_id& id) const { return get_seen(id, everything_); }

result<value> recording_source::get_seen(const record_id& id,
                                         const surrealql::table_source& everything) const {
  if (!restricts(id.table)) return find(id);
  SPOOKY_ASSIGN(const value record, find(id));
  return see(record, id.table, everything);
}

result<bool> recording_source::reaches(const record_id& end) const {
  if (seen_ == nullptr) return true;
  SPOOKY_ASSIGN(const value record, get(end));
  return !record.is_none();
}

result<value> recording_source::find(const record_id& id) const {
  row_table* table = tables_.find_table(id.table);
  if (table == nullptr) return miss(id.table);
  if (!recording_) {
    const slot known = table->find(id.key);
    return known == no_slot ? value::none() : (*table)[known].record;
  }
  const slot s = table->find_or_make(id.key);
  if (!table->alive(s)) tables_.may_be_free(*table, s);
  note(read::record(table->number(), s));
  return (*table)[s].record;
}

result<void> recording_source::scan(std::string_view name, const value_range& keys,
                                    const surrealql::row_visitor& visit) const {
  return scan_seen(name, keys, everything_, visit);
}

result<void> recording_source::scan_seen(std::string_view name, const value_range& keys,
                                         const surrealql::table_source& everything,
                                         const surrealql::row_visitor& visit) const {
  if (!restricts(name)) return scan_all(name, keys, visit);
  result<void> outcome;
  SPOOKY_TRY(scan_all(name, keys, [&](const value& record) {
    auto seen = see(record, name, everything);
    if (!seen.ok()) {
      outcome = std::move(seen).failure();
      return false;
    }
    return seen->is_none() || visit(*seen);
  }));
  return outcome;
}

result<void> recording_source::scan_all(std::string_view name, const value_range& keys,
                                        const surrealql::row_visitor& visit) const {
  const row_table* table = tables_.find_table(name);
  if (table == nullptr) return miss(name);
  note(read::table(table->number()));
  table->scan(keys, [&](slot s) { return visit((*table)[s].record); });
  return {};
}

bool recording_source::may_index(const row_table& table, const field_path& path) const {
  return seen_ == nullptr || seen_->shows_field(table.name(), path);
}

path_index& recording_source::kept_index(row_table& table, const field_path& path) const {
  for (path_index* known : *keep_)
    if (&known->table() == &table && known->path() == path) return *known;
  path_index& acquired = tables_.acquire(table, path);
  keep_->push_back(&acquired);
  return acquired;
}

void recording_source::edges_of_table(row_table& table, const value& node, std::string_view field,
                                      std::vector<slot>& out) const {
  const auto is_edge = [&](slot s) {
    return table[s].record["in"].is_record() && table[s].record["out"].is_record();
  };
  if (keep_ == nullptr) {
    note(read::table(table.number()));
    table.scan({}, [&](slot s) {
      if (table[s].record[field] == node && is_edge(s)) out.push_back(s);
      return true;
    });
    return;
  }
  path_index& index = kept_index(table, {std::string(field)});
  const path_index::bucket b = index.find_or_make(node);
  tables_.may_be_free(index, b);
  note(read::bucket(index.number(), b));
  for (const slot s : index.rows_in(b))
    if (is_edge(s)) out.push_back(s);
}

result<void> recording_source::edges(const record_id& node, surrealql::graph_direction direction,
                                     std::string_view edge_table,
                                     const surrealql::row_visitor& visit) const {
  return edges_of(node, direction, edge_table, &everything_, visit);
}

result<void> recording_source::edges_of(const record_id& node, surrealql::graph_direction direction,
                                        std::string_view edge_table,
                                        const surrealql::table_source* everything,
                                        const surrealql::row_visitor& visit) const {
  std::vector<row_table*> of;
  if (edge_table.empty()) {
    note(read::catalog());
    of = tables_.tables_by_name();
  } else if (row_table* named = tables_.find_table(edge_table)) {
    of.push_back(named);
  } else {
    return miss(edge_table);
  }
  const value node_value(node);
  std::vector<slot> found;
  for (row_table* table : of) {
    found.clear();
    if (direction != surrealql::graph_direction::in)
      edges_of_table(*table, node_value, "in", found);
    if (direction != surrealql::graph_direction::out)
      edges_of_table(*table, node_value, "out", found);
    std::sort(found.begin(), found.end(), [&](slot a, slot b) { return table->before(a, b); });
    const bool restricted = everything != nullptr && restricts(table->name());
    for (const slot s : found) {
      if (restricted) {
        // The edge's own record decides, so it is read although its place was found by its ends.
        note(read::record(table->number(), s));
        SPOOKY_ASSIGN(const value seen, see((*table)[s].record, table->name(), *everything));
        if (seen.is_none()) continue;
      }
      if (!visit(value(table->id_of(s)))) return {};
    }
  }
  return {};
}

result<value> recording_source::info(const surrealql::info_statement&) const {
  return value::none();
}

}  // namespace spooky::views
