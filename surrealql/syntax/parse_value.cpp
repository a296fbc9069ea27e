#include "surrealql/syntax/parser.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

/// Primary expressions: literals, parameters, names, function calls, parentheses and arrays.
namespace spooky::surrealql {

namespace {

/// Every constant the engine knows, in lower case (its names are matched in any case).
constexpr std::array<std::string_view, 25> constants = {"math::e",
                                                        "math::frac_1_pi",
                                                        "math::frac_1_sqrt_2",
                                                        "math::frac_2_pi",
                                                        "math::frac_2_sqrt_pi",
                                                        "math::frac_pi_2",
                                                        "math::frac_pi_3",
                                                        "math::frac_pi_4",
                                                        "math::frac_pi_6",
                                                        "math::frac_pi_8",
                                                        "math::inf",
                                                        "math::ln_10",
                                                        "math::ln_2",
                                                        "math::log10_2",
                                                        "math::log10_e",
                                                        "math::log2_10",
                                                        "math::log2_e",
                                                        "math::neg_inf",
                                                        "math::pi",
                                                        "math::sqrt_2",
                                                        "math::tau",
                                                        "time::epoch",
                                                        "time::minimum",
                                                        "time::maximum",
                                                        "duration::max"};

/// Function families whose answer does not follow from the data, and why each is refused.
struct refused_family {
  std::string_view prefix;
  std::string_view why;
};

constexpr std::array refused_families = {
    refused_family{"ml::", "models are not known to this process"},
    refused_family{"mod::", "modules are not known to this process"},
    refused_family{"silo::", "modules are not known to this process"},
    refused_family{"rand::", "its result would differ at every evaluation"},
    refused_family{"http::", "it reaches out of the database"},
    refused_family{"api::", "it reaches out of the database"},
    refused_family{"file::", "it reaches out of the database"},
    refused_family{"search::", "it needs the database's full-text index"},
    refused_family{"sequence::", "its result would differ at every evaluation"},
};

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The bytes that pairs of hexadecimal digits spell.
result<value> parse_bytes(std::string_view text) {
  std::string raw;
  if (text.size() % 2 != 0)
    return fail(errc::parse_error, "expected an even number of hexadecimal digits");
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return fail(errc::parse_error, "expected hexadecimal digits");
    raw += static_cast<char>(high * 16 + low);
  }
  return value::bytes(std::move(raw));
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace

std::optional<value> constant_value(const expr& e) {
  if (const auto* plain = std::get_if<literal>(&e.node)) return plain->constant;
  if (const auto* list = std::get_if<array_literal>(&e.node)) {
    spooky::array items;
    for (const expr_ptr& item : list->items) {
      auto constant = constant_value(*item);
      if (!constant) return std::nullopt;
      items.push_back(std::move(*constant));
    }
    return value(std::move(items));
  }
  if (const auto* members = std::get_if<object_literal>(&e.node)) {
    std::vector<object::member> built;
    for (const auto& [name, member] : members->members) {
      auto constant = constant_value(*member);
      if (!constant) return std::nullopt;
      built.emplace_back(name, std::move(*constant));
    }
    return value(object(std::move(built)));
  }
  return std::nullopt;
}

result<expr_ptr> parser::prime() {
  SPOOKY_ASSIGN(expr_ptr made, prime_value());
  return continues_path() ? path_after(std::move(made)) : result<expr_ptr>(std::move(made));
}

result<expr_ptr> parser::prime_value() {
  const position where = current_.where;
  switch (current_.kind) {
    case token_kind::word:
    case token_kind::quoted_word:
      return word_value();
    case token_kind::string:
      return string_literal();
    case token_kind::digits: {
      SPOOKY_ASSIGN(value number, take_number());
      return make(literal{std::move(number)}, where);
    }
    case token_kind::parameter: {
      SPOOKY_ASSIGN(std::string name, take_parameter());
      return make(param{std::move(name)}, where);
    }
    case token_kind::arrow:
    case token_kind::less: {
      if (!at_graph_step()) return unexpected("an expression");
      path steps;
      SPOOKY_TRY(path_parts(steps.parts));
      return make(std::move(steps), where);
    }
    case token_kind::slash: {
      SPOOKY_ASSIGN(std::string pattern, lexer_.regex(current_));
      SPOOKY_TRY(advance());
      return make(literal{value::regex(std::move(pattern))}, where);
    }
    case token_kind::left_bracket:
      return array();
    case token_kind::left_brace:
      return braces();
    case token_kind::left_paren:
      return parenthesised();
    case token_kind::pipe:
    case token_kind::double_pipe:
      return closure_expression();
    case token_kind::at: {
      SPOOKY_TRY(advance());
      if (!continues_path()) return unexpected("`.`, `[` or a graph step after `@`");
      path steps;
      steps.parts.emplace_back(document_part{});
      SPOOKY_TRY(path_parts(steps.parts));
      return make(std::move(steps), where);
    }
    default:
      return unexpected("an expression");
  }
}

result<expr_ptr> parser::string_literal() {
  const token start = current_;
  SPOOKY_ASSIGN(std::string text, unescape(start));
  SPOOKY_TRY(advance());
  const auto checked = [&](auto parsed) -> result<expr_ptr> {
    if (!parsed.ok())
      return fail(errc::parse_error, describe(start.where) + parsed.failure().message);
    return make(literal{value(std::move(parsed).value())}, start.where);
  };
  switch (start.prefix) {
    case 'd':
      return checked(parse_datetime(text));
    case 'u':
      return checked(parse_uuid(text));
    case 'r': {
      parser inner(text, limits_);
      inner.depth_ = depth_;
      SPOOKY_TRY(inner.begin());
      SPOOKY_ASSIGN(std::string table, inner.take_name("a record id"));
      SPOOKY_ASSIGN(expr_ptr id, inner.record(std::move(table), start.where));
      SPOOKY_TRY(inner.expect_end());
      nodes_ += inner.nodes_;
      return id;
    }
    case 'b':
      return checked(parse_bytes(text));
    case 'f':
      return unsupported(start.where, "a file literal", "the engine refuses it by default too");
    default:
      return make(literal{value(std::move(text))}, start.where);
  }
}

result<expr_ptr> parser::word_value() {
  const position where = current_.where;
  const auto constant = [&](value v) -> result<expr_ptr> {
    SPOOKY_TRY(advance());
    return make(literal{std::move(v)}, where);
  };
  switch (current_.word) {
    case keyword::none_value:
      return constant(value::none());
    case keyword::null:
      return constant(value::null());
    case keyword::true_:
      return constant(value::boolean(true));
    case keyword::false_:
      return constant(value::boolean(false));
    case keyword::if_:
      return if_expression();
    case keyword::select: {
      const nesting level(*this);
      SPOOKY_TRY(level.entered());
      const name_mode fields_mode(*this, false);
      SPOOKY_ASSIGN(select_ptr inner, select());
      return make(subquery{std::move(inner)}, where);
    }
    case keyword::return_: {
      SPOOKY_TRY(advance());
      SPOOKY_ASSIGN(expr_ptr returned, expression());
      if (is(keyword::fetch))
        return unsupported(current_.where, "RETURN … FETCH", "use it on the SELECT");
      return make(return_expr{std::move(returned)}, where);
    }
    default:
      break;
  }
  if (is(token_kind::word) && current_.text == "NaN")
    return constant(value::floating(std::numeric_limits<double>::quiet_NaN()));
  if (is(token_kind::word) && current_.text == "Infinity")
    return constant(value::floating(std::numeric_limits<double>::infinity()));
  SPOOKY_TRY(refuse_statement(true));
  return name_value();
}

/// A function call, a constant, a record id, a table or a field of the document.
result<expr_ptr> parser::name_value() {
  const position where = current_.where;
  const token next = peek();
  if (next.kind == token_kind::double_colon || next.kind == token_kind::left_paren)
    return function_or_constant();
  SPOOKY_ASSIGN(std::string name, take_name("an expression"));
  if (is(token_kind::colon)) return record(std::move(name), where);
  if (names_are_tables_ && !continues_path())
    return make(literal{value::table(std::move(name))}, where);
  path field;
  field.parts.emplace_back(field_part{std::move(name)});
  return make(std::move(field), where);
}

result<void> parser::refuse_function(const std::string& name, position where) const {
  for (const refused_family& family : refused_families)
    if (name.starts_with(family.prefix)) return unsupported(where, "`" + name + "`", family.why);
  if (name == "rand" || name == "sleep")
    return unsupported(where, "`" + name + "()`", "its effect would differ at every evaluation");
  return {};
}

result<expr_ptr> parser::function_or_constant() {
  const position where = current_.where;
  SPOOKY_ASSIGN(std::string name, take_name("a function name"));
  while (is(token_kind::double_colon)) {
    SPOOKY_TRY(advance());
    SPOOKY_ASSIGN(const std::string part, take_name("the rest of the function's name"));
    name += "::" + part;
  }
  name = lower(std::move(name));
  if (std::find(constants.begin(), constants.end(), name) != constants.end())
    return make(constant{std::move(name)}, where);
  if (!limits_.of_database) SPOOKY_TRY(refuse_function(name, where));
  if (!is(token_kind::left_paren))
    return fail(
        errc::parse_error,
        describe(where) + "expected a constant or `(` after the function, found `" + name + "`");
  SPOOKY_ASSIGN(std::vector<expr_ptr> given, arguments());
  return make(call{std::move(name), std::move(given)}, where);
}

result<std::vector<expr_ptr>> parser::arguments() {
  SPOOKY_TRY(expect(token_kind::left_paren, "`(`"));
  std::vector<expr_ptr> given;
  while (!is(token_kind::right_paren)) {
    SPOOKY_ASSIGN(expr_ptr one, expression());
    given.push_back(std::move(one));
    SPOOKY_ASSIGN(const bool more, eat(token_kind::comma));
    if (!more) break;
  }
  SPOOKY_TRY(expect(token_kind::right_paren, "`,` or `)` in the argument list"));
  return given;
}

/// `(1.5, 2)` is a point. Nothing is consumed if it is not one.
result<std::optional<value>> parser::coordinate() {
  const lexer before = lexer_;
  const token first = current_;
  const auto number = [&]() -> std::optional<double> {
    if (is(token_kind::plus) || is(token_kind::minus)) {
      if (!next_is_adjacent(token_kind::digits)) return std::nullopt;
    } else if (!is(token_kind::digits)) {
      return std::nullopt;
    }
    const auto read = take_number();
    if (!read.ok()) return std::nullopt;
    if (read->type() == value_type::integer) return static_cast<double>(read->as_integer());
    if (read->type() == value_type::floating) return read->as_floating();
    return std::nullopt;
  };
  const auto x = number();
  if (!x || !is(token_kind::comma)) {
    lexer_ = before;
    current_ = first;
    return std::optional<value>{};
  }
  SPOOKY_TRY(advance());
  const auto y = number();
  if (!y) return unexpected("the point's second number");
  geometry point;
  point.positions.emplace_back(*x, *y);
  return std::optional<value>(value(std::move(point)));
}

result<expr_ptr> parser::parenthesised() {
  const position where = current_.where;
  SPOOKY_TRY(advance());
  SPOOKY_ASSIGN(const std::optional<value> point, coordinate());
  expr_ptr inner;
  if (point) {
    SPOOKY_ASSIGN(inner, make(literal{*point}, where));
  } else {
    SPOOKY_ASSIGN(inner, expression());
  }
  SPOOKY_TRY(expect(token_kind::right_paren, "`)`"));
  if (!continues_path()) return inner;
  path steps;
  steps.start = std::move(inner);
  SPOOKY_TRY(path_parts(steps.parts));
  return make(std::move(steps), where);
}

result<expr_ptr> parser::array() {
  const position where = current_.where;
  const nesting level(*this);
  SPOOKY_TRY(level.entered());
  SPOOKY_TRY(advance());
  std::vector<expr_ptr> items;
  while (!is(token_kind::right_bracket)) {
    SPOOKY_ASSIGN(expr_ptr item, expression());
    items.push_back(std::move(item));
    SPOOKY_ASSIGN(const bool more, eat(token_kind::comma));
    if (!more) break;
  }
  SPOOKY_TRY(expect(token_kind::right_bracket, "`,` or `]` in the array"));
  return make_array(std::move(items), where);
}

/// An array of literals becomes one literal, so that a long IN list is built once.
result<expr_ptr> parser::make_array(std::vector<expr_ptr> items, position where) {
  const bool fixed = std::all_of(items.begin(), items.end(), [](const expr_ptr& item) {
    return std::holds_alternative<literal>(item->node);
  });
  if (!fixed) return make(array_literal{std::move(items)}, where);
  spooky::array values;
  values.reserve(items.size());
  for (const expr_ptr& item : items) values.push_back(std::get<literal>(item->node).constant);
  return make(literal{value(std::move(values))}, where);
}

}  // namespace spooky::surrealql
