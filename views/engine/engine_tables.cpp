#include "views/engine/engine_state.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace spooky::views {

object with_session(object params, const surrealql::caller& who) {
  for (const char* name : {"access", "auth", "session", "token"}) {
    const value* given = who.session.find(name);
    params.set(name, given != nullptr ? *given : value::none());
  }
  return params;
}

result<std::vector<std::string>> engine::tables_of(std::string_view surql, const object& params,
                                                   const surrealql::parse_limits& text,
                                                   const surrealql::caller& who) {
  const object given = with_session(params, who);
  SPOOKY_ASSIGN(const plan_ptr p, make_plan(surql, given, text, nullptr));
  return views::tables_of(*p, given);
}

result<void> engine::load(std::string_view name, std::span<const value> rows, sequence_number seq,
                          std::span<const std::uint64_t> versions) {
  if (!versions.empty() && versions.size() != rows.size())
    return fail(errc::invalid_argument,
                "load of table '" + std::string(name) + "': " + std::to_string(versions.size()) +
                    " versions for " + std::to_string(rows.size()) + " rows");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const value& id = rows[i]["id"];
    if (!id.is_record() || id.as_record().table != name)
      return fail(errc::invalid_argument, "load of table '" + std::string(name) + "': row " +
                                              std::to_string(i) +
                                              " has no record id of this table in its `id`");
  }
  store& tables = impl_->flow.tables();
  const bool known = tables.find_table(name) != nullptr;
  row_table& table = tables.make_table(name);
  if (known && (!tables.path_indexes(table).empty() || !tables.order_indexes(table).empty() ||
                !tables.element_indexes(table).empty() || !tables.views_of_all(table).empty()))
    return fail(errc::conflict, "Table '" + std::string(name) +
                                    "' is in use by views; rows reach it by changes only");
  table.load(rows, versions, seq.raw());
  tables.recount(table);
  if (!known) impl_->flow.table_added();
  if (!tables.readers().empty())
    for (const value& row : rows) impl_->flow.loaded(table, table.find(row["id"].as_record().key));
  sequence_number& at = impl_->loaded_at[table.number()];
  at = std::max(at, seq);
  if (!impl_->stepped) impl_->applied = impl_->loaded ? std::min(impl_->applied, seq) : seq;
  impl_->loaded = true;
  return {};
}

bool engine::has_table(std::string_view table) const {
  return impl_->flow.tables().find_table(table) != nullptr;
}

std::vector<table_stats> engine::tables() const {
  // Views of one plan differ in parameters only, and these rarely name tables: one speaks for all.
  std::unordered_map<const plan*, std::pair<const maintained_view*, std::size_t>> by_plan;
  for (const auto& v : impl_->flow.views())
    if (v) ++by_plan.try_emplace(&v->query(), v.get(), 0).first->second.second;
  std::unordered_map<std::string, std::size_t> users;
  for (const auto& [query, views] : by_plan)
    for (const std::string& name : views.first->tables()) users[name] += views.second;
  std::vector<table_stats> out;
  for (const row_table* table : impl_->flow.tables().tables_by_name())
    out.push_back({table->name(), table->size(), table->bytes(), users[table->name()]});
  return out;
}

table_copy engine::rows_of(std::string_view name) const {
  table_copy out;
  const row_table* table = impl_->flow.tables().find_table(name);
  if (table == nullptr) return out;
  out.records.reserve(table->size());
  out.versions.reserve(table->size());
  table->scan({}, [&](slot s) {
    out.records.push_back((*table)[s].record);
    out.versions.push_back((*table)[s].version);
    return true;
  });
  return out;
}

std::vector<std::string> engine::unused_tables() const {
  std::vector<std::string> unused;
  for (const table_stats& each : tables())
    if (each.views == 0 && !impl_->flow.tables().in_use(each.table)) unused.push_back(each.table);
  return unused;
}

bool engine::unload(std::string_view table) {
  store& tables = impl_->flow.tables();
  const row_table* known = tables.find_table(table);
  if (known == nullptr) return false;
  for (const table_stats& each : this->tables())
    if (each.table == table && each.views != 0) return false;
  if (tables.in_use(table)) return false;
  impl_->loaded_at.erase(known->number());
  tables.forget(table);
  // Whoever asked which tables there are has to ask again.
  impl_->flow.table_added();
  return true;
}

std::size_t engine::table_count() const { return impl_->flow.tables().table_count(); }

std::vector<std::string> engine::missing_tables() const {
  std::set<std::string> names;
  for (const auto& v : impl_->flow.views())
    if (v && v->failure() && v->failure()->cause == error_cause::missing_table)
      names.insert(v->failure()->table);
  return {names.begin(), names.end()};
}

}  // namespace spooky::views
