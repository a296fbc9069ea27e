#pragma once

#include "surrealql/syntax/ast.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spooky::surrealql {

/// Writes trees as text. In `exact` style parentheses keep the tree's shape; in `engine` style they
/// are left out where the engine leaves them out, which loses the shape of `a + (b + c)` but gives
/// the names the engine gives to projections; `engine_shape` leaves out fewer, as it does from 3.3.
class printer {
 public:
  enum class style : std::uint8_t { exact, engine, engine_shape };
  explicit printer(style chosen) : style_(chosen) {}

  std::string take() { return std::move(out_); }

  void expression(const expr& e);
  void select(const select_statement& s);

  void operator()(const literal& n);
  void operator()(const param& n);
  void operator()(const array_literal& n);
  void operator()(const set_literal& n);
  void operator()(const object_literal& n);
  void operator()(const record_literal& n);
  void operator()(const range_expr& n);
  void operator()(const path& n);
  void operator()(const unary& n);
  void operator()(const binary& n);
  void operator()(const type_cast& n);
  void operator()(const call& n);
  void operator()(const invocation& n);
  void operator()(const constant& n);
  void operator()(const closure& n);
  void operator()(const if_else& n);
  void operator()(const block& n);
  void operator()(const let_binding& n);
  void operator()(const return_expr& n);
  void operator()(const subquery& n);

  void operator()(const field_part& n);
  void operator()(const all_part& n);
  void operator()(const last_part& n);
  void operator()(const index_part& n);
  void operator()(const where_part& n);
  void operator()(const method_part& n);
  void operator()(const optional_part& n);
  void operator()(const flatten_part& n);
  void operator()(const destructure_part& n);
  void operator()(const document_part& n);
  void operator()(const repeat_part& n);
  void operator()(const recurse_part& n);
  void operator()(const graph_part& n);

 private:
  void put(std::string_view text) { out_ += text; }
  /// In parentheses if `covered`.
  void covered(const expr& e, bool covered);
  /// Where a statement may not stand bare: list items, arguments, members.
  void item(const expr& e);
  void list(const std::vector<expr_ptr>& items);
  void key(const expr& e);
  void key_range(const range_expr& range);
  void after_filler(const expr& e, std::string_view filler);
  void fields(const select_statement& s);
  void sources(const select_statement& s);
  void row_clauses(const select_statement& s);
  void limits(const expr_ptr& limit, const expr_ptr& start);
  void clause(std::string_view words, const std::vector<expr_ptr>& paths);
  void graph_target_text(const graph_target& target);
  void graph_parentheses(const graph_part& step);

  std::string out_;
  style style_;
};

/// The engine's spelling of a binary operator, without spaces: "=", "AND", "INSIDE".
std::string_view operator_text(binary_op op) noexcept;

/// A name after a dot, where no keyword can stand: plain, or in backticks.
std::string plain_name(std::string_view name);

}  // namespace spooky::surrealql
