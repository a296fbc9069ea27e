#pragma once

#include "surrealql/evaluate/table_source.hpp"

#include <compare>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace spooky::surrealql {

/// A table_source in memory: ordered maps of records, and the graph that their `in` and `out` span.
/// Copies are deep in records but share the values. Not for many writers.
class map_source final : public table_source {
 public:
  /// Makes a table known without records.
  void define_table(std::string_view table);
  /// Puts a record (an object with a record `id`) in, replacing the one of that id. Its table
  /// becomes known. A record with record ids in `in` and `out` is an edge. Fails without an `id`.
  result<void> put(const value& record);
  /// Takes a record out; false if there was none.
  bool erase(const record_id& id);
  /// Forgets the table and its records.
  void drop_table(std::string_view table);

  bool has_table(std::string_view table) const override;
  result<value> get(const record_id& id) const override;
  result<void> scan(std::string_view table, const value_range& keys,
                    const row_visitor& visit) const override;
  result<void> edges(const record_id& node, graph_direction direction, std::string_view edge_table,
                     const row_visitor& visit) const override;
  result<value> info(const info_statement& what) const override;

 private:
  using records = std::map<value, value>;  ///< key -> record
  using links = std::map<record_id, std::set<record_id>>;

  void link(const value& record, bool present);

  std::map<std::string, records, std::less<>> tables_;
  links leaving_;   ///< node -> edges whose `in` is the node
  links entering_;  ///< node -> edges whose `out` is the node
};

}  // namespace spooky::surrealql
