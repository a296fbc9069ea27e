#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::process {

/// A string or template literal of a script.
struct script_text {
  std::string content;     ///< escapes resolved
  std::uint32_t line = 1;  ///< where it begins
};

/// The string and template literals of JavaScript or TypeScript, in their order, those within
/// `${...}` left out. A `${...}` stands in the content as a table's name behind FROM or an arrow,
/// as a parameter elsewhere: what SurrealQL may have there. A quote without its partner on the line
/// is no literal (it may belong to a regular expression). O(script).
std::vector<script_text> script_texts(std::string_view script);

}  // namespace spooky::process
