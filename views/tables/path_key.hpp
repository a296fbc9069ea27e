#pragma once

#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/value.hpp"
#include "views/tables/path_index.hpp"
#include "views/tables/row_table.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace spooky::views {

class store;

/// The path as the evaluator takes it.
surrealql::expr_ptr expression_of(const field_path& path);

/// The value a row has at a path, as the evaluator reads it: through nested objects, lists and
/// linked records. `expression` is the same path; `reads` receives the records it went through.
/// Nothing if that fails.
std::optional<value> read_path(store& tables, const row_table& table, slot s,
                               const field_path& path, const surrealql::expr& expression,
                               std::vector<std::uint64_t>& reads);

}  // namespace spooky::views
