#pragma once

#include "surrealql/evaluate/moment.hpp"
#include "surrealql/evaluate/table_source.hpp"
#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/budget.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstddef>
#include <cstdint>

namespace spooky::surrealql {

/// Everything an expression can see: the source, parameters, the current document and its parents.
/// Cheap to nest: `inner()` contexts live on the stack of the evaluation.
struct eval_context {
  const table_source* source = nullptr;  ///< null: record links and sub-queries give NONE / fail
  const object* params = nullptr;        ///< `$name` -> value
  const value* document = nullptr;       ///< `$this` and bare fields; null: NONE
  const value* parent = nullptr;         ///< `$parent`; null: NONE
  const eval_context* outer =
      nullptr;  ///< the enclosing context (closure and LET bindings, `$parent.$parent`)
  const object* bindings = nullptr;  ///< LET and closure parameters of this level
  /// What may be spent; null: each evaluation and each run has the default limits for itself.
  budget* spent = nullptr;
  std::size_t level = 0;  ///< current nesting, checked against the limits' depth
  semantics rules;        ///< of the SurrealDB whose answers are wanted
  /// The row whose fields an index expression names (`tags[n]`); null: the document. evaluate()
  /// sets it; inside a closure's body it is empty, as in SurrealDB.
  const value* row = nullptr;
  moment* at = nullptr;           ///< when; null: whatever reads the clock fails
  struct returned;                ///< where RETURN leaves its value; the evaluator's own
  returned* returning = nullptr;  ///< set by evaluate()
};

/// Evaluates one expression. Errors are SurrealDB's (evaluation_error), for the whole statement.
result<value> evaluate(const expr& expression, const eval_context& context);

/// Whether the expression is truthy: evaluate() without building the value. Comparisons of plain
/// fields, parameters and literals allocate nothing.
result<bool> holds(const expr& condition, const eval_context& context);

/// The value in place, where the expression is a literal, a parameter or plain fields of the
/// document, of `$this`, of `$parent` or of a parameter; nullptr where it needs evaluate(). The
/// pointer lives as long as the context's values and the expression. Never allocates.
const value* evaluate_ref(const expr& expression, const eval_context& context) noexcept;

/// Runs a SELECT from scratch, in SurrealDB's semantics (notes, section 6), rows in its order;
/// ties of ORDER BY are broken by record id. The value is the statement's result: an array, or with
/// ONLY one row. Used by /proxy/query, by recomputed views and as the reference for the oracle.
result<value> run(const select_statement& select, const eval_context& context);

/// Runs any statement.
result<value> run(const statement& any, const eval_context& context);

/// Runs a SELECT and hands out each result row as soon as it is final, so that a plain scan or
/// filter needs memory for one row only (`/proxy/query` streams). `visit` returns false to stop.
result<void> run_streaming(const select_statement& select, const eval_context& context,
                           const row_visitor& visit);

/// Checks what the grammar allows but registration must refuse or know, without running anything:
/// non-deterministic functions (refused with position), ORDER/GROUP/SPLIT keys that are not
/// selected, unknown functions and wrong argument counts, unbound parameters.
/// `definitions`: what the database defines may be used, too; null: it is not known yet, so params
/// without a value and `fn::` functions pass.
result<void> check(const select_statement& select, const object& params,
                   const catalog* definitions);
inline result<void> check(const select_statement& select, const object& params) {
  static const catalog nothing_defined;
  return check(select, params, &nothing_defined);
}

/// `value` assigned at a projection's alias path into `row` (dots nest, as in SurrealDB).
void assign_path(value& row, const expr& alias, value v);

}  // namespace spooky::surrealql
