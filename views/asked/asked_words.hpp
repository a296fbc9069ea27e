#pragma once

#include "surrealql/values/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace spooky::views {

/// What the words of a SELECT tell that the parser does not read.
struct asked_words {
  std::vector<std::string> names;       ///< sorted: its tables are among them
  std::vector<std::string> parameters;  ///< sorted, without the dollar
  std::vector<std::string> outward;     ///< functions that reach outside
};

/// Cuts a text into words, if it can be told for certain where its strings end and it is one SELECT
/// of which no word writes, waits or is another each time. Refused are therefore, outside of
/// strings, slashes (a regular expression may hold a quote) and comments; anywhere, backslashes;
/// and the words of statements also where they are only names, unless these are quoted. Fails with
/// `against`, and what it is. O(text).
result<asked_words> asked_words_of(std::string_view text, const error& against);

}  // namespace spooky::views
