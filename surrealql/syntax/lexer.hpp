#pragma once

#include "surrealql/syntax/token.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <string>
#include <string_view>

namespace spooky::surrealql {

/// Cuts SurrealQL text into tokens, on demand, since some cuts depend on the grammar: `/` may start
/// a regex, digits a number, a duration or a record key. A lexer is a position in the text: copying
/// one and reading on is how the parser looks ahead.
class lexer {
 public:
  explicit lexer(std::string_view text) noexcept : text_(text) {}

  /// The next token. Fails with parse_error on a character that starts none, on text that is not
  /// UTF-8 and on a string, name or comment without its end.
  result<token> next();

  /// After a `digits` token (or a sign and digits) was read as `start`: the whole number or
  /// duration literal that begins there. Moves behind it.
  result<value> number_or_duration(const token& start);

  /// After `/` was read as `start`: the regex pattern up to the closing `/`, unescaped.
  result<std::string> regex(const token& start);

  /// After a word or digits were read: the record key text of letters and digits that begins with
  /// them, for keys such as `01J2ABC` or `8e4`. Moves behind it.
  std::string_view word_from(const token& start);

  position where() const noexcept { return at_; }
  std::string_view source() const noexcept { return text_; }

 private:
  bool at_end() const noexcept { return at_.offset >= text_.size(); }
  char peek(std::size_t ahead = 0) const noexcept {
    return at_.offset + ahead < text_.size() ? text_[at_.offset + ahead] : '\0';
  }
  void advance(std::size_t bytes) noexcept;
  result<bool> skip_space_and_comments();
  token finish(token_kind kind, position start) const noexcept;
  result<token> quoted(token_kind kind, position start, std::size_t opening,
                       std::string_view closing);
  result<token> symbol(position start);
  result<token> beyond_ascii(position start);
  result<value> number(position start);
  result<value> duration_literal(position start);

  std::string_view text_;
  position at_;
};

/// The content of a string token (prefix and quotes removed, escapes resolved).
result<std::string> unescape(const token& quoted);

/// The name a word, quoted word or parameter token spells.
result<std::string> name_of(const token& name);

/// "line 3, column 7: ": how every parse error begins.
std::string describe(position where);

/// A token as an error message shows it: quoted, cut short, or "the end of the query".
std::string describe(const token& found);

}  // namespace spooky::surrealql
