#include "surrealql/syntax/parser.hpp"

#include <array>
#include <cmath>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

/// Operators by precedence climbing (Pratt, "Top Down Operator Precedence", 1973), with the
/// engine's binding powers.
namespace spooky::surrealql {

namespace {

/// From this many operands on, AND and OR chains become balanced trees (the operators are
/// associative), so that a filter of thousands of alternatives stays shallow.
constexpr std::size_t balance_from = 64;

struct word_operator {
  keyword word;
  binary_op op;
};

constexpr std::array relation_words = {
    word_operator{keyword::contains, binary_op::contains},
    word_operator{keyword::containsnot, binary_op::contains_not},
    word_operator{keyword::containsall, binary_op::contains_all},
    word_operator{keyword::containsany, binary_op::contains_any},
    word_operator{keyword::containsnone, binary_op::contains_none},
    word_operator{keyword::in, binary_op::inside},
    word_operator{keyword::inside, binary_op::inside},
    word_operator{keyword::notinside, binary_op::not_inside},
    word_operator{keyword::allinside, binary_op::all_inside},
    word_operator{keyword::anyinside, binary_op::any_inside},
    word_operator{keyword::noneinside, binary_op::none_inside},
    word_operator{keyword::outside, binary_op::outside},
    word_operator{keyword::intersects, binary_op::intersects},
};

struct symbol_operator {
  std::string_view symbol;
  binary_op op;
};

constexpr std::array set_symbols = {
    symbol_operator{"∋", binary_op::contains},      symbol_operator{"∌", binary_op::contains_not},
    symbol_operator{"∈", binary_op::inside},        symbol_operator{"∉", binary_op::not_inside},
    symbol_operator{"⊇", binary_op::contains_all},  symbol_operator{"⊃", binary_op::contains_any},
    symbol_operator{"⊅", binary_op::contains_none}, symbol_operator{"⊆", binary_op::all_inside},
    symbol_operator{"⊂", binary_op::any_inside},    symbol_operator{"⊄", binary_op::none_inside}};

struct token_operator {
  token_kind kind;
  binary_op op;
};

constexpr std::array token_operators = {
    token_operator{token_kind::double_pipe, binary_op::logical_or},
    token_operator{token_kind::double_ampersand, binary_op::logical_and},
    token_operator{token_kind::question_colon, binary_op::truthy_coalesce},
    token_operator{token_kind::equal, binary_op::equal},
    token_operator{token_kind::double_equal, binary_op::exact_equal},
    token_operator{token_kind::bang_equal, binary_op::not_equal},
    token_operator{token_kind::question_equal, binary_op::any_equal},
    token_operator{token_kind::star_equal, binary_op::all_equal},
    token_operator{token_kind::less, binary_op::less},
    token_operator{token_kind::less_equal, binary_op::less_equal},
    token_operator{token_kind::greater, binary_op::greater},
    token_operator{token_kind::greater_equal, binary_op::greater_equal},
    token_operator{token_kind::plus, binary_op::add},
    token_operator{token_kind::minus, binary_op::subtract},
    token_operator{token_kind::star, binary_op::multiply},
    token_operator{token_kind::times, binary_op::multiply},
    token_operator{token_kind::slash, binary_op::divide},
    token_operator{token_kind::divided, binary_op::divide},
    token_operator{token_kind::percent, binary_op::remainder},
    token_operator{token_kind::double_star, binary_op::power}};

/// `a = b = c` has no meaning; `==` alone among the comparisons chains, as in the engine.
bool chains(binary_op op) noexcept {
  const binding power = binding_of(op);
  return (power != binding::equality && power != binding::relation) || op == binary_op::exact_equal;
}

/// The literal with the sign applied, for numbers that are not negative already.
std::optional<value> signed_literal(const expr& operand, unary_op op) {
  const auto* number = std::get_if<literal>(&operand.node);
  if (number == nullptr) return std::nullopt;
  const value& v = number->constant;
  const bool negate = op == unary_op::negate;
  switch (v.type()) {
    case value_type::integer:
      if (v.as_integer() < 0) return std::nullopt;
      return negate ? value::integer(-v.as_integer()) : v;
    case value_type::floating:
      if (std::isnan(v.as_floating()) || std::signbit(v.as_floating())) return std::nullopt;
      return negate ? value::floating(-v.as_floating()) : v;
    case value_type::decimal:
      if (v.as_decimal().negative()) return std::nullopt;
      return negate ? value(-v.as_decimal()) : v;
    default:
      return std::nullopt;
  }
}

}  // namespace

binding binding_of(binary_op op) noexcept {
  switch (op) {
    case binary_op::logical_or:
      return binding::logical_or;
    case binary_op::logical_and:
      return binding::logical_and;
    case binary_op::null_coalesce:
    case binary_op::truthy_coalesce:
      return binding::coalesce;
    case binary_op::equal:
    case binary_op::exact_equal:
    case binary_op::not_equal:
    case binary_op::any_equal:
    case binary_op::all_equal:
    case binary_op::matches:
      return binding::equality;
    case binary_op::add:
    case binary_op::subtract:
      return binding::sum;
    case binary_op::multiply:
    case binary_op::divide:
    case binary_op::remainder:
      return binding::product;
    case binary_op::power:
      return binding::power;
    default:
      return binding::relation;
  }
}

binding binding_of(const expr& node) noexcept {
  if (const auto* b = std::get_if<binary>(&node.node)) return binding_of(b->op);
  if (std::holds_alternative<unary>(node.node) || std::holds_alternative<type_cast>(node.node))
    return binding::prefix;
  if (std::holds_alternative<range_expr>(node.node)) return binding::range;
  return binding::prime;
}

result<expr_ptr> parser::expression() {
  const nesting level(*this);
  SPOOKY_TRY(level.entered());
  return operators(binding::base);
}

result<expr_ptr> parser::field_expression() {
  const name_mode fields(*this, false);
  return expression();
}

result<expr_ptr> parser::table_expression() {
  const name_mode tables(*this, true);
  return expression();
}

result<expr_ptr> parser::operators(binding loosest) {
  expr_ptr left;
  bool left_is_prime = true;
  if (const auto power = prefix_power()) {
    SPOOKY_ASSIGN(left, prefix_operator(*power));
    left_is_prime = false;
  } else {
    SPOOKY_ASSIGN(left, prime());
  }
  while (true) {
    if (at_postfix_range()) {
      if (binding::range <= loosest) break;
      const position where = left->where;
      SPOOKY_ASSIGN(const bool excluded, eat(token_kind::greater));
      SPOOKY_TRY(advance());
      if (!left_is_prime && std::holds_alternative<range_expr>(left->node))
        return fail(errc::parse_error,
                    describe(where) + "expected parentheses around a range within a range");
      SPOOKY_ASSIGN(left, make(range_expr{left, nullptr, excluded, false}, where));
    } else if (is(token_kind::left_paren)) {
      invocation made{left, {}};
      SPOOKY_ASSIGN(made.arguments, arguments());
      SPOOKY_ASSIGN(left, make(std::move(made), left->where));
    } else if (const auto power = infix_power(); power && *power > loosest) {
      SPOOKY_ASSIGN(left, infix(left, left_is_prime, *power));
    } else {
      break;
    }
    left_is_prime = false;
  }
  return left;
}

std::optional<binding> parser::prefix_power() const {
  switch (current_.kind) {
    case token_kind::bang:
    case token_kind::plus:
    case token_kind::minus:
      return binding::prefix;
    case token_kind::dot_dot:
      return binding::range;
    case token_kind::less: {
      const token next = peek();
      const bool graph =
          !next.spaced && (next.kind == token_kind::minus || next.kind == token_kind::tilde ||
                           next.kind == token_kind::arrow);
      return graph ? std::nullopt : std::optional(binding::prefix);
    }
    default:
      return std::nullopt;
  }
}

result<expr_ptr> parser::prefix_operator(binding power) {
  const nesting level(*this);
  SPOOKY_TRY(level.entered());
  const position where = current_.where;
  switch (current_.kind) {
    case token_kind::plus:
      return sign(unary_op::plus);
    case token_kind::minus:
      return sign(unary_op::negate);
    case token_kind::dot_dot:
      return prefix_range(where);
    case token_kind::less: {
      SPOOKY_TRY(advance());
      SPOOKY_ASSIGN(std::string type, type_union());
      SPOOKY_TRY(expect(token_kind::greater, "`>` to close the cast's type"));
      SPOOKY_ASSIGN(expr_ptr operand, operators(power));
      return make(type_cast{std::move(type), std::move(operand)}, where);
    }
    default: {
      SPOOKY_TRY(advance());
      SPOOKY_ASSIGN(expr_ptr operand, operators(power));
      return make(unary{unary_op::logical_not, std::move(operand)}, where);
    }
  }
}

/// `-5` is a number of its own, so `-5.abs()` is 5; `-x` is an operator. A sign before a literal in
/// parentheses is folded into it, so that both spellings give one tree.
result<expr_ptr> parser::sign(unary_op op) {
  const token start = current_;
  const token next = peek();
  if (next.kind == token_kind::digits && !next.spaced) {
    lexer ahead = lexer_;
    const auto unsigned_number = ahead.number_or_duration(next);
    if (!unsigned_number.ok() || unsigned_number->type() != value_type::duration) {
      SPOOKY_ASSIGN(value number, lexer_.number_or_duration(start));
      SPOOKY_TRY(advance());
      SPOOKY_ASSIGN(expr_ptr made, make(literal{std::move(number)}, start.where));
      return continues_path() ? path_after(std::move(made)) : result<expr_ptr>(std::move(made));
    }
  }
  SPOOKY_TRY(advance());
  SPOOKY_ASSIGN(expr_ptr operand, operators(binding::prefix));
  if (auto folded = signed_literal(*operand, op)) return make(literal{*folded}, start.where);
  return make(unary{op, std::move(operand)}, start.where);
}

result<expr_ptr> parser::prefix_range(position where) {
  SPOOKY_TRY(advance());
  range_expr range;
  if (!current_.spaced && is(token_kind::equal)) {
    SPOOKY_TRY(advance());
    range.end_included = true;
  } else if (current_.spaced || !starts_expression(current_)) {
    return make(std::move(range), where);
  }
  SPOOKY_ASSIGN(range.end, operators(binding::range));
  return make(std::move(range), where);
}

bool parser::starts_expression(const token& t) const noexcept {
  switch (t.kind) {
    case token_kind::word:
    case token_kind::quoted_word:
    case token_kind::parameter:
    case token_kind::digits:
    case token_kind::string:
    case token_kind::plus:
    case token_kind::minus:
    case token_kind::left_paren:
    case token_kind::left_brace:
    case token_kind::left_bracket:
    case token_kind::slash:
    case token_kind::pipe:
    case token_kind::double_pipe:
    case token_kind::less:
    case token_kind::arrow:
    case token_kind::dot_dot:
      return true;
    default:
      return false;
  }
}

/// `a..` or `a>..` with nothing after the dots that could be the range's end.
bool parser::at_postfix_range() const {
  lexer ahead = lexer_;
  if (is(token_kind::greater)) {
    const auto dots = ahead.next();
    if (!dots.ok() || dots->spaced || dots->kind != token_kind::dot_dot) return false;
  } else if (!is(token_kind::dot_dot)) {
    return false;
  }
  const auto after = ahead.next();
  if (!after.ok()) return false;
  return after->spaced || !(after->kind == token_kind::equal || starts_expression(*after));
}

std::optional<binding> parser::infix_power() const {
  for (const auto& known : token_operators) {
    if (!is(known.kind)) continue;
    if (known.kind == token_kind::less) {
      const token next = peek();
      if (!next.spaced && (next.kind == token_kind::minus || next.kind == token_kind::tilde ||
                           next.kind == token_kind::arrow || next.kind == token_kind::dot_dot))
        return std::nullopt;
    }
    if (known.kind == token_kind::greater && next_is_adjacent(token_kind::dot_dot))
      return binding::range;
    return binding_of(known.op);
  }
  switch (current_.kind) {
    case token_kind::dot_dot:
      return binding::range;
    case token_kind::question:
      return binding::coalesce;
    case token_kind::set_symbol:
    case token_kind::less_pipe:
      return binding::relation;
    case token_kind::at:
      return binding::equality;
    default:
      break;
  }
  switch (current_.word) {
    case keyword::or_:
      return binding::logical_or;
    case keyword::and_:
      return binding::logical_and;
    case keyword::is:
      return binding::equality;
    case keyword::not_:
      return binding::relation;
    default:
      break;
  }
  for (const auto& known : relation_words)
    if (is(known.word)) return binding::relation;
  return std::nullopt;
}

result<binary_op> parser::take_binary_operator() {
  for (const auto& known : token_operators)
    if (is(known.kind)) {
      SPOOKY_TRY(advance());
      return known.op;
    }
  for (const auto& known : relation_words)
    if (is(known.word)) {
      SPOOKY_TRY(advance());
      return known.op;
    }
  for (const auto& known : set_symbols)
    if (is(token_kind::set_symbol) && current_.text == known.symbol) {
      SPOOKY_TRY(advance());
      return known.op;
    }
  const token first = current_;
  SPOOKY_TRY(advance());
  if (first.word == keyword::or_) return binary_op::logical_or;
  if (first.word == keyword::and_) return binary_op::logical_and;
  if (first.word == keyword::is) {
    SPOOKY_ASSIGN(const bool negated, eat(keyword::not_));
    return negated ? binary_op::not_equal : binary_op::equal;
  }
  if (first.word == keyword::not_) {
    SPOOKY_TRY(expect(keyword::in, "`IN` after `NOT`"));
    return binary_op::not_inside;
  }
  if (first.kind == token_kind::question) {
    if (!is(token_kind::question) || current_.spaced) return unexpected("`?` as in `??`");
    SPOOKY_TRY(advance());
    return binary_op::null_coalesce;
  }
  return first.kind == token_kind::at ? binary_op::matches : binary_op::nearest;
}

/// `@` or `<|` was read. What stands in the operator is taken as it is written, word by word, for
/// the database to judge.
result<std::string> parser::index_operator(binary_op op, position where) {
  const bool text = op == binary_op::matches;
  if (!limits_.of_database)
    return unsupported(where,
                       text ? "full-text search (`@@`)" : "nearest-neighbour search (`<|k|>`)",
                       "it needs the database's index");
  std::string written(text ? "@" : "<|");
  while (is(token_kind::digits) || is(token_kind::word) || is(token_kind::comma)) {
    const bool behind_word = written.back() != '@' && written.back() != '|' &&
                             written.back() != ',' && !is(token_kind::comma);
    written.append(behind_word ? " " : "").append(current_.text);
    SPOOKY_TRY(advance());
  }
  if (text) {
    SPOOKY_TRY(expect(token_kind::at, "`@` to close the operator"));
    return written + "@";
  }
  SPOOKY_TRY(expect(token_kind::pipe, "`|>` to close the operator"));
  if (current_.spaced) return unexpected("`|>` to close the operator");
  SPOOKY_TRY(expect(token_kind::greater, "`|>` to close the operator"));
  return written + "|>";
}

result<expr_ptr> parser::infix_range(expr_ptr left, binding power) {
  const position where = left->where;
  range_expr range;
  range.begin = std::move(left);
  SPOOKY_ASSIGN(range.begin_excluded, eat(token_kind::greater));
  SPOOKY_TRY(advance());
  if (is(token_kind::equal) && !current_.spaced) {
    SPOOKY_TRY(advance());
    range.end_included = true;
  }
  SPOOKY_ASSIGN(range.end, operators(power));
  return make(std::move(range), where);
}

result<expr_ptr> parser::infix(expr_ptr left, bool left_is_prime, binding power) {
  if (power == binding::range) return infix_range(std::move(left), power);
  const position where = current_.where;
  SPOOKY_ASSIGN(const binary_op op, take_binary_operator());
  std::string written;
  if (op == binary_op::matches || op == binary_op::nearest) {
    SPOOKY_ASSIGN(written, index_operator(op, where));
  }
  if (!left_is_prime && !chains(op) && binding_of(*left) == power)
    return fail(errc::parse_error, describe(where) +
                                       "expected parentheses: comparisons such as `a = b = c` have "
                                       "no defined order");
  if (op == binary_op::logical_or || op == binary_op::logical_and)
    return chain(std::move(left), op, power);
  SPOOKY_ASSIGN(expr_ptr right, operators(power));
  const position start = left->where;
  return make(binary{op, std::move(left), std::move(right), std::move(written)}, start);
}

/// The operator was read; gathers all operands it joins.
result<expr_ptr> parser::chain(expr_ptr left, binary_op op, binding power) {
  std::vector<expr_ptr> operands{std::move(left)};
  while (true) {
    SPOOKY_ASSIGN(expr_ptr next, operators(power));
    operands.push_back(std::move(next));
    if (infix_power() != power) break;
    SPOOKY_TRY(advance());
  }
  if (operands.size() >= balance_from) return balanced(operands, 0, operands.size(), op);
  expr_ptr joined = operands.front();
  for (std::size_t i = 1; i < operands.size(); ++i) {
    SPOOKY_ASSIGN(joined, make(binary{op, joined, operands[i]}, operands.front()->where));
  }
  return joined;
}

result<expr_ptr> parser::balanced(const std::vector<expr_ptr>& operands, std::size_t from,
                                  std::size_t to, binary_op op) {
  if (to - from == 1) return operands[from];
  const std::size_t middle = from + (to - from + 1) / 2;
  SPOOKY_ASSIGN(expr_ptr left, balanced(operands, from, middle, op));
  SPOOKY_ASSIGN(expr_ptr right, balanced(operands, middle, to, op));
  return make(binary{op, std::move(left), std::move(right)}, operands[from]->where);
}

}  // namespace spooky::surrealql
