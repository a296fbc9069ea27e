#include "surrealql/values/numbers.hpp"

#include "surrealql/values/text.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace spooky::surrealql {
namespace {

bool both(const value& a, const value& b, value_type type) noexcept {
  return a.type() == type && b.type() == type;
}

bool either_decimal(const value& a, const value& b) noexcept {
  return a.type() == value_type::decimal || b.type() == value_type::decimal;
}

/// The engine prints the operands of a failed operation bare if both are decimals, else as
/// literals.
error failed(std::string_view what, const value& a, const value& b) {
  const bool decimals = both(a, b, value_type::decimal);
  const auto shown = [&](const value& number) {
    return decimals ? number.as_decimal().to_string() : to_text(number);
  };
  return fail(errc::evaluation_error, "Cannot perform " + std::string(what) + " with '" + shown(a) +
                                          "' and '" + shown(b) + "'");
}

using int_operation = bool (*)(std::int64_t, std::int64_t, std::int64_t*);
using decimal_operation = result<decimal> (*)(const decimal&, const decimal&);

template <class FloatOperation>
result<value> apply(std::string_view what, const value& a, const value& b, int_operation on_ints,
                    FloatOperation on_floats, decimal_operation on_decimals) {
  assert(a.is_number() && b.is_number());
  if (both(a, b, value_type::integer)) {
    std::int64_t out = 0;
    if (!on_ints(a.as_integer(), b.as_integer(), &out)) return failed(what, a, b);
    return value(out);
  }
  if (!either_decimal(a, b)) return value(on_floats(to_double(a), to_double(b)));
  auto out = on_decimals(to_decimal(a), to_decimal(b));
  if (!out) return failed(what, a, b);
  return value(*out);
}

bool int_add(std::int64_t a, std::int64_t b, std::int64_t* out) {
  return !__builtin_add_overflow(a, b, out);
}
bool int_subtract(std::int64_t a, std::int64_t b, std::int64_t* out) {
  return !__builtin_sub_overflow(a, b, out);
}
bool int_multiply(std::int64_t a, std::int64_t b, std::int64_t* out) {
  return !__builtin_mul_overflow(a, b, out);
}
bool int_divide(std::int64_t a, std::int64_t b, std::int64_t* out) {
  if (b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min())) return false;
  *out = a / b;
  return true;
}
bool int_remainder(std::int64_t a, std::int64_t b, std::int64_t* out) {
  if (b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min())) return false;
  *out = a % b;
  return true;
}

}  // namespace

double to_double(const value& number) noexcept {
  switch (number.type()) {
    case value_type::integer:
      return static_cast<double>(number.as_integer());
    case value_type::floating:
      return number.as_floating();
    default:
      return number.as_decimal().to_double();
  }
}

decimal to_decimal(const value& number) noexcept {
  switch (number.type()) {
    case value_type::integer:
      return decimal(number.as_integer());
    case value_type::floating:
      return decimal::from_double(number.as_floating()).value_or({});
    default:
      return number.as_decimal();
  }
}

result<value> add_numbers(const value& a, const value& b) {
  return apply(
      "addition", a, b, int_add, [](double x, double y) { return x + y; }, decimal::add);
}

result<value> subtract_numbers(const value& a, const value& b) {
  return apply(
      "subtraction", a, b, int_subtract, [](double x, double y) { return x - y; },
      decimal::subtract);
}

result<value> multiply_numbers(const value& a, const value& b) {
  return apply(
      "multiplication", a, b, int_multiply, [](double x, double y) { return x * y; },
      decimal::multiply);
}

result<value> divide_numbers(const value& a, const value& b) {
  // The engine's `/` operator answers a failed division, also one that overflows, with NaN.
  auto out = apply(
      "division", a, b, int_divide, [](double x, double y) { return x / y; }, decimal::divide);
  if (!out) return value(std::numeric_limits<double>::quiet_NaN());
  return out;
}

result<value> remainder_numbers(const value& a, const value& b) {
  return apply(
      "remainder", a, b, int_remainder, [](double x, double y) { return std::fmod(x, y); },
      decimal::remainder);
}

result<value> negate_number(const value& a) {
  switch (a.type()) {
    case value_type::integer: {
      std::int64_t out = 0;
      if (!int_subtract(0, a.as_integer(), &out))
        return fail(errc::evaluation_error, "Cannot negate the value '" + to_text(a) + "'");
      return value(out);
    }
    case value_type::floating:
      return value(-a.as_floating());
    default:
      return value(-a.as_decimal());
  }
}

// -- powers -------------------------------------------------------------------------------------

namespace {

error bad_power(const value& a, const value& b) {
  return fail(errc::evaluation_error,
              "Cannot raise the value '" + to_text(a) + "' with '" + to_text(b) + "'");
}

bool int_power(std::int64_t base, std::int64_t exponent, std::int64_t& out) noexcept {
  out = 1;
  if (base == 0 && exponent < 0) return false;
  if (base == 0 || base == 1) {
    out = exponent == 0 ? 1 : base;
    return true;
  }
  if (base == -1) {
    out = exponent % 2 == 0 ? 1 : -1;
    return true;
  }
  if (exponent < 0 || exponent > 63) return exponent == 0;
  for (; exponent > 0; --exponent) {
    if (__builtin_mul_overflow(out, base, &out)) return false;
  }
  return true;
}

/// base^exponent by repeated squaring; a negative exponent gives the reciprocal.
result<decimal> decimal_power(decimal base, std::int64_t exponent) {
  // The engine answers 1 for any power of 1, also of one that is written 1.0.
  if (base == decimal(1)) return decimal(1);
  const bool reciprocal = exponent < 0;
  auto left =
      reciprocal ? ~static_cast<std::uint64_t>(exponent) + 1 : static_cast<std::uint64_t>(exponent);
  decimal out(1);
  while (left > 0) {
    if (left % 2 == 1) {
      SPOOKY_ASSIGN(out, decimal::multiply(out, base));
    }
    left /= 2;
    if (left > 0) {
      SPOOKY_ASSIGN(base, decimal::multiply(base, base));
    }
  }
  // The engine's square keeps its trailing zeros, its higher powers do not.
  if (exponent > 2 || exponent < -2) out = out.normalized();
  if (!reciprocal) return out;
  return decimal::divide(decimal(1), out);
}

}  // namespace

result<value> power_numbers(const value& a, const value& b) {
  if (both(a, b, value_type::integer)) {
    std::int64_t out = 0;
    if (!int_power(a.as_integer(), b.as_integer(), out)) return bad_power(a, b);
    return value(out);
  }
  if (a.type() == value_type::decimal) {
    const decimal exponent = to_decimal(b).normalized();
    if (exponent.scale() == 0) {
      const auto whole = exponent.to_integer();
      auto out = whole ? decimal_power(a.as_decimal(), *whole) : result<decimal>(whole.failure());
      if (!out) return bad_power(a, b);
      return value(*out);
    }
    auto out = decimal::from_double(std::pow(to_double(a), to_double(b)));
    if (!out) return bad_power(a, b);
    return value(*out);
  }
  return value(std::pow(to_double(a), to_double(b)));
}

decimal decimal_square_root(const decimal& v) noexcept {
  constexpr int most_steps = 1000;
  if (v.negative() || v.is_zero()) return {};
  const decimal two(2);
  decimal root = decimal::divide(v, two).value_or(v);
  if (root.is_zero()) root = v;
  decimal last;
  for (int i = 0; i < most_steps && (i == 0 || last != root); ++i) {
    last = root;
    const auto other = decimal::divide(v, root);
    const auto sum_of_both = other ? decimal::add(root, *other) : other;
    const auto half = sum_of_both ? decimal::divide(*sum_of_both, two) : sum_of_both;
    if (!half) return root;
    root = *half;
  }
  return root;
}

// -- lists of numbers ---------------------------------------------------------------------------

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

result<value> sum(std::span<const value> numbers) {
  value total(0);
  for (const auto& n : numbers) {
    if (both(total, n, value_type::integer)) {
      total = value(static_cast<std::int64_t>(static_cast<std::uint64_t>(total.as_integer()) +
                                              static_cast<std::uint64_t>(n.as_integer())));
      continue;
    }
    SPOOKY_ASSIGN(total, add_numbers(total, n));
  }
  return total;
}

namespace {

value quotient_by_count(const value& total, std::size_t count) {
  if (total.type() != value_type::decimal)
    return value(to_double(total) / static_cast<double>(count));
  auto quotient = decimal::divide(total.as_decimal(), decimal(static_cast<std::int64_t>(count)));
  return quotient ? value(*quotient) : value(nan_value);
}

}  // namespace

// The engine sums up from a float zero here, so that ints are added as floats.
result<value> mean(std::span<const value> numbers) {
  if (numbers.empty()) return value(nan_value);
  value total(0.0);
  for (const auto& n : numbers) {
    SPOOKY_ASSIGN(total, add_numbers(total, n));
  }
  return quotient_by_count(total, numbers.size());
}

value minimum(std::span<const value> numbers) {
  if (numbers.empty()) return value(infinity);
  return *std::min_element(numbers.begin(), numbers.end());
}

value maximum(std::span<const value> numbers) {
  if (numbers.empty()) return value(-infinity);
  // Of equal numbers of different types the last, as in the engine.
  return *std::max_element(numbers.rbegin(), numbers.rend());
}

result<value> variance(std::span<const value> numbers) {
  if (numbers.empty()) return value(nan_value);
  if (numbers.size() == 1) return value(0.0);
  SPOOKY_ASSIGN(const value middle, mean(numbers));
  value squares(0.0);
  for (const auto& n : numbers) {
    SPOOKY_ASSIGN(const value distance, subtract_numbers(n, middle));
    SPOOKY_ASSIGN(const value square, power_numbers(distance, value(2)));
    SPOOKY_ASSIGN(squares, add_numbers(squares, square));
  }
  return quotient_by_count(squares, numbers.size() - 1);
}

result<value> standard_deviation(std::span<const value> numbers) {
  SPOOKY_ASSIGN(const value spread, variance(numbers));
  if (spread.type() == value_type::decimal) return value(decimal_square_root(spread.as_decimal()));
  return value(std::sqrt(to_double(spread)));
}

value median_of_sorted(std::span<const value> sorted) {
  if (sorted.empty()) return value(nan_value);
  const std::size_t middle = sorted.size() / 2;
  if (sorted.size() % 2 == 1) return value(to_double(sorted[middle]));
  return value((to_double(sorted[middle - 1]) + to_double(sorted[middle])) / 2);
}

}  // namespace spooky::surrealql
