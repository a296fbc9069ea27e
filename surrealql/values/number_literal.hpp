#pragma once

#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <string_view>

namespace spooky::surrealql {

/// Reads an int, float ("1.5", "1e3", "2f", "NaN", "-Infinity") or decimal ("1.5dec") literal with
/// an optional sign and `_` between digits. Fails on anything else and on integers beyond 64 bits.
result<value> parse_number(std::string_view text);

}  // namespace spooky::surrealql
