#include "surrealql/syntax/lexer.hpp"

#include "surrealql/values/number_literal.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace spooky::surrealql {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word_start(char c) noexcept { return is_letter(c) || c == '_'; }
bool is_word(char c) noexcept { return is_word_start(c) || is_digit(c); }
bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }

/// Length of the well-formed UTF-8 character `text` begins with, 0 if there is none.
std::size_t utf8_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (text.empty()) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool too_large = first == 0xF4 && byte(1) > 0x8F;
    return tail(1) && tail(2) && tail(3) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

/// Unicode space separators the engine skips, in UTF-8.
constexpr std::array<std::string_view, 16> wide_spaces = {
    "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
    "\u2006", "\u2007", "\u2008", "\u2009", "\u200A", "\u202F", "\u205F", "\u3000"};

/// Line ends beyond CR and LF that close a comment.
constexpr std::array<std::string_view, 3> wide_line_ends = {"\u2028", "\u2029", "\u0085"};

struct punctuation {
  std::string_view text;
  token_kind kind;
};

/// Longest first among those that share a beginning.
constexpr std::array punctuations = {
    punctuation{"+?=", token_kind::plus_question_equal},
    punctuation{"...", token_kind::ellipsis},
    punctuation{"||", token_kind::double_pipe},
    punctuation{"&&", token_kind::double_ampersand},
    punctuation{"..", token_kind::dot_dot},
    punctuation{"!=", token_kind::bang_equal},
    punctuation{"!~", token_kind::tilde},
    punctuation{"?:", token_kind::question_colon},
    punctuation{"?=", token_kind::question_equal},
    punctuation{"?~", token_kind::tilde},
    punctuation{"<=", token_kind::less_equal},
    punctuation{"<|", token_kind::less_pipe},
    punctuation{">=", token_kind::greater_equal},
    punctuation{"->", token_kind::arrow},
    punctuation{"-=", token_kind::minus_equal},
    punctuation{"+=", token_kind::plus_equal},
    punctuation{"**", token_kind::double_star},
    punctuation{"*=", token_kind::star_equal},
    punctuation{"*~", token_kind::tilde},
    punctuation{"==", token_kind::double_equal},
    punctuation{"::", token_kind::double_colon},
    punctuation{"{", token_kind::left_brace},
    punctuation{"}", token_kind::right_brace},
    punctuation{"[", token_kind::left_bracket},
    punctuation{"]", token_kind::right_bracket},
    punctuation{"(", token_kind::left_paren},
    punctuation{")", token_kind::right_paren},
    punctuation{";", token_kind::semicolon},
    punctuation{",", token_kind::comma},
    punctuation{"@", token_kind::at},
    punctuation{"|", token_kind::pipe},
    punctuation{".", token_kind::dot},
    punctuation{"!", token_kind::bang},
    punctuation{"?", token_kind::question},
    punctuation{"<", token_kind::less},
    punctuation{">", token_kind::greater},
    punctuation{"-", token_kind::minus},
    punctuation{"+", token_kind::plus},
    punctuation{"/", token_kind::slash},
    punctuation{"%", token_kind::percent},
    punctuation{"*", token_kind::star},
    punctuation{"=", token_kind::equal},
    punctuation{":", token_kind::colon},
    punctuation{"$", token_kind::dollar},
    punctuation{"~", token_kind::tilde},
};

constexpr std::array wide_symbols = {
    punctuation{"…", token_kind::ellipsis},   punctuation{"×", token_kind::times},
    punctuation{"÷", token_kind::divided},    punctuation{"∋", token_kind::set_symbol},
    punctuation{"∌", token_kind::set_symbol}, punctuation{"∈", token_kind::set_symbol},
    punctuation{"∉", token_kind::set_symbol}, punctuation{"⊇", token_kind::set_symbol},
    punctuation{"⊃", token_kind::set_symbol}, punctuation{"⊅", token_kind::set_symbol},
    punctuation{"⊆", token_kind::set_symbol}, punctuation{"⊂", token_kind::set_symbol},
    punctuation{"⊄", token_kind::set_symbol}};

}  // namespace

void lexer::advance(std::size_t bytes) noexcept {
  const std::size_t stop = std::min(text_.size(), at_.offset + bytes);
  while (at_.offset < stop) {
    const char c = text_[at_.offset++];
    if (c == '\n') {
      ++at_.line;
      at_.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++at_.column;
    }
  }
}

/// Skips white space and comments; true if there was any.
result<bool> lexer::skip_space_and_comments() {
  const auto starts_with_one_of = [&](const auto& candidates) -> std::size_t {
    for (const std::string_view candidate : candidates)
      if (text_.substr(at_.offset).starts_with(candidate)) return candidate.size();
    return 0;
  };
  const std::uint32_t from = at_.offset;
  while (!at_end()) {
    const char c = peek();
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      advance(1);
    } else if (c == '#' || (c == '-' && peek(1) == '-') || (c == '/' && peek(1) == '/')) {
      while (!at_end() && peek() != '\n' && peek() != '\r') {
        if (!is_ascii(peek()) && starts_with_one_of(wide_line_ends) != 0) break;
        advance(1);
      }
      advance(std::max<std::size_t>(1, at_end() ? 1 : starts_with_one_of(wide_line_ends)));
    } else if (c == '/' && peek(1) == '*') {
      const std::size_t close = text_.find("*/", at_.offset + 2);
      if (close == std::string_view::npos)
        return fail(
            errc::parse_error,
            describe(at_) + "expected `*/` to end this comment, found the end of the query");
      advance(close + 2 - at_.offset);
    } else if (const std::size_t wide = is_ascii(c) ? 0 : starts_with_one_of(wide_spaces);
               wide != 0) {
      advance(wide);
    } else {
      break;
    }
  }
  return at_.offset != from;
}

token lexer::finish(token_kind kind, position start) const noexcept {
  token made;
  made.kind = kind;
  made.where = start;
  made.text = text_.substr(start.offset, at_.offset - start.offset);
  return made;
}

/// A string or quoted name, from `start` (prefix included) to `closing`.
result<token> lexer::quoted(token_kind kind, position start, std::size_t opening,
                            std::string_view closing) {
  advance(opening);
  while (!at_end()) {
    const std::string_view rest = text_.substr(at_.offset);
    if (rest.starts_with(closing)) {
      advance(closing.size());
      return finish(kind, start);
    }
    if (rest.front() == '\\') advance(1);
    const std::size_t length = at_end() ? 1 : utf8_length(text_.substr(at_.offset));
    if (length == 0)
      return fail(errc::parse_error, describe(at_) + "expected UTF-8 text, found an invalid byte");
    advance(length);
  }
  return fail(errc::parse_error,
              describe(start) + "expected `" + std::string(closing) +
                  "` to end the text that starts here, found the end of the query");
}

result<token> lexer::symbol(position start) {
  const std::string_view rest = text_.substr(start.offset);
  for (const auto& candidate : punctuations) {
    if (!rest.starts_with(candidate.text)) continue;
    advance(candidate.text.size());
    return finish(candidate.kind, start);
  }
  return fail(errc::parse_error, describe(start) + "expected SurrealQL, found the character `" +
                                     std::string(1, rest.front()) + "`");
}

result<token> lexer::beyond_ascii(position start) {
  const std::string_view rest = text_.substr(start.offset);
  if (rest.starts_with("⟨")) return quoted(token_kind::quoted_word, start, 3, "⟩");
  for (const auto& candidate : wide_symbols) {
    if (!rest.starts_with(candidate.text)) continue;
    advance(candidate.text.size());
    return finish(candidate.kind, start);
  }
  const std::size_t length = utf8_length(rest);
  if (length == 0)
    return fail(errc::parse_error, describe(start) + "expected UTF-8 text, found an invalid byte");
  return fail(errc::parse_error, describe(start) + "expected SurrealQL, found the character `" +
                                     std::string(rest.substr(0, length)) +
                                     "`; names with such characters go in backticks");
}

result<token> lexer::next() {
  SPOOKY_ASSIGN(const bool spaced, skip_space_and_comments());
  const position start = at_;
  const auto spaced_token = [&](result<token> made) {
    if (made.ok()) made.value().spaced = spaced;
    return made;
  };
  if (at_end()) return spaced_token(finish(token_kind::end, start));

  const char c = peek();
  if (c == '\0')
    return fail(errc::parse_error, describe(start) + "expected SurrealQL, found a NUL byte");
  if (!is_ascii(c)) return spaced_token(beyond_ascii(start));
  if (c == '\'' || c == '"')
    return spaced_token(quoted(token_kind::string, start, 1, text_.substr(start.offset, 1)));
  if (c == '`') return spaced_token(quoted(token_kind::quoted_word, start, 1, "`"));
  if (std::strchr("sdurbf", c) != nullptr && (peek(1) == '\'' || peek(1) == '"')) {
    SPOOKY_ASSIGN(token made,
                  quoted(token_kind::string, start, 2, text_.substr(start.offset + 1, 1)));
    made.prefix = c;
    return spaced_token(made);
  }
  if (c == '$') {
    const std::string_view rest = text_.substr(start.offset + 1);
    if (rest.starts_with("`")) return spaced_token(quoted(token_kind::parameter, start, 2, "`"));
    if (rest.starts_with("⟨")) return spaced_token(quoted(token_kind::parameter, start, 4, "⟩"));
    if (is_word_start(peek(1))) {
      advance(1);
      while (is_word(peek())) advance(1);
      return spaced_token(finish(token_kind::parameter, start));
    }
  }
  if (is_digit(c)) {
    while (is_digit(peek()) || peek() == '_') advance(1);
    return spaced_token(finish(token_kind::digits, start));
  }
  if (is_word_start(c)) {
    while (is_word(peek())) advance(1);
    token made = finish(token_kind::word, start);
    made.word = keyword_of(made.text);
    return spaced_token(made);
  }
  return spaced_token(symbol(start));
}

std::string_view lexer::word_from(const token& start) {
  while (is_word(peek())) advance(1);
  return text_.substr(start.where.offset, at_.offset - start.where.offset);
}

result<std::string> lexer::regex(const token& start) {
  at_ = start.where;
  advance(1);
  std::string pattern;
  while (!at_end() && peek() != '/') {
    if (peek() == '\\') {
      const char escaped = peek(1);
      if (escaped == '/') {
        pattern += '/';
      } else {
        pattern.append(text_.substr(at_.offset, 2));
      }
      advance(2);
      continue;
    }
    const std::size_t length = utf8_length(text_.substr(at_.offset));
    if (length == 0)
      return fail(errc::parse_error, describe(at_) + "expected UTF-8 text, found an invalid byte");
    pattern.append(text_.substr(at_.offset, length));
    advance(length);
  }
  if (at_end())
    return fail(errc::parse_error,
                describe(start.where) + "expected `/` to end the regex that starts here");
  advance(1);
  return pattern;
}

/// Digits were read as `start`, or a sign stands at it: reads on to the end of the literal.
result<value> lexer::number_or_duration(const token& start) {
  at_ = start.where;
  if (peek() == '+' || peek() == '-') {
    advance(1);
    return number(start.where);
  }
  while (is_digit(peek()) || peek() == '_') advance(1);
  const char suffix = peek();
  const bool decimal_suffix = suffix == 'd' && peek(1) == 'e';
  const bool micro = text_.substr(at_.offset).starts_with("µ");
  if (!decimal_suffix && ((suffix != '\0' && std::strchr("nsmhywud", suffix) != nullptr) || micro))
    return duration_literal(start.where);
  return number(start.where);
}

result<value> lexer::duration_literal(position start) {
  while (is_word(peek()) || text_.substr(at_.offset).starts_with("µ"))
    advance(is_ascii(peek()) ? 1 : 2);
  std::string digits(text_.substr(start.offset, at_.offset - start.offset));
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  auto parsed = parse_duration(digits);
  if (!parsed.ok()) return fail(errc::parse_error, describe(start) + parsed.failure().message);
  return value(*parsed);
}

result<value> lexer::number(position start) {
  const auto digits = [&] {
    while (is_digit(peek()) || peek() == '_') advance(1);
  };
  if (text_.substr(at_.offset).starts_with("Infinity")) {
    advance(8);
  } else {
    digits();
    if (peek() == '.' && is_digit(peek(1))) {
      advance(1);
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      advance(1);
      if (peek() == '-' || peek() == '+') advance(1);
      digits();
    }
    while (is_letter(peek())) advance(1);
  }
  auto parsed = parse_number(text_.substr(start.offset, at_.offset - start.offset));
  if (!parsed.ok()) return fail(errc::parse_error, describe(start) + parsed.failure().message);
  return parsed;
}

namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0U | (code >> 6));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0U | (code >> 12));
    out += static_cast<char>(0x80U | ((code >> 6) & 0x3FU));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  } else {
    out += static_cast<char>(0xF0U | (code >> 18));
    out += static_cast<char>(0x80U | ((code >> 12) & 0x3FU));
    out += static_cast<char>(0x80U | ((code >> 6) & 0x3FU));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  }
}

int hex_digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// `\uXXXX` or `\u{X…}`, `body` begins after the u. Gives the bytes used, 0 if malformed.
std::size_t unicode_escape(std::string_view body, std::string& out) {
  const bool braces = body.starts_with("{");
  std::size_t used = braces ? 1 : 0;
  const std::size_t most = used + (braces ? 6 : 4);
  std::uint32_t code = 0;
  for (; used < most && used < body.size(); ++used) {
    const int digit = hex_digit(body[used]);
    if (digit < 0) break;
    code = code * 16 + static_cast<std::uint32_t>(digit);
  }
  if (braces) {
    if (used >= body.size() || body[used] != '}') return 0;
    ++used;
  } else if (used != 4) {
    return 0;
  }
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return 0;
  append_utf8(out, code);
  return used;
}

result<std::string> unescape_body(std::string_view body, position where) {
  static constexpr std::string_view letters = "nrt0\\bf'\"`";
  static constexpr std::string_view meanings("\n\r\t\0\\\b\f'\"`", 10);
  std::string out;
  out.reserve(body.size());
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] != '\\') {
      out += body[i];
      continue;
    }
    ++i;
    const char letter = i < body.size() ? body[i] : '\0';
    const std::size_t known = letters.find(letter);
    if (i < body.size() && known != std::string_view::npos) {
      out += meanings[known];
    } else if (letter == 'u') {
      const std::size_t used = unicode_escape(body.substr(i + 1), out);
      if (used == 0)
        return fail(errc::parse_error,
                    describe(where) + "expected `\\uXXXX` or `\\u{X}` with a valid code point");
      i += used;
    } else {
      return fail(errc::parse_error,
                  describe(where) + "expected an escape such as `\\n`, found `\\" + letter + "`");
    }
  }
  return out;
}

}  // namespace

result<std::string> unescape(const token& quoted) {
  const std::size_t opening = quoted.prefix != 0 ? 2 : 1;
  return unescape_body(quoted.text.substr(opening, quoted.text.size() - opening - 1), quoted.where);
}

result<std::string> name_of(const token& name) {
  std::string_view text = name.text;
  if (name.kind == token_kind::parameter) text.remove_prefix(1);
  if (text.starts_with("`")) return unescape_body(text.substr(1, text.size() - 2), name.where);
  if (text.starts_with("⟨")) return unescape_body(text.substr(3, text.size() - 6), name.where);
  return std::string(text);
}

std::string describe(position where) {
  return "line " + std::to_string(where.line) + ", column " + std::to_string(where.column) + ": ";
}

std::string describe(const token& found) {
  static constexpr std::size_t longest = 40;
  if (found.kind == token_kind::end) return "the end of the query";
  if (found.text.size() <= longest) return "`" + std::string(found.text) + "`";
  std::size_t cut = longest;
  while (cut > 0 && (static_cast<unsigned char>(found.text[cut]) & 0xC0U) == 0x80U) --cut;
  return "`" + std::string(found.text.substr(0, cut)) + "…`";
}

}  // namespace spooky::surrealql
