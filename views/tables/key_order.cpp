#include "views/tables/key_order.hpp"

#include <algorithm>

namespace spooky::views {

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

/// @pre they are equal as values.
std::strong_ordering compare_members(const object& a, const object& b) noexcept {
  for (auto left = a.begin(), right = b.begin(); left != a.end(); ++left, ++right)
    if (const auto order = compare_keys(left->second, right->second); order != 0) return order;
  return std::strong_ordering::equal;
}

}  // namespace

std::strong_ordering compare_keys(const value& a, const value& b) noexcept {
  if (a.is_array() && b.is_array()) return compare_items(a.as_array(), b.as_array());
  if (const auto order = a <=> b; order != 0) return order;
  if (a.is_object() && b.is_object()) return compare_members(a.as_object(), b.as_object());
  return number_rank(a) <=> number_rank(b);
}

}  // namespace spooky::views
