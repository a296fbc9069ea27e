#pragma once

#include "surrealql/values/value.hpp"

#include <compare>
#include <unordered_map>
#include <unordered_set>

/// Which records are the same one. Numbers that are equal as values and of different type are
/// different in a key: `[1]`, `[1f]` and `[1dec]`. So `t:[1] = t:[1f]` is true of two records, and
/// whoever keeps something for each record must not compare them as values.
namespace spooky {

/// The order in which the database keeps a table: that of values, numbers that are equal by type.
std::strong_ordering compare_keys(const value& a, const value& b) noexcept;

inline bool same_key(const value& a, const value& b) noexcept { return compare_keys(a, b) == 0; }

struct same_record {
  bool operator()(const record_id& a, const record_id& b) const noexcept {
    return a.table == b.table && same_key(a.key, b.key);
  }
};
struct record_before {
  bool operator()(const record_id& a, const record_id& b) const noexcept {
    const auto order = a.table <=> b.table;
    return order != 0 ? order < 0 : compare_keys(a.key, b.key) < 0;
  }
};

template <class T>
using record_map = std::unordered_map<record_id, T, std::hash<record_id>, same_record>;
using record_set = std::unordered_set<record_id, std::hash<record_id>, same_record>;

}  // namespace spooky
