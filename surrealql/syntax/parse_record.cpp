#include "surrealql/syntax/parser.hpp"
#include "surrealql/values/text.hpp"

#include <charconv>
#include <utility>

/// Record ids `table:key` and record ranges `table:from..to`.
namespace spooky::surrealql {

namespace {

/// Digits as a key: an int, or text where they do not fit (`user:99999999999999999999`, `1_0`).
value digits_key(std::string_view digits) {
  std::int64_t n = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (problem == std::errc{} && end == digits.data() + digits.size()) return value::integer(n);
  return value(digits);
}

}  // namespace

bool parser::at_record_key() const noexcept {
  switch (current_.kind) {
    case token_kind::word:
    case token_kind::quoted_word:
    case token_kind::digits:
    case token_kind::left_brace:
    case token_kind::left_bracket:
    case token_kind::plus:
    case token_kind::minus:
    case token_kind::string:
      return !current_.spaced;
    default:
      return false;
  }
}

/// The table's name was read; the colon is next.
result<expr_ptr> parser::record(std::string table, position where) {
  if (current_.spaced) return unexpected("`:` without white space, as in `table:key`");
  SPOOKY_TRY(expect(token_kind::colon, "`:` and a record key"));
  expr_ptr key;
  bool begin_excluded = false;
  if (at_record_key()) {
    SPOOKY_ASSIGN(key, record_key());
    if (is(token_kind::greater) && !current_.spaced && next_is_adjacent(token_kind::dot_dot)) {
      SPOOKY_TRY(advance());
      begin_excluded = true;
    }
  }
  if (is(token_kind::dot_dot) && !current_.spaced) {
    SPOOKY_ASSIGN(expr_ptr range, key_range(std::move(key), begin_excluded, where));
    return make(record_literal{std::move(table), std::move(range)}, where);
  }
  if (!key) {
    if (is(token_kind::parameter))
      return unexpected("a record key; `type::record(\"" + table + "\", …)` takes a parameter");
    return unexpected("a record key");
  }
  if (auto constant = constant_value(*key))
    return make(literal{value(record_id{std::move(table), std::move(*constant)})}, where);
  return make(record_literal{std::move(table), std::move(key)}, where);
}

/// The dots are next.
result<expr_ptr> parser::key_range(expr_ptr begin, bool begin_excluded, position where) {
  SPOOKY_TRY(advance());
  range_expr range;
  range.begin = std::move(begin);
  range.begin_excluded = begin_excluded;
  if (is(token_kind::equal) && !current_.spaced) {
    SPOOKY_TRY(advance());
    range.end_included = true;
    if (!at_record_key()) return unexpected("the key that ends the record range");
  }
  if (at_record_key()) {
    SPOOKY_ASSIGN(range.end, record_key());
  }
  return make(std::move(range), where);
}

result<expr_ptr> parser::signed_key() {
  const token sign = current_;
  SPOOKY_TRY(advance());
  if (!is(token_kind::digits) || current_.spaced) return unexpected("an integer record key");
  const std::string digits(current_.text);
  SPOOKY_TRY(advance());
  value key = digits_key(sign.kind == token_kind::minus ? "-" + digits : digits);
  return make(literal{std::move(key)}, sign.where);
}

result<expr_ptr> parser::record_key() {
  const token start = current_;
  switch (start.kind) {
    case token_kind::left_bracket:
      return array();
    case token_kind::left_brace: {
      const nesting level(*this);
      SPOOKY_TRY(level.entered());
      SPOOKY_TRY(advance());
      return object_literal_body(start.where);
    }
    case token_kind::plus:
    case token_kind::minus:
      return signed_key();
    case token_kind::string: {
      if (start.prefix != 'u') return unexpected("a record key; text keys go in backticks");
      return string_literal();
    }
    case token_kind::digits: {
      const std::string key(lexer_.word_from(start));
      SPOOKY_TRY(advance());
      const bool number = key.size() == start.text.size();
      return make(literal{number ? digits_key(key) : value(key)}, start.where);
    }
    default:
      break;
  }
  SPOOKY_ASSIGN(std::string key, take_name("a record key"));
  const bool generator = start.kind == token_kind::word && is(token_kind::left_paren);
  if (generator && (start.word == keyword::rand || key == "ulid" || key == "uuid" ||
                    key == "ULID" || key == "UUID"))
    return unsupported(start.where, "a generated record key",
                       "it would differ at every evaluation");
  return make(literal{value(std::move(key))}, start.where);
}

}  // namespace spooky::surrealql
