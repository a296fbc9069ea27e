#pragma once

#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/select/select_plan.hpp"
#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <compare>
#include <span>
#include <vector>

/// The stages of a SELECT one by one, for callers that keep the state between them: the view
/// engine. `run()` is these same functions in this order, so that both always agree:
///
///   for each source document: WHERE, then `split`, which makes the documents of all that follows
///     grouped: `group_key` + `aggregate`; `order_keys` of the group's row
///     plain:   `order_keys` of the document
///   then `compare_order_keys`, ties by record id (split rows: then by position),
///   then START and LIMIT, then for each row that is left `project` (plain only) and `finish`.
///
/// This is SurrealDB 3.0's order: SPLIT and ORDER BY see the document, not the projected row; a
/// projection that fails on a row beyond LIMIT fails nothing. These functions decide anew on each
/// call how the statement is planned: who calls often makes one select_plan instead.
namespace spooky::surrealql {

/// The row of a plain SELECT for `context.document`: fields, aliases, `*` or VALUE.
/// With `SELECT *` alone it is the document itself (same payload, no copy).
result<value> project(const select_statement& select, const eval_context& context);

/// The documents SPLIT makes of one: one per element, the cross product for several.
result<std::vector<value>> split(const select_statement& select, value document);

/// The values of the GROUP BY keys for `context.document`; empty for GROUP ALL. Two rows are in one
/// group if these compare equal; groups come in the order of these.
result<array> group_key(const select_statement& select, const eval_context& context);

/// The row of one group from all its documents, in source order. GROUP ALL over nothing is allowed.
result<value> aggregate(const select_statement& select, std::span<const value> documents,
                        const eval_context& context);

/// The values ORDER BY compares, one per key. `row` is the document of a plain SELECT, and the
/// group's row of a grouped one.
result<array> order_keys(const select_statement& select, const value& row,
                         const eval_context& context);

/// How two such lists sort under the SELECT's COLLATE, NUMERIC and DESC. Equal: a tie.
std::strong_ordering compare_order_keys(const select_statement& select, const array& a,
                                        const array& b);

/// What happens to a row after LIMIT: OMIT and FETCH, which reads records through the source.
result<value> finish(const select_statement& select, value row, const eval_context& context);

/// LIMIT and START as numbers (none: no limit, start 0). Fails as the engine does on negative or
/// non-integer values.
result<window> window_of(const select_statement& select, const eval_context& context);

}  // namespace spooky::surrealql
