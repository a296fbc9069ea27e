#pragma once

#include "surrealql/ast.hpp"
#include "surrealql/evaluate.hpp"
#include "surrealql/result.hpp"
#include "surrealql/value.hpp"
#include "views/row_order.hpp"
#include "views/row_table.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace spooky::views {

/// A row of a SELECT's result and where it comes from.
struct selected_row {
  slot from = no_slot;  ///< of a plain SELECT: the source row
  value content;
};

/// Runs every stage of a SELECT over given source rows instead of a scan: `candidates` in source
/// order hold at least every row its WHERE lets through. `context` is the inner one: its parent is
/// the enclosing row. `each_row` is told which row comes next, before it is projected.
/// With `filtered` the WHERE is known to hold for all candidates.
result<std::vector<selected_row>> select_rows(const surrealql::select_statement& select,
                                              const row_table& table,
                                              const std::vector<slot>& candidates, bool filtered,
                                              const surrealql::eval_context& context,
                                              const std::function<void(slot)>& each_row);

/// The value of a statement from its rows: the array, or with ONLY its one row.
result<value> shape_result(const surrealql::select_statement& select, array rows);

}  // namespace spooky::views
