#pragma once

#include "surrealql/evaluate/moment.hpp"
#include "surrealql/evaluate/table_source.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/budget.hpp"

namespace spooky::surrealql {

/// Another source's stored rows as the database shows them to a system user: with what it computes.
/// Both must outlive it. A run over it fails where computed fields lead through each other without
/// an end.
class defined_source final : public table_source {
 public:
  /// `at`: when computed fields are computed; null: none may ask. `spent` pays for them; null: the
  /// default limits, each time. Both outlive it, too.
  defined_source(const table_source& stored, const catalog& definitions, semantics rules,
                 moment* at = nullptr, budget* spent = nullptr) noexcept
      : stored_(stored), definitions_(definitions), rules_(rules), at_(at), spent_(spent) {}

  bool has_table(std::string_view table) const override { return stored_.has_table(table); }
  result<value> get(const record_id& id) const override { return read(id, nullptr); }
  result<value> get_for(const record_id& id, const field_names& needed) const override {
    return read(id, &needed);
  }
  result<void> scan(std::string_view table, const value_range& keys,
                    const row_visitor& visit) const override {
    return read_all(table, keys, nullptr, visit);
  }
  result<void> scan_for(std::string_view table, const value_range& keys, const field_names& needed,
                        const row_visitor& visit) const override {
    return read_all(table, keys, &needed, visit);
  }
  result<void> edges(const record_id& node, graph_direction direction, std::string_view edge_table,
                     const row_visitor& visit) const override;
  result<value> get_edge(const record_id& id) const override { return stored_.get(id); }
  result<value> info(const info_statement& what) const override { return stored_.info(what); }
  const catalog* definitions() const noexcept override { return &definitions_; }

 private:
  result<value> read(const record_id& id, const field_names* needed) const;
  result<void> read_all(std::string_view table, const value_range& keys, const field_names* needed,
                        const row_visitor& visit) const;
  result<value> shown(const value& record, const catalog_table& table,
                      const field_names* needed) const;

  const table_source& stored_;
  const catalog& definitions_;
  semantics rules_;
  moment* at_;
  budget* spent_;
  mutable const value* computing_ = nullptr;  ///< the id of the record whose fields are computed
  mutable std::size_t depth_ = 0;
};

}  // namespace spooky::surrealql
