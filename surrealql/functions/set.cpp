#include "surrealql/functions/library.hpp"

#include <algorithm>
#include <iterator>

/// The set:: functions. A set is an array in order, so most are merges.
namespace spooky::surrealql::library {
namespace {

bool is_list(const value& v) noexcept { return v.is_array() || v.type() == value_type::set; }

/// The second argument as a sorted list without duplicates: its elements, or itself alone.
value as_set(const value& v) { return value::set(is_list(v) ? v.as_array() : array{v}); }

template <class Merge>
result<value> merged(const value& left, const value& right, Merge merge) {
  array out;
  merge(left.as_array().begin(), left.as_array().end(), right.as_array().begin(),
        right.as_array().end(), std::back_inserter(out));
  return value::set(std::move(out));
}

#define SPOOKY_SET_MERGE(algorithm) [](auto... where) { std::algorithm(where...); }

result<value> unite(arguments a) { return merged(a[0], a[1], SPOOKY_SET_MERGE(set_union)); }
result<value> intersect(arguments a) {
  return merged(a[0], a[1], SPOOKY_SET_MERGE(set_intersection));
}
result<value> difference(arguments a) {
  return merged(a[0], a[1], SPOOKY_SET_MERGE(set_symmetric_difference));
}
result<value> complement(arguments a) {
  return merged(a[0], a[1], SPOOKY_SET_MERGE(set_difference));
}
result<value> add(arguments a) { return merged(a[0], as_set(a[1]), SPOOKY_SET_MERGE(set_union)); }
result<value> remove(arguments a) {
  return merged(a[0], as_set(a[1]), SPOOKY_SET_MERGE(set_difference));
}

#undef SPOOKY_SET_MERGE

result<value> at(arguments a) {
  const auto size = static_cast<std::int64_t>(a[0].as_array().size());
  const std::int64_t index = a[1].as_integer() < 0 ? a[1].as_integer() + size : a[1].as_integer();
  if (index < 0 || index >= size) return value::none();
  return a[0].as_array()[static_cast<std::size_t>(index)];
}

result<value> contains(arguments a) {
  return value(std::binary_search(a[0].as_array().begin(), a[0].as_array().end(), a[1]));
}

result<value> first(arguments a) {
  return a[0].as_array().empty() ? value::none() : a[0].as_array().front();
}

result<value> last(arguments a) {
  return a[0].as_array().empty() ? value::none() : a[0].as_array().back();
}

result<value> flatten(arguments a, function_context& context) {
  std::size_t size = 0;
  for (const auto& item : a[0].as_array()) size += is_list(item) ? item.as_array().size() : 1;
  SPOOKY_TRY(charge(context, size, sizeof(value)));
  array out;
  for (const auto& item : a[0].as_array()) {
    if (is_list(item)) {
      out.insert(out.end(), item.as_array().begin(), item.as_array().end());
    } else {
      out.push_back(item);
    }
  }
  return value::set(std::move(out));
}

result<value> is_empty(arguments a) { return value(a[0].as_array().empty()); }
result<value> len(arguments a) { return value(static_cast<std::int64_t>(a[0].as_array().size())); }

result<value> join(arguments a, function_context& context) {
  return joined_text(a[0].as_array(), a[1].as_string(), context);
}

result<value> slice(arguments a) {
  const array& items = a[0].as_array();
  SPOOKY_ASSIGN(const slice_bounds part, slice_of(a.subspan(1), items.size(), "set::slice"));
  return value::set(array(items.begin() + static_cast<std::ptrdiff_t>(part.begin),
                          items.begin() + static_cast<std::ptrdiff_t>(part.end)));
}

constexpr function_entry rows[] = {
    row("set::add", "Sv", plain<add>),
    row("set::at", "Si", plain<at>),
    row("set::complement", "SS", plain<complement>),
    row("set::contains", "Sv", plain<contains>),
    row("set::difference", "SS", plain<difference>),
    row("set::first", "S", plain<first>),
    row("set::flatten", "S", flatten),
    row("set::intersect", "SS", plain<intersect>),
    row("set::is_empty", "S", plain<is_empty>),
    row("set::join", "Ss", join),
    row("set::last", "S", plain<last>),
    row("set::len", "S", plain<len>),
    row("set::max", "S", plain<last>),
    row("set::min", "S", plain<first>),
    row("set::remove", "Sv", plain<remove>),
    row("set::slice", "Sv?i?", plain<slice>),
    row("set::union", "SS", plain<unite>),
};

}  // namespace

std::span<const function_entry> set_functions() { return rows; }

}  // namespace spooky::surrealql::library
