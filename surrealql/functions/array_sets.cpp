#include "surrealql/functions/library.hpp"

#include <algorithm>
#include <set>

/// The array:: functions over two arrays: as sets and bags, and element by element.
namespace spooky::surrealql::library {
namespace {

bool has(const array& items, const value& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

/// Every element of one side is looked for on the other.
result<void> charge_each_with_each(const value& left, const value& right,
                                   function_context& context) {
  return charge(context, 1 + std::min(left.as_array().size(), right.as_array().size()), 0,
                1 + std::max(left.weight(), right.weight()) / 256);
}

result<value> add(arguments a, function_context& context) {
  array out = a[0].as_array();
  if (a[1].is_array()) SPOOKY_TRY(charge_each_with_each(a[0], a[1], context));
  if (!a[1].is_array()) {
    if (!has(out, a[1])) out.push_back(a[1]);
    return value(std::move(out));
  }
  for (const auto& item : a[1].as_array()) {
    if (!has(out, item)) out.push_back(item);
  }
  return value(std::move(out));
}

result<value> combine(arguments a, function_context& context) {
  constexpr std::size_t pair = 3 * sizeof(value) + sizeof(array) + 16;
  const std::size_t others = a[1].as_array().size();
  SPOOKY_TRY(charge(context, a[0].as_array().size(), others * pair, 1 + others));
  array out;
  for (const auto& left : a[0].as_array()) {
    for (const auto& right : a[1].as_array()) out.emplace_back(array{left, right});
  }
  return value(std::move(out));
}

result<value> complement(arguments a) {
  const std::set<value> other(a[1].as_array().begin(), a[1].as_array().end());
  array out;
  for (const auto& item : a[0].as_array()) {
    if (!other.contains(item)) out.push_back(item);
  }
  return value(std::move(out));
}

/// Every element of one side that has no partner on the other; equal ones pair off one by one.
result<value> difference(arguments a, function_context& context) {
  SPOOKY_TRY(charge_each_with_each(a[0], a[1], context));
  array other = a[1].as_array();
  array out;
  for (const auto& item : a[0].as_array()) {
    const auto partner = std::find(other.begin(), other.end(), item);
    if (partner == other.end()) {
      out.push_back(item);
    } else {
      other.erase(partner);
    }
  }
  out.insert(out.end(), other.begin(), other.end());
  return value(std::move(out));
}

result<value> intersect(arguments a, function_context& context) {
  SPOOKY_TRY(charge_each_with_each(a[0], a[1], context));
  array other = a[1].as_array();
  array out;
  for (const auto& item : a[0].as_array()) {
    const auto partner = std::find(other.begin(), other.end(), item);
    if (partner == other.end()) continue;
    other.erase(partner);
    out.push_back(item);
  }
  return value(std::move(out));
}

result<value> unite(arguments a) {
  array out;
  std::set<value> seen;
  for (const auto& list : a) {
    for (const auto& item : list.as_array()) {
      if (seen.insert(item).second) out.push_back(item);
    }
  }
  return value(std::move(out));
}

// -- element by element -------------------------------------------------------------------------

result<value> boolean_not(arguments a) {
  array out;
  for (const auto& item : a[0].as_array()) out.emplace_back(!item.truthy());
  return value(std::move(out));
}

/// The truth of both sides at each place; the shorter array counts as false beyond its end.
template <bool (*Operation)(bool, bool)>
result<value> boolean(arguments a) {
  const array& left = a[0].as_array();
  const array& right = a[1].as_array();
  array out;
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const bool x = i < left.size() && left[i].truthy();
    const bool y = i < right.size() && right[i].truthy();
    out.emplace_back(Operation(x, y));
  }
  return value(std::move(out));
}

bool both(bool x, bool y) { return x && y; }
bool either(bool x, bool y) { return x || y; }
bool one(bool x, bool y) { return x != y; }

// The logical functions keep operands instead of their truth, and where one array has ended the
// engine does not treat its two sides alike; each is followed as it is.

result<value> logical_and(arguments a) {
  const array& left = a[0].as_array();
  const array& right = a[1].as_array();
  array out;
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    if (i < left.size() && i < right.size()) {
      out.push_back(left[i].truthy() ? right[i] : left[i]);
    } else if (i < right.size()) {
      out.push_back(value::null());
    } else {
      out.push_back(left[i].truthy() ? value::null() : left[i]);
    }
  }
  return value(std::move(out));
}

result<value> logical_or(arguments a) {
  const array& left = a[0].as_array();
  const array& right = a[1].as_array();
  array out;
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    if (i < left.size() && i < right.size()) {
      out.push_back(left[i].truthy() ? left[i] : right[i]);
    } else if (i < right.size()) {
      out.push_back(right[i]);
    } else {
      out.push_back(left[i].truthy() ? left[i] : value::null());
    }
  }
  return value(std::move(out));
}

value exclusive(const value& left, const value& right) {
  const bool truth = left.truthy() != right.truthy();
  if (left.truthy() == truth) return left;
  return right.truthy() == truth ? right : value(truth);
}

result<value> logical_xor(arguments a) {
  const array& left = a[0].as_array();
  const array& right = a[1].as_array();
  array out;
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    if (i < left.size() && i < right.size()) {
      out.push_back(exclusive(left[i], right[i]));
    } else if (i < right.size()) {
      out.push_back(right[i].truthy() ? right[i] : value::null());
    } else {
      out.push_back(left[i]);
    }
  }
  return value(std::move(out));
}

constexpr function_entry rows[] = {
    row("array::add", "av", add),
    row("array::boolean_and", "aa", plain<boolean<both>>),
    row("array::boolean_not", "a", plain<boolean_not>),
    row("array::boolean_or", "aa", plain<boolean<either>>),
    row("array::boolean_xor", "aa", plain<boolean<one>>),
    row("array::combine", "aa", combine),
    row("array::complement", "aa", plain<complement>),
    row("array::difference", "aa", difference),
    row("array::intersect", "aa", intersect),
    row("array::logical_and", "aa", plain<logical_and>),
    row("array::logical_or", "aa", plain<logical_or>),
    row("array::logical_xor", "aa", plain<logical_xor>),
    row("array::union", "aa", plain<unite>),
};

}  // namespace

std::span<const function_entry> array_set_functions() { return rows; }

}  // namespace spooky::surrealql::library
