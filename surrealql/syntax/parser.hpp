#pragma once

#include "surrealql/syntax/ast.hpp"
#include "surrealql/syntax/lexer.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spooky::surrealql {

/// How tightly an operator binds, loosest first; the engine's table.
enum class binding : std::uint8_t {
  base,
  logical_or,
  logical_and,
  equality,
  relation,
  sum,
  product,
  power,
  coalesce,
  prefix,
  range,
  prime,
};

/// The binding of a node's outermost operator; `prime` for everything that needs no parentheses.
binding binding_of(const expr& node) noexcept;
binding binding_of(binary_op op) noexcept;

/// The recursive-descent parser behind parse.hpp: one token of lookahead held, more by copying the
/// lexer. Files parse_*.cpp hold one part of the grammar each.
class parser {
 public:
  parser(std::string_view text, const parse_limits& limits) : lexer_(text), limits_(limits) {}

  /// Checks the text's length and reads the first token. First call, always.
  result<void> begin();

  result<statement> any_statement();
  result<select_ptr> select_only();
  result<expr_ptr> expression();
  /// Eats `;`s; true if there was one.
  result<bool> skip_semicolons();
  bool at_end() const noexcept { return current_.kind == token_kind::end; }
  /// Where the first token stands that was not taken.
  position where() const noexcept { return current_.where; }
  /// Fails unless the text ends here.
  result<void> expect_end() const;

 private:
  class nesting;
  class name_mode;

  // Tokens (parse.cpp).
  result<void> advance();
  result<bool> eat(token_kind kind);
  result<bool> eat(keyword word);
  result<void> expect(token_kind kind, std::string_view what);
  result<void> expect(keyword word, std::string_view what);
  bool is(token_kind kind) const noexcept { return current_.kind == kind; }
  bool is(keyword word) const noexcept { return word != keyword::none && current_.word == word; }
  /// The token after the current one; `end` where the text cannot be read on.
  token peek() const;
  /// The token after the current one, if nothing stands between them.
  bool next_is_adjacent(token_kind kind) const;
  error unexpected(std::string_view expected) const;
  error unsupported(position where, std::string_view construct, std::string_view why) const;
  result<expr_ptr> make(expr::node_type node, position where);
  result<value> take_number();

  // Names (parse.cpp).
  bool at_name() const noexcept;
  result<std::string> take_name(std::string_view what);
  result<std::string> take_parameter();

  // Operators (parse_expression.cpp).
  result<expr_ptr> operators(binding loosest);
  result<expr_ptr> prefix_operator(binding power);
  result<expr_ptr> sign(unary_op op);
  result<expr_ptr> prefix_range(position where);
  result<expr_ptr> infix(expr_ptr left, bool left_is_prime, binding power);
  result<expr_ptr> infix_range(expr_ptr left, binding power);
  result<expr_ptr> chain(expr_ptr left, binary_op op, binding power);
  result<expr_ptr> balanced(const std::vector<expr_ptr>& operands, std::size_t from, std::size_t to,
                            binary_op op);
  result<binary_op> take_binary_operator();
  result<std::string> index_operator(binary_op op, position where);
  std::optional<binding> prefix_power() const;
  std::optional<binding> infix_power() const;
  bool at_postfix_range() const;
  bool starts_expression(const token& t) const noexcept;
  result<expr_ptr> field_expression();
  result<expr_ptr> table_expression();

  // Values (parse_value.cpp).
  result<expr_ptr> prime();
  result<expr_ptr> prime_value();
  result<expr_ptr> string_literal();
  result<expr_ptr> word_value();
  result<expr_ptr> name_value();
  result<expr_ptr> function_or_constant();
  result<void> refuse_function(const std::string& name, position where) const;
  result<expr_ptr> parenthesised();
  result<std::optional<value>> coordinate();
  result<expr_ptr> array();
  result<expr_ptr> make_array(std::vector<expr_ptr> items, position where);
  result<std::vector<expr_ptr>> arguments();

  // Braces, blocks, IF, closures, types (parse_block.cpp).
  result<expr_ptr> braces();
  result<expr_ptr> object_after_key(std::string first_key, position where);
  result<expr_ptr> object_literal_body(position where);
  result<expr_ptr> make_object(std::vector<std::pair<std::string, expr_ptr>> members,
                               position where);
  result<std::optional<std::string>> object_key();
  result<expr_ptr> set_after(expr_ptr first, position where);
  result<expr_ptr> block_after(std::vector<expr_ptr> statements, position where);
  result<expr_ptr> block_in_braces();
  result<expr_ptr> block_statement();
  result<expr_ptr> if_expression();
  result<expr_ptr> closure_expression();
  result<expr_ptr> closure_body(closure made, position where);
  result<std::string> type_name();
  result<std::string> type_union();
  result<std::string> concrete_type();
  result<std::string> type_parameters(bool names);
  result<std::string> literal_type();

  // Record ids (parse_record.cpp).
  result<expr_ptr> record(std::string table, position where);
  result<expr_ptr> record_key();
  result<expr_ptr> signed_key();
  result<expr_ptr> key_range(expr_ptr begin, bool begin_excluded, position where);
  bool at_record_key() const noexcept;

  // Paths (parse_path.cpp).
  bool continues_path() const;
  bool at_graph_step() const;
  result<expr_ptr> path_after(expr_ptr start);
  result<void> path_parts(std::vector<path_part>& parts);
  result<path_part> dot_part();
  result<path_part> bracket_part();
  result<path_part> braced_part();
  result<path_part> destructuring();
  result<path_part> recursion();
  result<path_part> graph_step();
  result<void> graph_parentheses(graph_part& step);
  result<void> graph_targets(graph_part& step, bool parenthesised);
  result<graph_target> one_graph_target(bool parenthesised);
  result<expr_ptr> plain_path();
  result<expr_ptr> basic_path();
  result<path_part> basic_bracket();

  // SELECT and other statements (parse_select.cpp, parse_statement.cpp).
  result<select_ptr> select();
  result<void> fields(select_statement& into);
  result<void> from_clause(select_statement& into);
  result<void> with_clause(select_statement& into);
  result<void> row_clauses(select_statement& into);
  result<void> order_clause(select_statement& into);
  result<order_key> one_order_key();
  result<void> limit_clauses(expr_ptr& limit, expr_ptr& start);
  result<void> fetch_clause(select_statement& into);
  result<void> closing_clauses(select_statement& into);
  result<void> must_be_selected(const select_statement& from, const expr& key, position where,
                                std::string_view clause) const;
  result<statement> info();
  result<statement> let();
  result<void> refuse_statement(bool inside_expression) const;

  lexer lexer_;
  parse_limits limits_;
  token current_;
  std::size_t depth_ = 0;
  std::size_t nodes_ = 0;
  bool names_are_tables_ = false;  ///< a bare name is a table (FROM), else a field
};

/// One level of nesting for as long as it lives. `entered` says whether the limit allows it.
class parser::nesting {
 public:
  explicit nesting(parser& p) : parser_(p) { ++parser_.depth_; }
  ~nesting() { --parser_.depth_; }
  nesting(const nesting&) = delete;
  nesting& operator=(const nesting&) = delete;
  result<void> entered() const;

 private:
  parser& parser_;
};

/// Sets what a bare name means for as long as it lives.
class parser::name_mode {
 public:
  name_mode(parser& p, bool tables) : parser_(p), before_(p.names_are_tables_) {
    parser_.names_are_tables_ = tables;
  }
  ~name_mode() { parser_.names_are_tables_ = before_; }
  name_mode(const name_mode&) = delete;
  name_mode& operator=(const name_mode&) = delete;

 private:
  parser& parser_;
  bool before_;
};

/// The value of an expression that needs no document, parameter or source: literals and arrays and
/// objects of them.
std::optional<value> constant_value(const expr& e);

}  // namespace spooky::surrealql
