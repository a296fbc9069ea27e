#include "surrealql/functions/unicode.hpp"

#include "surrealql/values/utf8.hpp"

#include <clocale>
#include <cwctype>

#include <re2/re2.h>

namespace spooky::surrealql::library {
namespace {

/// glibc builds this locale in, so it exists on every machine.
locale_t utf8_locale() {
  static const locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return made;
}

char32_t to_upper(char32_t c) {
  return static_cast<char32_t>(towupper_l(static_cast<wint_t>(c), utf8_locale()));
}

char32_t to_lower(char32_t c) {
  return static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), utf8_locale()));
}

bool full_match(std::string_view text, const re2::RE2& pattern) {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

constexpr char32_t capital_sigma = U'Σ';

/// A sigma at the end of a word is written differently in lower case.
char32_t lower_sigma(const std::u32string& text, std::size_t at) {
  const auto letter = [&](std::size_t i) {
    return i < text.size() && iswalpha_l(static_cast<wint_t>(text[i]), utf8_locale()) != 0;
  };
  return at > 0 && letter(at - 1) && !letter(at + 1) ? U'ς' : U'σ';
}

}  // namespace

bool is_white_space(char32_t c) noexcept {
  return (c >= 0x9 && c <= 0xD) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool is_lowercase(char32_t c) noexcept {
  return iswlower_l(static_cast<wint_t>(c), utf8_locale()) != 0;
}

std::u32string uppercase(char32_t c) {
  switch (c) {
    case U'ß':
      return U"SS";
    case U'ŉ':
      return U"ʼN";
    case U'ǰ':
      return U"J̌";
    case U'ﬀ':
      return U"FF";
    case U'ﬁ':
      return U"FI";
    case U'ﬂ':
      return U"FL";
    default:
      return std::u32string(1, to_upper(c));
  }
}

std::string uppercase(std::string_view text) {
  std::u32string out;
  for (const char32_t c : to_code_points(text)) out += uppercase(c);
  return from_code_points(out);
}

std::string lowercase(std::string_view text) {
  const std::u32string points = to_code_points(text);
  std::u32string out;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i] == U'İ') {
      out += U"i̇";
    } else {
      out += points[i] == capital_sigma ? lower_sigma(points, i) : to_lower(points[i]);
    }
  }
  return from_code_points(out);
}

bool all_letters(std::string_view text) {
  static const re2::RE2 pattern("[\\p{L}\\p{Nl}]+");
  return full_match(text, pattern);
}

bool all_numbers(std::string_view text) {
  static const re2::RE2 pattern("\\p{N}+");
  return full_match(text, pattern);
}

bool all_letters_or_numbers(std::string_view text) {
  static const re2::RE2 pattern("[\\p{L}\\p{N}]+");
  return full_match(text, pattern);
}

}  // namespace spooky::surrealql::library
