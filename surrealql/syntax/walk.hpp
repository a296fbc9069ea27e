#pragma once

#include "surrealql/syntax/ast.hpp"

#include <functional>

namespace spooky::surrealql {

/// Receives one expression or one nested SELECT directly below a node.
struct child_visitor {
  std::function<void(const expr&)> on_expression;
  std::function<void(const select_statement&)> on_select;
};

/// Visits the direct children of a node, in the order of the text. Does not descend.
void for_each_child(const expr& node, const child_visitor& visit);

/// Visits every expression of a SELECT's clauses, in the order of the text. Does not descend.
void for_each_child(const select_statement& select, const child_visitor& visit);

/// Both trees say the same, wherever they stand in their texts.
bool same(const expr& a, const expr& b);
bool same(const select_statement& a, const select_statement& b);

}  // namespace spooky::surrealql
