#pragma once

#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace spooky::surrealql {

/// A SELECT that cannot be evaluated here and may be asked of the database instead.
struct asked_select {
  std::string reason;  ///< why it cannot be evaluated
  /// The names in its text, sorted: whatever tables it reads by name are among them. Tables that it
  /// reaches by links, through functions or an index alone are not told by the text.
  std::vector<std::string> names;
};

/// Whether a text that was refused for `why` may be asked of the database again and again: it
/// begins with SELECT, is one statement, and no word or function of it can write, wait, differ from
/// one call to the next, or depend on who asks. Cut into tokens only, so that syntax which is not
/// known here may stand in it: a name that is spelt like a statement that writes is refused, too,
/// unless it is quoted. Fails with `why`, and what stands against asking. O(text).
result<asked_select> asked_select_of(std::string_view text, const error& why,
                                     const parse_limits& limits = {});

}  // namespace spooky::surrealql
