#pragma once

#include "surrealql/evaluate/catalog.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/result.hpp"
#include "wire.hpp"

#include <memory>

namespace spooky::oracle {

/// `{op: "define", database, tables: {name: structure}}`: what INFO FOR DB STRUCTURE and INFO FOR
/// TABLE ... STRUCTURE say. Fails with what cannot be read.
result<std::shared_ptr<const surrealql::catalog>> catalog_of(const json& command,
                                                             surrealql::semantics rules);

}  // namespace spooky::oracle
