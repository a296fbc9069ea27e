#include "surrealql/evaluate/defined_source.hpp"

#include "surrealql/evaluate/computed_fields.hpp"

#include <optional>
#include <utility>

namespace spooky::surrealql {

result<value> defined_source::shown(const value& record, const catalog_table& table,
                                    const field_names* needed) const {
  value stored = without_computed(record, table);
  const value id = stored["id"];
  if (computing_ != nullptr && *computing_ == id) return stored;
  if (depth_ >= max_computed_depth) return too_deeply_computed();
  eval_context context;
  context.source = this;
  context.at = at_;
  context.spent = spent_;
  context.rules = rules_;
  const value* const before = std::exchange(computing_, &id);
  ++depth_;
  auto computed = with_computed(std::move(stored), table, needed, context);
  --depth_;
  computing_ = before;
  return computed;
}

result<value> defined_source::read(const record_id& id, const field_names* needed) const {
  const catalog_table* table = definitions_.table(id.table);
  auto record = stored_.get(id);
  if (!record.ok() || !record->is_object() || table == nullptr || table->computed.empty())
    return record;
  return shown(*record, *table, needed);
}

result<void> defined_source::read_all(std::string_view name, const value_range& keys,
                                      const field_names* needed, const row_visitor& visit) const {
  const catalog_table* table = definitions_.table(name);
  if (table == nullptr || table->computed.empty()) return stored_.scan(name, keys, visit);
  std::optional<error> failure;
  SPOOKY_TRY(stored_.scan(name, keys, [&](const value& record) {
    auto row = shown(record, *table, needed);
    if (row.ok()) return visit(*row);
    failure = std::move(row).failure();
    return false;
  }));
  if (failure) return *std::move(failure);
  return {};
}

result<void> defined_source::edges(const record_id& node, graph_direction direction,
                                   std::string_view edge_table, const row_visitor& visit) const {
  return stored_.edges(node, direction, edge_table, [&](const value& edge) {
    const catalog_table* table = definitions_.table(edge.as_record().table);
    const bool none = table != nullptr && table->holds == catalog_table::rows::records;
    return none || visit(edge);
  });
}

}  // namespace spooky::surrealql
