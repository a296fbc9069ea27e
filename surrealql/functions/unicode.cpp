#include "surrealql/functions/unicode.hpp"

#include "surrealql/values/utf8.hpp"

#include <array>
#include <clocale>
#include <cstdio>
#include <cwctype>
#include <utility>

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

std::optional<std::string> transliterated(char32_t c) {
  if (c < 0x80) return std::string(1, static_cast<char>(c));
  static constexpr auto spellings =
      std::to_array<std::pair<std::u32string_view, std::string_view>>({
          {U"ÀÁÂÃÅĀĂĄ", "A"},   {U"àáâãåāăą", "a"},   {U"Ä", "A"},         {U"ä", "a"},
          {U"Æ", "AE"},         {U"æ", "ae"},         {U"ÇĆĈĊČ", "C"},     {U"çćĉċč", "c"},
          {U"ÐĎĐ", "D"},        {U"ďđ", "d"},         {U"ð", "d"},         {U"ÈÉÊËĒĔĖĘĚ", "E"},
          {U"èéêëēĕėęě", "e"},  {U"ĜĞĠĢ", "G"},       {U"ĝğġģ", "g"},      {U"ĤĦ", "H"},
          {U"ĥħ", "h"},         {U"ÌÍÎÏĨĪĬĮİ", "I"},  {U"ìíîïĩīĭįı", "i"}, {U"Ĵ", "J"},
          {U"ĵ", "j"},          {U"Ķ", "K"},          {U"ķ", "k"},         {U"ĹĻĽĿŁ", "L"},
          {U"ĺļľŀł", "l"},      {U"ÑŃŅŇ", "N"},       {U"ñńņň", "n"},      {U"ÒÓÔÕÖØŌŎŐ", "O"},
          {U"òóôõöøōŏő", "o"},  {U"Œ", "OE"},         {U"œ", "oe"},        {U"ŔŖŘ", "R"},
          {U"ŕŗř", "r"},        {U"ŚŜŞŠ", "S"},       {U"śŝşš", "s"},      {U"ß", "ss"},
          {U"ŢŤŦ", "T"},        {U"ţťŧ", "t"},        {U"Þ", "Th"},        {U"þ", "th"},
          {U"ÙÚÛÜŨŪŬŮŰŲ", "U"}, {U"ùúûüũūŭůűų", "u"}, {U"Ŵ", "W"},         {U"ŵ", "w"},
          {U"ÝŶŸ", "Y"},        {U"ýÿŷ", "y"},        {U"ŹŻŽ", "Z"},       {U"źżž", "z"},
          {U"–—‐‑‒―", "-"},     {U"‘’", "'"},         {U"“”", "\""},       {U"\u00A0", " "},
      });
  for (const auto& [from, to] : spellings) {
    if (from.find(c) != std::u32string_view::npos) return std::string(to);
  }
  return std::nullopt;
}

std::string hexadecimal(char32_t c) {
  char digits[12];
  std::snprintf(digits, sizeof digits, "%04X", static_cast<unsigned>(c));
  return digits;
}

}  // namespace spooky::surrealql::library
