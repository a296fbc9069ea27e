#pragma once

#include "surrealql/types/kind.hpp"
#include "surrealql/values/value.hpp"

namespace spooky::surrealql {

/// What a value that came as JSON is when its declared type is known: text becomes a record id,
/// datetime, duration, uuid, decimal, table, file, range or regex, numbers the kind of number,
/// lists of numbers bytes, lists sets, objects geometries, null NONE. What does not fit stays as it
/// is.
///
/// Of several alternatives, one that takes the value as it is wins (a declared `string` last, since
/// every text fits it), then the first that can be restored.
value restored(const kind& declared, const value& v);

}  // namespace spooky::surrealql
