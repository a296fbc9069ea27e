#pragma once

#include "surrealql/ast.hpp"

#include <string>

namespace spooky::surrealql {

/// Canonical SurrealQL text: parse(print(ast)) gives an equal tree. Two queries that differ only in
/// white space, comments, keyword case or redundant parentheses print alike, so it is a plan's
/// identity.
std::string print(const select_statement& select);
std::string print(const expr& expression);
std::string print(const statement& any);

/// The name SurrealDB gives an unaliased projection of this expression (notes, section 6.3).
std::string projection_name(const expr& expression);

}  // namespace spooky::surrealql
