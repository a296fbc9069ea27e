#include "surrealql/syntax/parse.hpp"

#include "surrealql/syntax/parser.hpp"
#include "surrealql/syntax/walk.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace spooky::surrealql {

result<select_ptr> parse_select(std::string_view text, const parse_limits& limits) {
  parser p(text, limits);
  SPOOKY_TRY(p.begin());
  SPOOKY_ASSIGN(select_ptr select, p.select_only());
  SPOOKY_ASSIGN([[maybe_unused]] const bool closed, p.skip_semicolons());
  SPOOKY_TRY(p.expect_end());
  return select;
}

result<std::vector<statement>> parse_statements(std::string_view text, const parse_limits& limits) {
  parser p(text, limits);
  SPOOKY_TRY(p.begin());
  std::vector<statement> statements;
  SPOOKY_ASSIGN(bool separated, p.skip_semicolons());
  while (!p.at_end()) {
    if (!statements.empty() && !separated) SPOOKY_TRY(p.expect_end());
    SPOOKY_ASSIGN(statement next, p.any_statement());
    statements.push_back(std::move(next));
    SPOOKY_ASSIGN(separated, p.skip_semicolons());
  }
  return statements;
}

result<expr_ptr> parse_expression(std::string_view text, const parse_limits& limits) {
  parser p(text, limits);
  SPOOKY_TRY(p.begin());
  SPOOKY_ASSIGN(expr_ptr parsed, p.expression());
  SPOOKY_TRY(p.expect_end());
  return parsed;
}

result<void> parser::begin() {
  if (lexer_.source().size() > limits_.bytes)
    return fail(errc::limit_exceeded, "the query is " + std::to_string(lexer_.source().size()) +
                                          " bytes long; at most " + std::to_string(limits_.bytes) +
                                          " are allowed");
  return advance();
}

result<void> parser::nesting::entered() const {
  if (parser_.depth_ <= parser_.limits_.depth) return {};
  return fail(errc::limit_exceeded, describe(parser_.current_.where) +
                                        "the query nests deeper than " +
                                        std::to_string(parser_.limits_.depth) + " levels");
}

result<void> parser::advance() {
  SPOOKY_ASSIGN(current_, lexer_.next());
  return {};
}

result<bool> parser::eat(token_kind kind) {
  if (!is(kind)) return false;
  SPOOKY_TRY(advance());
  return true;
}

result<bool> parser::eat(keyword word) {
  if (!is(word)) return false;
  SPOOKY_TRY(advance());
  return true;
}

result<void> parser::expect(token_kind kind, std::string_view what) {
  if (!is(kind)) return unexpected(what);
  return advance();
}

result<void> parser::expect(keyword word, std::string_view what) {
  if (!is(word)) return unexpected(what);
  return advance();
}

token parser::peek() const {
  lexer ahead = lexer_;
  auto next = ahead.next();
  return next.ok() ? *next : token{};
}

bool parser::next_is_adjacent(token_kind kind) const {
  const token next = peek();
  return next.kind == kind && !next.spaced;
}

error parser::unexpected(std::string_view expected) const {
  return fail(errc::parse_error, describe(current_.where) + "expected " + std::string(expected) +
                                     ", found " + describe(current_));
}

error parser::unsupported(position where, std::string_view construct, std::string_view why) const {
  return fail(errc::unsupported, describe(where) + std::string(construct) +
                                     " is not supported here: " + std::string(why));
}

result<void> parser::expect_end() const {
  if (at_end()) return {};
  return unexpected("the end of the query");
}

result<bool> parser::skip_semicolons() {
  bool any = false;
  while (is(token_kind::semicolon)) {
    SPOOKY_TRY(advance());
    any = true;
  }
  return any;
}

result<expr_ptr> parser::make(expr::node_type node, position where) {
  if (++nodes_ > limits_.nodes)
    return fail(errc::limit_exceeded, describe(where) + "the query has more than " +
                                          std::to_string(limits_.nodes) + " expressions");
  auto made = std::make_shared<expr>();
  made->node = std::move(node);
  made->where = where;
  std::uint32_t below = 0;
  const auto add = [&below](const expr& child) { below = std::max(below, child.height); };
  const child_visitor direct{add, [&](const select_statement& inner) {
                               for_each_child(inner, child_visitor{add, nullptr});
                             }};
  for_each_child(*made, direct);
  made->height = below + 1;
  if (made->height > limits_.height)
    return fail(errc::limit_exceeded, describe(where) + "the expression that ends here is " +
                                          std::to_string(made->height) +
                                          " operators high; at most " +
                                          std::to_string(limits_.height) + " are allowed");
  return expr_ptr(std::move(made));
}

result<value> parser::take_number() {
  SPOOKY_ASSIGN(value number, lexer_.number_or_duration(current_));
  SPOOKY_TRY(advance());
  return number;
}

bool parser::at_name() const noexcept {
  return is(token_kind::word) || is(token_kind::quoted_word);
}

result<std::string> parser::take_name(std::string_view what) {
  if (!at_name()) return unexpected(what);
  SPOOKY_ASSIGN(std::string name, name_of(current_));
  SPOOKY_TRY(advance());
  return name;
}

result<std::string> parser::take_parameter() {
  if (!is(token_kind::parameter)) return unexpected("a parameter such as `$name`");
  SPOOKY_ASSIGN(std::string name, name_of(current_));
  SPOOKY_TRY(advance());
  return name;
}

}  // namespace spooky::surrealql
