#pragma once

#include "surrealql/syntax/ast.hpp"

#include <functional>

namespace spooky::surrealql {

/// Gives the tree that stands for a node, or null to keep the node and go on with its children.
using replacement = std::function<expr_ptr(const expr_ptr&)>;

/// The tree with every node that `replace` answers for exchanged, from the top down; below an
/// exchanged node it does not descend. Untouched parts are shared with the original. Sub-queries
/// are left alone, except through rewrite_select().
expr_ptr rewrite(const expr_ptr& expression, const replacement& replace);

/// rewrite() for every expression of a statement, its nested sub-queries included.
select_ptr rewrite_select(const select_ptr& select, const replacement& replace);

}  // namespace spooky::surrealql
