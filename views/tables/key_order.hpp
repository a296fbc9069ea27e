#pragma once

#include "surrealql/values/value.hpp"

#include <compare>

namespace spooky::views {

/// The order of record keys as the database stores them: that of values, but numbers that are equal
/// as values and of different type are different keys: `[1]` before `[1f]` before `[1dec]`. So
/// `t:[1] = t:[1f]` is true of two records.
std::strong_ordering compare_keys(const value& a, const value& b) noexcept;

inline bool same_key(const value& a, const value& b) noexcept { return compare_keys(a, b) == 0; }

}  // namespace spooky::views
