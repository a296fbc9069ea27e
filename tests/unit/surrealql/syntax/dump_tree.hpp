#pragma once

#include "surrealql/syntax/ast.hpp"

#include <string>

namespace spooky::surrealql::test {

/// Every node and flag of a tree in brackets, positions aside: written apart from the printer, so
/// that a round trip through it proves something.
std::string dump(const expr& e);
std::string dump(const select_statement& s);

}  // namespace spooky::surrealql::test
