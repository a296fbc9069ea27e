#include "surrealql/values/operators.hpp"

#include "surrealql/values/calendar.hpp"
#include "surrealql/values/geo.hpp"
#include "surrealql/values/numbers.hpp"
#include "surrealql/values/pattern.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spooky::surrealql {
namespace {

error refused(const std::string& message) { return fail(errc::evaluation_error, message); }

error cannot(std::string_view what, const value& a, std::string_view joint, const value& b) {
  return refused("Cannot perform " + std::string(what) + " with '" + to_raw_text(a) + "' " +
                 std::string(joint) + " '" + to_raw_text(b) + "'");
}

bool are(const value& a, value_type left, const value& b, value_type right) noexcept {
  return a.type() == left && b.type() == right;
}

// -- time ---------------------------------------------------------------------------------------

error overflow(const std::string& a, std::string_view symbol, const std::string& b) {
  return refused("Failed to compute: \"" + a + " " + std::string(symbol) + " " + b +
                 "\", as the operation results in an arithmetic overflow.");
}

error negative(const std::string& a, const std::string& b) {
  return refused("Failed to compute: \"" + a + " - " + b +
                 "\", as the operation results in a negative value.");
}

result<value> shifted(const value& at, const value& by, bool back) {
  datetime out;
  if (shift(at.as_datetime(), by.as_duration(), back, out)) return value(out);
  const std::string time = to_text(at.as_datetime());
  const std::string length = to_text(by.as_duration());
  return back ? negative(length, time) : overflow(length, "+", time);
}

result<value> add_durations(const duration& a, const duration& b) {
  duration sum{0, a.nanos + b.nanos};
  std::uint64_t carry = 0;
  if (sum.nanos >= nanos_per_second) {
    sum.nanos -= static_cast<std::uint32_t>(nanos_per_second);
    carry = 1;
  }
  if (__builtin_add_overflow(a.seconds, b.seconds, &sum.seconds) ||
      __builtin_add_overflow(sum.seconds, carry, &sum.seconds))
    return overflow(to_text(a), "+", to_text(b));
  return value(sum);
}

result<value> subtract_durations(const duration& a, const duration& b) {
  if (a < b) return negative(to_text(a), to_text(b));
  duration rest{a.seconds - b.seconds, 0};
  if (a.nanos < b.nanos) {
    --rest.seconds;
    rest.nanos = static_cast<std::uint32_t>(nanos_per_second) + a.nanos - b.nanos;
  } else {
    rest.nanos = a.nanos - b.nanos;
  }
  return value(rest);
}

result<value> subtract_datetimes(const datetime& a, const datetime& b) {
  if (a < b) return negative(to_text(a), to_text(b));
  auto seconds = static_cast<std::uint64_t>(a.seconds - b.seconds);
  std::uint32_t nanos = a.nanos;
  if (nanos < b.nanos) {
    --seconds;
    nanos += static_cast<std::uint32_t>(nanos_per_second);
  }
  return value(duration{seconds, nanos - b.nanos});
}

using u128 = unsigned __int128;

u128 nanoseconds(const duration& d) noexcept {
  return static_cast<u128>(d.seconds) * static_cast<u128>(nanos_per_second) + d.nanos;
}

result<value> from_nanoseconds(u128 nanos, const std::string& failure) {
  const u128 seconds = nanos / static_cast<u128>(nanos_per_second);
  if (seconds > std::numeric_limits<std::uint64_t>::max()) return refused(failure);
  return value(duration{static_cast<std::uint64_t>(seconds),
                        static_cast<std::uint32_t>(nanos % static_cast<u128>(nanos_per_second))});
}

/// A duration of so many seconds as a float, rounded to the nanosecond as the engine's is.
result<value> from_float_seconds(double seconds, const std::string& failure) {
  constexpr double limit = 18446744073709551616.0;
  if (!(seconds >= 0) || seconds >= limit) return refused(failure);
  const double whole = std::trunc(seconds);
  const auto nanos = static_cast<std::uint64_t>(std::nearbyint((seconds - whole) * 1e9));
  return from_nanoseconds(static_cast<u128>(whole) * static_cast<u128>(nanos_per_second) + nanos,
                          failure);
}

double float_seconds(const duration& d) noexcept {
  return static_cast<double>(d.seconds) + static_cast<double>(d.nanos) / 1e9;
}

result<decimal> decimal_nanoseconds(const duration& d) {
  const u128 nanos = nanoseconds(d);
  if (nanos >> 96 != 0) return refused("The duration is too long for a decimal");
  return decimal::from_parts(nanos, 0, false);
}

constexpr auto largest_factor =
    static_cast<std::int64_t>(std::numeric_limits<std::uint32_t>::max());

result<value> scale_duration(const duration& d, const value& factor) {
  const std::string text = to_text(d) + " * " + to_raw_text(factor);
  const std::string too_long =
      "Failed to compute: \"" + text + "\", as the operation results in an arithmetic overflow.";
  if (factor.type() == value_type::integer) {
    if (factor.as_integer() < 0)
      return refused("Cannot multiply a duration with a negative number");
    if (factor.as_integer() > largest_factor)
      return refused("out of range integral type conversion attempted");
    return from_nanoseconds(nanoseconds(d) * static_cast<u128>(factor.as_integer()), too_long);
  }
  if (factor.type() == value_type::floating) {
    if (!std::isfinite(factor.as_floating()) || factor.as_floating() < 0)
      return refused("Cannot multiply a duration with a non-finite or negative number");
    return from_float_seconds(float_seconds(d) * factor.as_floating(), too_long);
  }
  if (factor.as_decimal().negative())
    return refused("Cannot multiply a duration with a negative number");
  SPOOKY_ASSIGN(const decimal nanos, decimal_nanoseconds(d));
  SPOOKY_ASSIGN(const decimal product, decimal::multiply(nanos, factor.as_decimal()));
  return from_nanoseconds(product.truncated().mantissa(), too_long);
}

result<value> split_duration(const duration& d, const value& by) {
  constexpr std::string_view positive = "A duration can only be divided by a value greater than 0.";
  const std::string too_long = "Resulting duration is out of range";
  if (by.type() == value_type::integer) {
    if (by.as_integer() <= 0) return refused(std::string(positive));
    if (by.as_integer() > largest_factor)
      return refused("out of range integral type conversion attempted");
    return from_nanoseconds(nanoseconds(d) / static_cast<u128>(by.as_integer()), too_long);
  }
  if (by.type() == value_type::floating) {
    if (!std::isfinite(by.as_floating()) || by.as_floating() <= 0)
      return refused("A duration can only be divided by a finite value greater than 0.");
    return from_float_seconds(float_seconds(d) / by.as_floating(), too_long);
  }
  if (by.as_decimal().negative() || by.as_decimal().is_zero())
    return refused(std::string(positive));
  SPOOKY_ASSIGN(const decimal nanos, decimal_nanoseconds(d));
  SPOOKY_ASSIGN(const decimal quotient, decimal::divide(nanos, by.as_decimal()));
  return from_nanoseconds(quotient.truncated().mantissa(), too_long);
}

value joined(const array& a, const array& b) {
  array all;
  all.reserve(a.size() + b.size());
  all.insert(all.end(), a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  return value(std::move(all));
}

value merged(const object& a, const object& b) {
  std::vector<object::member> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  return value(object(std::move(all)));
}

}  // namespace

// -- arithmetic ---------------------------------------------------------------------------------

result<value> add(const value& a, const value& b) {
  if (a.is_number() && b.is_number()) return add_numbers(a, b);
  if (a.is_string() && b.is_string()) {
    // Whoever adds up texts must find no more than the sum in memory.
    std::string text;
    text.reserve(a.as_string().size() + b.as_string().size());
    text.append(a.as_string()).append(b.as_string());
    return value(std::string_view(text));
  }
  if (are(a, value_type::datetime, b, value_type::duration)) return shifted(a, b, false);
  if (are(a, value_type::duration, b, value_type::datetime)) return shifted(b, a, false);
  if (are(a, value_type::duration, b, value_type::duration))
    return add_durations(a.as_duration(), b.as_duration());
  if (a.is_array() && b.is_array()) return joined(a.as_array(), b.as_array());
  if (a.is_object() && b.is_object()) return merged(a.as_object(), b.as_object());
  return cannot("addition", a, "and", b);
}

result<value> subtract(const value& a, const value& b) {
  if (a.is_number() && b.is_number()) return subtract_numbers(a, b);
  if (are(a, value_type::datetime, b, value_type::datetime))
    return subtract_datetimes(a.as_datetime(), b.as_datetime());
  if (are(a, value_type::datetime, b, value_type::duration)) return shifted(a, b, true);
  if (are(a, value_type::duration, b, value_type::datetime)) return shifted(b, a, true);
  if (are(a, value_type::duration, b, value_type::duration))
    return subtract_durations(a.as_duration(), b.as_duration());
  return cannot("subtraction", a, "and", b);
}

namespace {

bool is_list(const value& v) noexcept { return v.is_array() || v.type() == value_type::set; }

}  // namespace

result<value> add_items(const value& a, const value& b) {
  if (!is_list(a) || !is_list(b)) return add(a, b);
  value all = joined(a.as_array(), b.as_array());
  return a.is_array() ? all : value::set(all.as_array());
}

result<value> subtract_items(const value& a, const value& b) {
  if (!is_list(a) || !is_list(b)) return subtract(a, b);
  const array& gone = b.as_array();
  array kept;
  for (const value& item : a.as_array())
    if (std::ranges::find(gone, item) == gone.end()) kept.push_back(item);
  return a.is_array() ? value(std::move(kept)) : value::set(std::move(kept));
}

result<value> multiply(const value& a, const value& b) {
  if (a.is_number() && b.is_number()) return multiply_numbers(a, b);
  if (a.type() == value_type::duration && b.is_number()) return scale_duration(a.as_duration(), b);
  return cannot("multiplication", a, "and", b);
}

result<value> divide(const value& a, const value& b) {
  if (a.is_number() && b.is_number()) return divide_numbers(a, b);
  if (a.type() == value_type::duration && b.is_number()) {
    auto quotient = split_duration(a.as_duration(), b);
    if (quotient) return quotient;
  }
  return value(std::numeric_limits<double>::quiet_NaN());
}

result<value> remainder(const value& a, const value& b) {
  if (a.is_number() && b.is_number()) return remainder_numbers(a, b);
  return cannot("remainder", a, "and", b);
}

result<value> power(const value& a, const value& b) {
  if (a.is_number() && b.is_number()) return power_numbers(a, b);
  return refused("Cannot raise the value '" + to_raw_text(a) + "' with '" + to_raw_text(b) + "'");
}

result<value> negate(const value& a) {
  if (a.is_number()) return negate_number(a);
  return refused("Cannot negate the value '" + to_text(a) + "'");
}

// -- comparison ---------------------------------------------------------------------------------

bool equal(const value& a, const value& b) {
  if (are(a, value_type::string, b, value_type::regex))
    return pattern_matches(b.as_string(), a.as_string());
  if (are(a, value_type::regex, b, value_type::string))
    return pattern_matches(a.as_string(), b.as_string());
  return a == b;
}

namespace {

bool all_strings(const array& items) noexcept {
  return std::all_of(items.begin(), items.end(), [](const value& v) { return v.is_string(); });
}

bool has_text(std::string_view text, const value& part) noexcept {
  return text.find(part.as_string()) != std::string_view::npos;
}

bool in_range(const value_range& range, const value& v) {
  const bool after =
      range.begin.type == range_bound::kind::unbounded ||
      (range.begin.type == range_bound::kind::included ? range.begin.at <= v : range.begin.at < v);
  return after &&
         (range.end.type == range_bound::kind::unbounded ||
          (range.end.type == range_bound::kind::included ? v <= range.end.at : v < range.end.at));
}

/// Whether one element of the list a CONTAINSALL or CONTAINSANY asks for is in the container.
bool holds_element(const value& container, const value& item) {
  if (is_list(container)) return any_equal(container, item);
  return container.type() == value_type::geometry && contains(container, item);
}

}  // namespace

bool all_equal(const value& list, const value& b) {
  if (!is_list(list)) return equal(list, b);
  return std::all_of(list.as_array().begin(), list.as_array().end(),
                     [&](const value& item) { return equal(item, b); });
}

bool any_equal(const value& list, const value& b) {
  if (!is_list(list)) return equal(list, b);
  return std::any_of(list.as_array().begin(), list.as_array().end(),
                     [&](const value& item) { return equal(item, b); });
}

bool contains(const value& container, const value& item) {
  switch (container.type()) {
    case value_type::array:
      return any_equal(container, item);
    case value_type::set:
      return std::binary_search(container.as_array().begin(), container.as_array().end(), item);
    case value_type::uuid:
      return item.is_string() && has_text(to_text(container.as_uuid()), item);
    case value_type::string:
      return item.is_string() && has_text(container.as_string(), item);
    case value_type::geometry:
      return item.type() == value_type::geometry &&
             geometry_contains(container.as_geometry(), item.as_geometry());
    case value_type::object:
      return item.is_string() && container.as_object().find(item.as_string()) != nullptr;
    case value_type::range:
      return in_range(container.as_range(), item);
    default:
      return false;
  }
}

bool contains_all(const value& container, const value& items) {
  if (items.is_string()) return container.is_string() && has_text(container.as_string(), items);
  if (!is_list(items)) return false;
  const auto& list = items.as_array();
  const bool text = container.is_string() && all_strings(list);
  return std::all_of(list.begin(), list.end(), [&](const value& item) {
    return text ? has_text(container.as_string(), item) : holds_element(container, item);
  });
}

bool contains_any(const value& container, const value& items) {
  if (items.is_string()) return container.is_string() && has_text(container.as_string(), items);
  if (!is_list(items)) return false;
  const auto& list = items.as_array();
  const bool text = container.is_string() && all_strings(list);
  return std::any_of(list.begin(), list.end(), [&](const value& item) {
    return text ? has_text(container.as_string(), item) : holds_element(container, item);
  });
}

bool contains_none(const value& container, const value& items) {
  return !contains_any(container, items);
}

bool intersects(const value& a, const value& b) {
  return are(a, value_type::geometry, b, value_type::geometry) &&
         geometries_intersect(a.as_geometry(), b.as_geometry());
}

}  // namespace spooky::surrealql
