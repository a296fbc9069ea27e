#pragma once

#include "surrealql/evaluate/evaluate.hpp"
#include "views/plan/subquery_plan.hpp"
#include "views/tables/recording_source.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace spooky::views {

/// A row that a sub-query showed below a row of the result.
struct related_row {
  const subquery_plan* as = nullptr;
  const row_table* table = nullptr;
  slot row = no_slot;
  const row_table* parent_table = nullptr;
  slot parent = no_slot;
  std::uint64_t version = 0;
  value content;
};

/// The engine's tables for one view's expressions: answers its sub-queries from indexes, and
/// collects the rows they show.
class subquery_source : public recording_source {
 public:
  subquery_source(store& tables, const subquery_plans& plans, std::vector<path_index*>& keep,
                  const visibility* seen)
      : recording_source(tables, &keep, seen), plans_(plans) {}

  /// The row whose evaluation comes next.
  void begin(const row_table* table, slot s);
  /// The related rows of the row begun last, in the order in which they appear.
  std::vector<related_row> take_related() const { return std::move(related_); }

  std::optional<result<value>> answer(const surrealql::select_statement& subquery,
                                      const surrealql::eval_context& context) const override;

 private:
  struct enclosing {
    const row_table* table = nullptr;
    slot row = no_slot;
  };

  /// The rows themselves, for a plan that is plain.
  value run_plain(const subquery_plan& plan, const row_table& table,
                  const std::vector<slot>& rows) const;
  result<value> run(const subquery_plan& plan, row_table& table,
                    const surrealql::eval_context& inner) const;
  /// The rows the lookup finds, in id order; nothing if it cannot be used for this key. `filtered`:
  /// all of them pass the WHERE.
  std::optional<std::vector<slot>> look_up(const subquery_plan& plan, row_table& table,
                                           const surrealql::eval_context& inner,
                                           bool& filtered) const;
  std::vector<slot> slots_of_ids(row_table& table, const value& key, bool any_of) const;

  const subquery_plans& plans_;
  mutable enclosing current_;
  mutable bool collecting_ = true;  ///< the row being projected is itself shown
  mutable std::vector<related_row> related_;
};

}  // namespace spooky::views
