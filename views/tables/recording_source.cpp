#include "views/tables/recording_source.hpp"

#include "surrealql/evaluate/computed_fields.hpp"

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

std::vector<std::uint64_t> recording_source::take_reads() const {
  if (const auto until = at_.until()) note(tables_.moment_at(*until));
  return std::exchange(reads_, {});
}

bool recording_source::has_table(std::string_view table) const {
  if (tables_.find_table(table) != nullptr) return true;
  (void)miss(table);
  return false;
}

result<value> recording_source::see_stored(const value& record, std::string_view table) const {
  const field_names nothing_computed;
  return see(record, table, &nothing_computed);
}

result<value> recording_source::complete(value record, std::string_view table,
                                         const field_names* needed,
                                         const surrealql::table_source& as_seen) const {
  const auto* defined = definitions() != nullptr ? definitions()->table(table) : nullptr;
  if (!record.is_object() || defined == nullptr) return record;
  record = surrealql::without_computed(record, *defined);
  const value id = record["id"];
  // A record that looks at itself by its id finds what is stored, as in SurrealDB.
  if (computing_ != nullptr && *computing_ == id) return record;
  if (computing_depth_ >= surrealql::max_computed_depth) return surrealql::too_deeply_computed();
  surrealql::eval_context context;
  context.source = &as_seen;
  context.params = &seen_->session();
  context.spent = spent_;
  context.at = &at_;
  context.rules = tables_.rules();
  const value* const outside = std::exchange(computing_, &id);
  ++computing_depth_;
  auto computed = surrealql::with_computed(std::move(record), *defined, needed, context);
  --computing_depth_;
  computing_ = outside;
  return computed;
}

result<value> recording_source::see_by(const value& record, std::string_view table,
                                       const field_names* needed, const eyes& by) const {
  auto seen = seen_->see(record, table, by.everything, spent_, &at_, [&](value stored) {
    return complete(std::move(stored), table, needed, by.own);
  });
  // A condition may read a table that no query's text names: it has to be loaded, then judged.
  if (!seen.ok() && !missing_.empty()) return table_not_loaded(missing_);
  return seen;
}

result<value> recording_source::get_by(const record_id& id, const field_names* needed,
                                       const eyes& by) const {
  if (!restricts(id.table)) return find(id);
  SPOOKY_ASSIGN(const value record, find(id));
  return see_by(record, id.table, needed, by);
}

result<bool> recording_source::reaches(const record_id& end) const {
  if (!permissions_apply()) return true;
  const field_names nothing_computed;
  SPOOKY_ASSIGN(const value record, get_for(end, nothing_computed));
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

result<void> recording_source::scan_by(std::string_view name, const value_range& keys,
                                       const field_names* needed, const eyes& by,
                                       const surrealql::row_visitor& visit) const {
  if (!restricts(name)) return scan_all(name, keys, visit);
  return scan_shown(name, keys, visit,
                    [&](const value& record) { return see_by(record, name, needed, by); });
}

result<void> recording_source::scan_shown(std::string_view name, const value_range& keys,
                                          const surrealql::row_visitor& visit,
                                          const shower& shown) const {
  result<void> outcome;
  SPOOKY_TRY(scan_all(name, keys, [&](const value& record) {
    auto seen = shown(record);
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
  const auto is_edge = [&](slot s) { return surrealql::is_edge(table[s].record, definitions()); };
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
  const eyes by{everything_, *this};
  return edges_of(node, direction, edge_table, &by, visit);
}

result<void> recording_source::edges_of(const record_id& node, surrealql::graph_direction direction,
                                        std::string_view edge_table, const eyes* by,
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
    SPOOKY_ASSIGN(const bool more, visit_ids(*table, found, by, visit));
    if (!more) return {};
  }
  return {};
}

result<bool> recording_source::visit_ids(const row_table& table, std::vector<slot> rows,
                                         const eyes* by,
                                         const surrealql::row_visitor& visit) const {
  std::sort(rows.begin(), rows.end(), [&](slot a, slot b) { return table.before(a, b); });
  const bool restricted = by != nullptr && restricts(table.name());
  const field_names nothing_computed;
  for (const slot s : rows) {
    if (restricted) {
      // The row's own record decides, so it is read although its place was found by its links.
      note(read::record(table.number(), s));
      SPOOKY_ASSIGN(const value seen,
                    see_by(table[s].record, table.name(), &nothing_computed, *by));
      if (seen.is_none()) continue;
    }
    if (!visit(value(table.id_of(s)))) return false;
  }
  return true;
}

// -- references -----------------------------------------------------------------------------------

std::vector<slot> recording_source::referring(row_table& table,
                                              const surrealql::reference_field& from,
                                              const value& link) const {
  std::vector<slot> found;
  if (from.list || keep_ == nullptr) {
    note(read::table(table.number()));
    table.scan({}, [&](slot s) {
      if (surrealql::holds_link(table[s].record[from.name], link)) found.push_back(s);
      return true;
    });
    return found;
  }
  path_index& index = kept_index(table, {from.name});
  const path_index::bucket b = index.find_or_make(link);
  tables_.may_be_free(index, b);
  note(read::bucket(index.number(), b));
  return index.rows_in(b);
}

result<void> recording_source::references(const record_id& node, std::string_view table,
                                          std::string_view field,
                                          const surrealql::row_visitor& visit) const {
  const eyes by{everything_, *this};
  return references_by(node, table, field, &by, visit);
}

result<void> recording_source::references_by(const record_id& node, std::string_view wanted,
                                             std::string_view field, const eyes* by,
                                             const surrealql::row_visitor& visit) const {
  if (definitions() == nullptr) return {};
  const value link(node);
  for (const auto& [name, defined] : definitions()->tables) {
    if (!wanted.empty() && name != wanted) continue;
    for (const surrealql::reference_field& from : defined.references) {
      if (!field.empty() && from.name != field) continue;
      row_table* table = tables_.find_table(name);
      if (table == nullptr) return miss(name);
      SPOOKY_ASSIGN(const bool more, visit_ids(*table, referring(*table, from, link), by, visit));
      if (!more) return {};
    }
  }
  return {};
}

result<value> recording_source::info(const surrealql::info_statement&) const {
  return value::none();
}

}  // namespace spooky::views
