#pragma once

#include "surrealql/evaluate/catalog.hpp"
#include "surrealql/syntax/ast.hpp"

#include <optional>

/// Which fields of its rows a statement looks at, as SurrealDB finds it: it computes no other
/// computed fields, so others are missing to what names its fields at run time (`type::field`,
/// `$this['a']`, a function's body) and cannot fail the statement.
namespace spooky::surrealql {

/// Nothing: any field.
std::optional<field_names> needed_fields(const select_statement& select);

/// Fills in `reads` and `reads_any` from the expression.
void find_reads(computed_field& field);

/// Puts each behind those that it names, in SurrealDB's order.
void sort_by_reads(std::vector<computed_field>& fields);

}  // namespace spooky::surrealql
