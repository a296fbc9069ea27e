#pragma once

#include "surrealql/evaluate/catalog.hpp"
#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace spooky::surrealql {

struct eval_context;

/// Receives one record (an object with its `id`), or an edge's record id. Returns false to stop.
using row_visitor = std::function<bool(const value& row)>;

/// Where rows come from: the RocksDB replica, the view engine's tables or a test's map.
/// One source is one consistent state; it does not change while a statement runs over it.
class table_source {
 public:
  virtual ~table_source() = default;

  /// Whether the table is known. Selecting from an unknown table is an error in SurrealDB.
  virtual bool has_table(std::string_view table) const = 0;

  /// The record with that id, or NONE.
  virtual result<value> get(const record_id& id) const = 0;

  /// Visits the table's records in record-id order, within `keys` (both ends unbounded: all).
  virtual result<void> scan(std::string_view table, const value_range& keys,
                            const row_visitor& visit) const = 0;

  /// Visits, in edge-id order, the ids (record values) of the edges of `edge_table` (empty: of any
  /// table, in table order) that leave (`out`), enter (`in`) or touch (`both`) the node.
  virtual result<void> edges(const record_id& node, graph_direction direction,
                             std::string_view edge_table, const row_visitor& visit) const = 0;

  /// The same two for one who looks at these fields only: others that the database computes may be
  /// missing, and what fails in them does not matter.
  virtual result<value> get_for(const record_id& id, const field_names& needed) const {
    (void)needed;
    return get(id);
  }
  virtual result<void> scan_for(std::string_view table, const value_range& keys,
                                const field_names& needed, const row_visitor& visit) const {
    (void)needed;
    return scan(table, keys, visit);
  }

  /// Visits the ids of the table's records (empty: of any table, in table order) whose REFERENCE
  /// field of that name (empty: any, by name) holds the node: one for each such field, in the order
  /// of fields, then ids. From definitions() and scans, unless overridden.
  virtual result<void> references(const record_id& node, std::string_view table,
                                  std::string_view field, const row_visitor& visit) const;

  /// What the database defines; null: not known here.
  virtual const catalog* definitions() const noexcept { return nullptr; }

  /// `INFO FOR DB` / `INFO FOR TABLE`, in the engine's shape; NONE where the source keeps no
  /// schema.
  virtual result<value> info(const info_statement& what) const = 0;

  /// Whether permissions apply to who asks: then GROUP ALL over no rows gives no row, unless it
  /// only counts the rows of a table that he may see, as in SurrealDB.
  virtual bool permissions_apply() const { return false; }
  /// Whether he may see no row of the table, whatever it holds.
  virtual bool hides(std::string_view table) const {
    (void)table;
    return false;
  }
  /// Whether a graph step shows him the record at an edge's end.
  virtual result<bool> reaches(const record_id& end) const {
    (void)end;
    return true;
  }
  /// The record as graph steps know it, which find an edge's ends also where its fields are hidden.
  virtual result<value> get_edge(const record_id& id) const { return get(id); }
  /// What functions look at, and the closures they call: SurrealDB applies permissions there even
  /// inside a permission's own condition.
  virtual const table_source& inside_functions() const { return *this; }

  /// Asked by evaluate() for each sub-query, with the context it stands in (`context.document` is
  /// the inner `$parent`). Nothing: run it from scratch over this source. The view engine answers
  /// correlated sub-queries from its indexes here and notes which rows they drew on.
  virtual std::optional<result<value>> answer(const select_statement& subquery,
                                              const eval_context& context) const {
    (void)subquery;
    (void)context;
    return std::nullopt;
  }
};

}  // namespace spooky::surrealql
