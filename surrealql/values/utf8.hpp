#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// UTF-8 as SurrealDB's strings use it: characters are code points.
namespace spooky::surrealql {

inline constexpr char32_t replacement_character = 0xFFFD;

/// Whether `text` is well-formed: no overlong forms, no surrogates, nothing above U+10FFFF.
bool valid_utf8(std::string_view text) noexcept;

/// The code point at `offset`, which moves behind it. A malformed byte gives U+FFFD and one step.
char32_t next_code_point(std::string_view text, std::size_t& offset) noexcept;

/// The number of code points.
std::size_t count_code_points(std::string_view text) noexcept;

void append_code_point(char32_t c, std::string& out);

std::u32string to_code_points(std::string_view text);
std::string from_code_points(std::u32string_view points);

}  // namespace spooky::surrealql
