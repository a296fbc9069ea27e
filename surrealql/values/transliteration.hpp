#pragma once

#include <optional>
#include <string_view>

namespace spooky::surrealql {

/// What SurrealDB knows of a character when it compares texts or makes a slug.
struct transliteration {
  bool alphanumeric = false;  ///< a letter or a digit of any script
  /// How ASCII spells it, in lower case; may be empty or contain spaces. Nothing: it does not, or
  /// the character is ASCII itself.
  std::optional<std::string_view> ascii;
};

/// Of any code point, as in the library that SurrealDB takes. The first call for one above U+007F
/// lays out the table, 3 MB.
transliteration transliterated(char32_t c);

}  // namespace spooky::surrealql
