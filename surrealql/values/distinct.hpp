#pragma once

#include "surrealql/values/value.hpp"

#include <unordered_set>

namespace spooky::surrealql {

/// Whether array::distinct, array::union, array::group and vector::similarity::jaccard take two
/// values for one. They hash, and SurrealDB 3.0 hashes a float and an equal decimal alike only
/// while the float's binary fraction has at most ten digits: 0.5 and 0.5dec are one, 0.1 and 0.1dec
/// are two, although `=`, GROUP BY and sets hold them equal. Also within arrays and objects.
struct distinct_equal {
  bool operator()(const value& a, const value& b) const noexcept;
};

/// The distinct values seen so far, in that sense.
using distinct_values = std::unordered_set<value, std::hash<value>, distinct_equal>;

}  // namespace spooky::surrealql
