#pragma once

#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/select/select_plan.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"
#include "views/tables/row_table.hpp"

#include <functional>
#include <vector>

namespace spooky::views {

/// Told which source row is about to be projected (no_slot: a group), and then what it gave.
struct projection_watcher {
  std::function<void(slot from)> before;
  std::function<void(const value& row)> after;
};

/// A source row as the query sees it, valid until the next call; NONE: not at all.
using row_viewer = std::function<result<const value*>(slot)>;

/// Runs every stage of a SELECT over given source rows instead of a scan: `candidates` in source
/// order hold at least every row its WHERE lets through. `context` is the inner one: its parent is
/// the enclosing row. With `filtered` the WHERE is known to hold for all candidates.
/// The order of stages, and with it which failing rows count, is that of stages.hpp.
result<array> select_rows(const surrealql::select_plan& steps, const row_viewer& rows,
                          const std::vector<slot>& candidates, bool filtered,
                          const surrealql::eval_context& context,
                          const projection_watcher& watcher);

/// The value of a statement from its rows: the array, or with ONLY its one row.
result<value> shape_result(const surrealql::select_statement& select, array rows);

}  // namespace spooky::views
