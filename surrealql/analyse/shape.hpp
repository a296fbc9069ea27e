#pragma once

#include "surrealql/syntax/ast.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/result.hpp"

#include <string>
#include <string_view>

namespace spooky::surrealql {

/// What a query is, whatever constants it is asked with: its canonical text with `$_` for each
/// constant. Kept are true, false, NONE and NULL, the table of a record id (`type::record("user",
/// $_)`), and what the functions of `type::` are told to read: tables and fields. A list of
/// constants is one constant. In one line.
std::string shape_of(const select_ptr& select);

/// The same of a text; fails as parse_select() does.
result<std::string> shape_of(std::string_view surql, const parse_limits& limits = {});

/// False for what shape_of() never writes, such as a line of something else.
bool may_be_shape(std::string_view text);

}  // namespace spooky::surrealql
