#pragma once

#include "surrealql/syntax/ast.hpp"

#include <string>
#include <vector>

namespace spooky::views {

/// What evaluating an expression may do. Each flag errs on the side of true.
struct expression_traits {
  bool row = false;     ///< depends on the current row
  bool parent = false;  ///< depends on `$parent`
  bool reads = false;   ///< may look at other records: links, sub-queries, graph steps
  bool clock = false;   ///< depends on the moment of the evaluation
  bool can_fail = false;

  expression_traits& operator|=(const expression_traits& other) {
    row |= other.row;
    parent |= other.parent;
    reads |= other.reads;
    clock |= other.clock;
    can_fail |= other.can_fail;
    return *this;
  }
};

expression_traits traits_of(const surrealql::expr& expression);

/// Whether evaluating it may call a function that reads records, or a closure: from inside these,
/// a rule's condition looks at other tables through their rules.
bool reads_in_functions(const surrealql::expr& expression);

/// The parts of a condition that AND joins, in the order in which they are evaluated.
std::vector<surrealql::expr_ptr> conjuncts(const surrealql::expr_ptr& condition);

/// Names of the parameters a statement uses, sorted; `$this`, `$parent` and the like excluded.
std::vector<std::string> parameters_of(const surrealql::select_statement& select);

/// Every sub-query anywhere in an expression, also inside other sub-queries' clauses.
std::vector<surrealql::select_ptr> subqueries_of(const surrealql::expr& expression);

}  // namespace spooky::views
