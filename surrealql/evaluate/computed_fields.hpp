#pragma once

#include "surrealql/evaluate/catalog.hpp"
#include "surrealql/evaluate/evaluate.hpp"

#include <cstddef>

namespace spooky::surrealql {

/// The record without what stands in it for computed fields: SurrealDB stores none, but tells them
/// with each change, as they were then.
value without_computed(const value& record, const catalog_table& table);

/// The record with its computed fields; `needed`: those that somebody looks at, and whatever these
/// look at; null: all. `context` says through what their expressions read, its document is set
/// here. Fails as the first of them does. Expects no computed values in the record.
result<value> with_computed(value record, const catalog_table& table, const field_names* needed,
                            const eval_context& context);

/// How many records' computed fields may lead through each other. SurrealDB ends with its stack.
inline constexpr std::size_t max_computed_depth = 32;
error too_deeply_computed();

}  // namespace spooky::surrealql
