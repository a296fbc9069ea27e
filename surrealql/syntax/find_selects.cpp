#include "surrealql/syntax/find_selects.hpp"

#include "surrealql/syntax/lexer.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/syntax/parser.hpp"

#include <cstddef>
#include <optional>

namespace spooky::surrealql {

namespace {

std::string_view without_trailing_space(std::string_view text) {
  const auto last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

bool opens(token_kind kind) noexcept {
  return kind == token_kind::left_paren || kind == token_kind::left_brace ||
         kind == token_kind::left_bracket;
}

bool closes(token_kind kind) noexcept {
  return kind == token_kind::right_paren || kind == token_kind::right_brace ||
         kind == token_kind::right_bracket;
}

/// The SELECT that `text` begins with, as far as the grammar goes.
std::optional<std::string_view> parsed_select(std::string_view text) {
  parse_limits limits;
  parser p(text.substr(0, limits.bytes), limits);
  if (!p.begin().ok() || !p.select_only().ok()) return std::nullopt;
  return without_trailing_space(text.substr(0, p.where().offset));
}

/// What `text` begins with, up to the semicolon or bracket that must end a statement; none without
/// a FROM, for then the word may be a name.
std::optional<std::string_view> cut_select(std::string_view text) {
  lexer tokens(text);
  std::size_t depth = 0;
  bool from = false;
  for (;;) {
    const auto next = tokens.next();
    const bool ends = !next.ok() || next->kind == token_kind::end ||
                      (depth == 0 && (closes(next->kind) || next->kind == token_kind::semicolon));
    if (ends) {
      const auto end = next.ok() ? next->where.offset : tokens.where().offset;
      if (!from) return std::nullopt;
      return without_trailing_space(text.substr(0, end));
    }
    if (opens(next->kind)) ++depth;
    if (closes(next->kind)) --depth;
    from = from || next->word == keyword::from;
  }
}

/// Whether a word can only be a permission's: `FOR select, update WHERE ...`.
class permission_list {
 public:
  bool holds(const token& next) {
    if (next.word == keyword::for_) {
      in_list_ = true;
      return false;
    }
    in_list_ = in_list_ && (next.kind == token_kind::comma || next.word == keyword::select ||
                            next.word == keyword::create || next.word == keyword::update ||
                            next.word == keyword::delete_);
    return in_list_;
  }

 private:
  bool in_list_ = false;
};

/// Moves over a text and keeps the place as a person counts it.
class cursor {
 public:
  explicit cursor(std::string_view text) : text_(text) {}
  std::string_view rest() const { return text_.substr(at_.offset); }
  position where() const { return at_; }
  void advance(std::size_t bytes) {
    for (const char c : text_.substr(at_.offset, bytes)) {
      ++at_.offset;
      at_.column = c == '\n' ? 1 : at_.column + 1;
      if (c == '\n') ++at_.line;
    }
  }
  /// To the next line, at least `bytes` on.
  void advance_over_line(std::size_t bytes) {
    const auto end = rest().find('\n', bytes);
    advance(end == std::string_view::npos ? rest().size() : end + 1);
  }

 private:
  std::string_view text_;
  position at_;
};

/// Moves to the next SELECT and behind it; none at the end of the text.
std::optional<found_select> next_select(cursor& at) {
  while (!at.rest().empty()) {
    const auto rest = at.rest();
    lexer tokens(rest);
    permission_list permissions;
    for (;;) {
      const auto before = tokens.where().offset;
      const auto next = tokens.next();
      if (!next.ok()) {
        at.advance_over_line(before);
        break;
      }
      if (next->kind == token_kind::end) {
        at.advance(rest.size());
        break;
      }
      if (permissions.holds(*next) || next->word != keyword::select) continue;
      const auto from_here = rest.substr(next->where.offset);
      auto found = parsed_select(from_here);
      if (!found) found = cut_select(from_here);
      if (!found) continue;
      at.advance(next->where.offset);
      const found_select one{*found, at.where()};
      at.advance(found->size());
      return one;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<found_select> find_selects(std::string_view surql) {
  std::vector<found_select> all;
  cursor at(surql);
  while (const auto one = next_select(at)) all.push_back(*one);
  return all;
}

}  // namespace spooky::surrealql
