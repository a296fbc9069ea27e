#pragma once

#include "surrealql/syntax/ast.hpp"

#include <string_view>
#include <vector>

namespace spooky::surrealql {

/// A SELECT within a longer text.
struct found_select {
  std::string_view text;  ///< from SELECT to the end of its last clause
  position where;         ///< of its first character, in the longer text
};

/// Every SELECT of a SurrealQL text that stands in no other, in their order: also those in
/// functions, events, permissions and fields' values. One that the parser refuses ends where the
/// semicolon or bracket stands that must end it, if there is a FROM before. A line that is no
/// SurrealQL is passed over. O(text); the views point into it.
std::vector<found_select> find_selects(std::string_view surql);

}  // namespace spooky::surrealql
