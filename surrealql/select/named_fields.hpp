#pragma once

#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/result.hpp"

#include <vector>

namespace spooky::surrealql {

/// Whether FETCH or OMIT writes a path out, so that it needs no evaluation.
bool is_written_out(const expr& field) noexcept;

/// The paths that FETCH or OMIT names: written out, by a parameter that holds one as text, or by
/// `type::field` and `type::fields` of constants and parameters. SurrealDB's own error for
/// everything else.
result<std::vector<expr_ptr>> named_fields(const std::vector<expr_ptr>& fields,
                                           const eval_context& context);

/// Fails where FETCH, OMIT or TIMEOUT hold what SurrealDB does not take there, whatever the rows.
result<void> check_clauses(const select_statement& select, const eval_context& context);

}  // namespace spooky::surrealql
