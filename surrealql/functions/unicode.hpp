#pragma once

#include <string>
#include <string_view>

/// Properties of code points, from the C library's UTF-8 character classes and RE2's tables: no
/// locale of the process is read or changed.
namespace spooky::surrealql::library {

bool is_white_space(char32_t c) noexcept;
bool is_lowercase(char32_t c) noexcept;

std::u32string uppercase(char32_t c);
std::string uppercase(std::string_view text);
std::string lowercase(std::string_view text);

/// Whether the text is not empty and all of it letters / numbers / either.
bool all_letters(std::string_view text);
bool all_numbers(std::string_view text);
bool all_letters_or_numbers(std::string_view text);

}  // namespace spooky::surrealql::library
