#pragma once

#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/behaviours.hpp"

#include <string>
#include <vector>

namespace spooky::surrealql {

/// Canonical SurrealQL text: parse(print(ast)) gives an equal tree. Two queries that differ only in
/// white space, comments, keyword case or redundant parentheses print alike, so it is a plan's
/// identity.
std::string print(const select_statement& select);
std::string print(const expr& expression);
std::string print(const statement& any);

/// The expression as SurrealDB writes it, in names of projections and as a closure's text: without
/// what only keeps a tree's shape.
std::string engine_text(const expr& expression, semantics rules);

/// The name SurrealDB gives an unaliased projection of this expression (notes, section 6.3), where
/// it is one name: "count", "n + 1", "math::sum". For a path, its dotted text.
std::string projection_name(const expr& expression, semantics rules);

/// Where the value of an unaliased projection goes in the row, from the outside inwards: {"a", "b"}
/// for `a.b`, `a[0].b` and `a.b.uppercase()`; {"->e", "->d"} for `->e->d`; one name for the rest.
std::vector<std::string> projection_path(const expr& expression, semantics rules);

/// The path an alias names, from the outside inwards: {"a", "b"} for `AS a.b`.
std::vector<std::string> alias_path(const expr& alias);

}  // namespace spooky::surrealql
