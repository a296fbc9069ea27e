#include "surrealql/functions/library.hpp"
#include "surrealql/values/collate.hpp"
#include "surrealql/values/distinct.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <limits>
#include <optional>

/// The array:: functions that read or rebuild one array.
namespace spooky::surrealql::library {
namespace {

/// What one element takes in the engine's count of an output's bytes.
constexpr std::size_t element_bytes = 40;

result<void> bounded(std::uint64_t elements) {
  if (elements > largest_output / element_bytes)
    return bad_argument("Output must not exceed " + std::to_string(largest_output) + " bytes.");
  return {};
}

value copied(const array& items, const slice_bounds& part) {
  return value(array(items.begin() + static_cast<std::ptrdiff_t>(part.begin),
                     items.begin() + static_cast<std::ptrdiff_t>(part.end)));
}

/// The element a position means, negative ones counted from the back.
std::optional<std::size_t> element_at(std::int64_t position, std::size_t size) {
  const std::int64_t at = position < 0 ? position + static_cast<std::int64_t>(size) : position;
  if (at < 0 || at >= static_cast<std::int64_t>(size)) return std::nullopt;
  return static_cast<std::size_t>(at);
}

result<value> at(arguments a) {
  const auto index = element_at(a[1].as_integer(), a[0].as_array().size());
  return index ? a[0].as_array()[*index] : value::none();
}

result<value> first(arguments a) {
  return a[0].as_array().empty() ? value::none() : a[0].as_array().front();
}

result<value> last(arguments a) {
  return a[0].as_array().empty() ? value::none() : a[0].as_array().back();
}

result<value> len(arguments a) { return value(static_cast<std::int64_t>(a[0].as_array().size())); }
result<value> is_empty(arguments a) { return value(a[0].as_array().empty()); }

result<value> append(arguments a) {
  array out = a[0].as_array();
  out.push_back(a[1]);
  return value(std::move(out));
}

result<value> prepend(arguments a) {
  array out = a[0].as_array();
  out.insert(out.begin(), a[1]);
  return value(std::move(out));
}

result<value> concat(arguments a) {
  std::size_t size = 0;
  for (const auto& list : a) size += list.as_array().size();
  SPOOKY_TRY(bounded(size));
  array out;
  out.reserve(size);
  for (const auto& list : a) out.insert(out.end(), list.as_array().begin(), list.as_array().end());
  return value(std::move(out));
}

result<value> distinct_of(const array& items) {
  array out;
  distinct_values seen;
  for (const auto& item : items) {
    if (seen.insert(item).second) out.push_back(item);
  }
  return value(std::move(out));
}

result<array> flattened(const array& items, function_context& context) {
  std::size_t size = 0;
  for (const auto& item : items) size += item.is_array() ? item.as_array().size() : 1;
  SPOOKY_TRY(charge(context, size, sizeof(value)));
  array out;
  out.reserve(size);
  for (const auto& item : items) {
    if (item.is_array()) {
      out.insert(out.end(), item.as_array().begin(), item.as_array().end());
    } else {
      out.push_back(item);
    }
  }
  return out;
}

result<value> distinct(arguments a) { return distinct_of(a[0].as_array()); }
result<value> flatten(arguments a, function_context& context) {
  SPOOKY_ASSIGN(array items, flattened(a[0].as_array(), context));
  return value(std::move(items));
}
result<value> group(arguments a, function_context& context) {
  SPOOKY_ASSIGN(const array items, flattened(a[0].as_array(), context));
  return distinct_of(items);
}

result<value> fill(arguments a) {
  array out = a[0].as_array();
  SPOOKY_ASSIGN(const slice_bounds part, slice_of(a.subspan(2), out.size(), "array::fill"));
  for (std::size_t i = part.begin; i < part.end; ++i) out[i] = a[1];
  return value(std::move(out));
}

result<value> insert(arguments a) {
  array out = a[0].as_array();
  if (a.size() < 3) return append(a);
  const auto size = static_cast<std::int64_t>(out.size());
  const std::int64_t index = a[2].as_integer() < 0 ? a[2].as_integer() + size : a[2].as_integer();
  if (index < 0 || index > size) return a[0];
  out.insert(out.begin() + index, a[1]);
  return value(std::move(out));
}

result<value> remove(arguments a) {
  const auto index = element_at(a[1].as_integer(), a[0].as_array().size());
  if (!index) return a[0];
  array out = a[0].as_array();
  out.erase(out.begin() + static_cast<std::ptrdiff_t>(*index));
  return value(std::move(out));
}

result<value> join(arguments a, function_context& context) {
  return joined_text(a[0].as_array(), a[1].as_string(), context);
}

result<value> matches(arguments a) {
  array out;
  for (const auto& item : a[0].as_array()) out.emplace_back(item == a[1]);
  return value(std::move(out));
}

result<value> max(arguments a) {
  const array& items = a[0].as_array();
  if (items.empty()) return value::none();
  // Of equal ones the engine keeps the last for max and the first for min.
  const value* best = &items[0];
  for (const auto& item : items) {
    if (item >= *best) best = &item;
  }
  return *best;
}

result<value> min(arguments a) {
  const array& items = a[0].as_array();
  return items.empty() ? value::none() : *std::min_element(items.begin(), items.end());
}

result<value> range(arguments a) {
  std::int64_t begin = 0;
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
  if (a[0].type() == value_type::range) {
    const value_range& range = a[0].as_range();
    const auto whole = [](const range_bound& b) {
      return b.type == range_bound::kind::unbounded || b.at.type() == value_type::integer;
    };
    if (!whole(range.begin) || !whole(range.end))
      return bad_argument("Argument 1 was the wrong type. Expected `int` but found `" +
                          to_text(whole(range.begin) ? range.end.at : range.begin.at) +
                          "` when coercing an element of `range<int>`");
    begin = range.begin.type == range_bound::kind::unbounded
                ? std::numeric_limits<std::int64_t>::min()
                : range.begin.at.as_integer() +
                      (range.begin.type == range_bound::kind::excluded ? 1 : 0);
    if (range.end.type != range_bound::kind::unbounded)
      end = range.end.at.as_integer() + (range.end.type == range_bound::kind::included ? 1 : 0);
  } else {
    if (a[0].type() != value_type::integer)
      return bad_argument("Argument 1 was the wrong type. Expected `int` but found `" +
                          to_text(a[0]) + "`");
    begin = a[0].as_integer();
    if (a.size() > 1) end = a[1].as_integer();
  }
  if (end <= begin) return value(array());
  SPOOKY_TRY(bounded(static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(begin)));
  array out;
  for (std::int64_t i = begin; i < end; ++i) out.emplace_back(i);
  return value(std::move(out));
}

result<value> sequence(arguments a) {
  const std::int64_t offset = a.size() > 1 ? a[0].as_integer() : 0;
  const std::int64_t length = a[a.size() - 1].as_integer();
  if (length <= 0) return value(array());
  SPOOKY_TRY(bounded(static_cast<std::uint64_t>(length)));
  array out;
  for (std::int64_t i = 0; i < length; ++i) {
    std::int64_t next = 0;
    if (__builtin_add_overflow(offset, i, &next)) break;
    out.emplace_back(next);
  }
  return value(std::move(out));
}

result<value> repeat(arguments a) {
  if (a[1].as_integer() < 0) return bad_argument("Expected argument 2 to be a positive number");
  SPOOKY_TRY(bounded(static_cast<std::uint64_t>(a[1].as_integer())));
  return value(array(static_cast<std::size_t>(a[1].as_integer()), a[0]));
}

result<value> reverse(arguments a) {
  return value(array(a[0].as_array().rbegin(), a[0].as_array().rend()));
}

result<value> slice(arguments a) {
  SPOOKY_ASSIGN(const slice_bounds part,
                slice_of(a.subspan(1), a[0].as_array().size(), "array::range"));
  return copied(a[0].as_array(), part);
}

result<value> pop(arguments a) { return last(a); }

bool descending(arguments a) {
  if (a.size() < 2) return false;
  if (a[1].is_string()) return a[1].as_string() == "desc";
  return a[1].type() == value_type::boolean && !a[1].as_bool();
}

template <class Less>
result<value> sorted(const array& items, bool down, Less less) {
  array out = items;
  std::stable_sort(out.begin(), out.end(),
                   [&](const value& x, const value& y) { return down ? less(y, x) : less(x, y); });
  return value(std::move(out));
}

result<value> sort(arguments a) {
  return sorted(a[0].as_array(), descending(a), std::less<value>());
}

template <bool Collate, bool Numeric>
result<value> sort_text(arguments a) {
  return sorted(a[0].as_array(), descending(a), [](const value& x, const value& y) {
    if (!x.is_string() || !y.is_string()) return x < y;
    return compare_text(x.as_string(), y.as_string(), Collate, Numeric) < 0;
  });
}

result<value> sort_ascending(arguments a) {
  return sorted(a[0].as_array(), false, std::less<value>());
}
result<value> sort_descending(arguments a) {
  return sorted(a[0].as_array(), true, std::less<value>());
}

result<value> swap(arguments a) {
  array out = a[0].as_array();
  std::size_t places[2] = {0, 0};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto index = element_at(a[i + 1].as_integer(), out.size());
    if (!index)
      return bad_argument("Argument " + std::to_string(i + 1) +
                          " is out of range. Expected a number between -" +
                          std::to_string(out.size()) + " and " + std::to_string(out.size()));
    places[i] = *index;
  }
  std::swap(out[places[0]], out[places[1]]);
  return value(std::move(out));
}

result<value> clump(arguments a) {
  const array& items = a[0].as_array();
  if (a[1].as_integer() < 1)
    return bad_argument("The second argument must be an integer greater than 0");
  const auto size = static_cast<std::size_t>(a[1].as_integer());
  array out;
  for (std::size_t i = 0; i < items.size(); i += std::min(size, items.size() - i))
    out.push_back(copied(items, {i, i + std::min(size, items.size() - i)}));
  return value(std::move(out));
}

result<value> windows(arguments a, function_context& context) {
  const array& items = a[0].as_array();
  if (a[1].as_integer() < 1)
    return bad_argument("The second argument must be an integer greater than 0");
  const auto size = static_cast<std::size_t>(a[1].as_integer());
  if (size <= items.size())
    SPOOKY_TRY(charge(context, items.size() - size + 1, size * sizeof(value) + sizeof(array),
                      1 + size / 16));
  array out;
  for (std::size_t i = 0; size <= items.size() && i + size <= items.size(); ++i)
    out.push_back(copied(items, {i, i + size}));
  return value(std::move(out));
}

/// Rows become columns; what is no array is a row of one, and short rows end in NONE.
result<value> transpose(arguments a, function_context& context) {
  const array& rows = a[0].as_array();
  std::size_t width = 0;
  for (const auto& line : rows)
    width = std::max(width, line.is_array() ? line.as_array().size() : std::size_t{1});
  SPOOKY_TRY(
      charge(context, width, rows.size() * sizeof(value) + sizeof(array), 1 + rows.size() / 16));
  std::vector<array> columns(width);
  for (const auto& line : rows) {
    const array single = line.is_array() ? array() : array{line};
    const array& cells = line.is_array() ? line.as_array() : single;
    for (std::size_t i = 0; i < width; ++i)
      columns[i].push_back(i < cells.size() ? cells[i] : value::none());
  }
  array out;
  for (auto& column : columns) out.emplace_back(std::move(column));
  return value(std::move(out));
}

result<value> repeat_a_count(arguments a) {
  if (a[1].as_integer() < 0) return negative_count("array::repeat", a[1].as_integer());
  return repeat(a);
}

constexpr function_entry rows[] = {
    row("array::append", "av", plain<append>),
    row("array::at", "ai", plain<at>),
    row("array::clump", "ai", plain<clump>),
    row("array::concat", "a*", plain<concat>),
    row("array::distinct", "a", plain<distinct>),
    row("array::fill", "avv?i?", plain<fill>),
    row("array::first", "a", plain<first>),
    row("array::flatten", "a", flatten),
    row("array::group", "a", group),
    row("array::insert", "avi?", plain<insert>),
    row("array::is_empty", "a", plain<is_empty>),
    row("array::join", "as", join),
    row("array::last", "a", plain<last>),
    row("array::len", "a", plain<len>),
    row("array::matches", "av", plain<matches>),
    row("array::max", "a", plain<max>),
    row("array::min", "a", plain<min>),
    row("array::pop", "a", plain<pop>),
    row("array::prepend", "av", plain<prepend>),
    row("array::push", "av", plain<append>),
    row("array::range", "vi?", plain<range>),
    row("array::remove", "ai", plain<remove>),
    row("array::repeat", "vi", since<repeat, behaviour::counts_are_checked, repeat_a_count>),
    row("array::reverse", "a", plain<reverse>),
    row("array::sequence", "ii?", plain<sequence>),
    row("array::slice", "av?i?", plain<slice>),
    row("array::sort", "av?", plain<sort>),
    row("array::sort::asc", "a", plain<sort_ascending>),
    row("array::sort::desc", "a", plain<sort_descending>),
    row("array::sort_lexical", "av?", plain<sort_text<true, false>>),
    row("array::sort_natural", "av?", plain<sort_text<false, true>>),
    row("array::sort_natural_lexical", "av?", plain<sort_text<true, true>>),
    row("array::swap", "aii", plain<swap>),
    row("array::transpose", "a", transpose),
    row("array::windows", "ai", windows),
};

}  // namespace

std::span<const function_entry> array_functions() { return rows; }

}  // namespace spooky::surrealql::library
