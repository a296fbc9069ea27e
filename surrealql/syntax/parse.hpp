#pragma once

#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/result.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace spooky::surrealql {

/// Bounds that keep hostile text from exhausting memory or the stack, and whose grammar it is.
struct parse_limits {
  std::size_t bytes = 1 << 20;  ///< text length
  std::size_t depth = 128;      ///< nesting of expressions; the parser's recursion is bounded by it
  std::size_t height = 1024;    ///< of a tree: also long chains such as `1 + 1 + …` stay walkable
  std::size_t nodes = 1 << 20;  ///< expressions in one text
  semantics rules;              ///< of the SurrealDB that the text is written for
  /// Takes what only the database can answer, by its indexes, its past or its surroundings: `@@`,
  /// `<|k|>`, VERSION, `http::get`. Nothing here evaluates it; else it is refused as unsupported.
  bool of_database = false;
};

/// Parses exactly one SELECT, with or without a closing semicolon.
/// Fails with parse_error ("line 1, column 8: expected …, found …") on anything left over,
/// unsupported for valid SurrealQL outside the grammar, limit_exceeded past a limit.
result<select_ptr> parse_select(std::string_view text, const parse_limits& limits = {});

/// Parses one or several statements separated by semicolons.
result<std::vector<statement>> parse_statements(std::string_view text,
                                                const parse_limits& limits = {});

/// Parses one expression, such as a SurrealQL object that holds parameters.
result<expr_ptr> parse_expression(std::string_view text, const parse_limits& limits = {});

}  // namespace spooky::surrealql
