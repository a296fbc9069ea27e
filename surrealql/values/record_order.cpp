#include "surrealql/values/record_order.hpp"

#include <algorithm>

namespace spooky {

namespace {

/// Of numbers their place among types, 0 of all else.
int number_rank(const value& v) noexcept {
  switch (v.type()) {
    case value_type::integer:
      return 1;
    case value_type::floating:
      return 2;
    case value_type::decimal:
      return 3;
    default:
      return 0;
  }
}

std::strong_ordering compare_items(const array& a, const array& b) noexcept {
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end(),
                                                compare_keys);
}

std::strong_ordering compare_members(const object& a, const object& b) noexcept {
  auto left = a.begin(), right = b.begin();
  for (; left != a.end() && right != b.end(); ++left, ++right) {
    if (const auto order = left->first <=> right->first; order != 0) return order;
    if (const auto order = compare_keys(left->second, right->second); order != 0) return order;
  }
  return (left != a.end()) <=> (right != b.end());
}

}  // namespace

std::strong_ordering compare_keys(const value& a, const value& b) noexcept {
  if (a.is_array() && b.is_array()) return compare_items(a.as_array(), b.as_array());
  if (a.is_object() && b.is_object()) return compare_members(a.as_object(), b.as_object());
  if (a.is_record() && b.is_record()) {
    const auto& [table, key] = a.as_record();
    const auto order = table <=> b.as_record().table;
    return order != 0 ? order : compare_keys(key, b.as_record().key);
  }
  if (const auto order = a <=> b; order != 0) return order;
  return number_rank(a) <=> number_rank(b);
}

}  // namespace spooky
