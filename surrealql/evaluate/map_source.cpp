#include "surrealql/evaluate/map_source.hpp"

namespace spooky::surrealql {
namespace {

bool past_end(const value& key, const range_bound& end) {
  if (end.type == range_bound::kind::included) return key > end.at;
  return end.type == range_bound::kind::excluded && key >= end.at;
}

// Visits what of `edges` lies in the table; false once the visitor has had enough.
bool visit_edges(const std::set<record_id>& edges, std::string_view table,
                 const row_visitor& visit) {
  for (const record_id& edge : edges)
    if ((table.empty() || edge.table == table) && !visit(value(edge))) return false;
  return true;
}

}  // namespace

void map_source::define_table(std::string_view table) { tables_.try_emplace(std::string(table)); }

void map_source::link(const value& record, bool present) {
  const value& from = record["in"];
  const value& to = record["out"];
  if (!from.is_record() || !to.is_record()) return;
  const record_id& id = record["id"].as_record();
  if (present) {
    leaving_[from.as_record()].insert(id);
    entering_[to.as_record()].insert(id);
  } else {
    leaving_[from.as_record()].erase(id);
    entering_[to.as_record()].erase(id);
  }
}

result<void> map_source::put(const value& record) {
  const value& id = record["id"];
  if (!id.is_record())
    return fail(errc::invalid_argument, "a record needs an `id` that is a record id");
  erase(id.as_record());
  tables_[id.as_record().table][id.as_record().key] = record;
  link(record, true);
  return {};
}

bool map_source::erase(const record_id& id) {
  const auto table = tables_.find(id.table);
  if (table == tables_.end()) return false;
  const auto found = table->second.find(id.key);
  if (found == table->second.end()) return false;
  link(found->second, false);
  table->second.erase(found);
  return true;
}

void map_source::drop_table(std::string_view table) {
  const auto found = tables_.find(table);
  if (found == tables_.end()) return;
  for (const auto& [key, record] : found->second) link(record, false);
  tables_.erase(found);
}

bool map_source::has_table(std::string_view table) const {
  return tables_.find(table) != tables_.end();
}

result<value> map_source::get(const record_id& id) const {
  const auto table = tables_.find(id.table);
  if (table == tables_.end()) return value();
  const auto found = table->second.find(id.key);
  return found == table->second.end() ? value() : found->second;
}

result<void> map_source::scan(std::string_view table, const value_range& keys,
                              const row_visitor& visit) const {
  const auto found = tables_.find(table);
  if (found == tables_.end()) return {};
  const records& rows = found->second;
  auto at = rows.begin();
  if (keys.begin.type == range_bound::kind::included) at = rows.lower_bound(keys.begin.at);
  if (keys.begin.type == range_bound::kind::excluded) at = rows.upper_bound(keys.begin.at);
  for (; at != rows.end() && !past_end(at->first, keys.end); ++at)
    if (!visit(at->second)) break;
  return {};
}

result<void> map_source::edges(const record_id& node, graph_direction direction,
                               std::string_view edge_table, const row_visitor& visit) const {
  const auto of = [&](const links& side) -> const std::set<record_id>& {
    static const std::set<record_id> none;
    const auto found = side.find(node);
    return found == side.end() ? none : found->second;
  };
  if (direction == graph_direction::out) {
    visit_edges(of(leaving_), edge_table, visit);
  } else if (direction == graph_direction::in) {
    visit_edges(of(entering_), edge_table, visit);
  } else {
    std::set<record_id> touching = of(entering_);
    touching.insert(of(leaving_).begin(), of(leaving_).end());
    visit_edges(touching, edge_table, visit);
  }
  return {};
}

result<value> map_source::info(const info_statement&) const { return value(); }

}  // namespace spooky::surrealql
