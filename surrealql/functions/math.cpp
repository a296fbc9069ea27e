#include "surrealql/functions/library.hpp"
#include "surrealql/values/numbers.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numbers>

/// The math:: functions of single numbers.
namespace spooky::surrealql::library {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

using real_function = double (*)(double);

template <real_function Function>
result<value> real(arguments a) {
  return value(Function(to_double(a[0])));
}

double acot(double x) { return pi / 2.0 - std::atan(x); }
double cot(double x) { return 1.0 / std::tan(x); }
double degrees_to_radians(double x) { return x * (pi / 180.0); }
double radians_to_degrees(double x) { return x * (180.0 / pi); }
double arc_cosine(double x) { return std::acos(x); }
double arc_sine(double x) { return std::asin(x); }
double arc_tangent(double x) { return std::atan(x); }
double cosine(double x) { return std::cos(x); }
double sine(double x) { return std::sin(x); }
double tangent(double x) { return std::tan(x); }
double natural_log(double x) { return std::log(x); }
double log_10(double x) { return std::log10(x); }
double log_2(double x) { return std::log2(x); }

bool is(const value& v, value_type type) noexcept { return v.type() == type; }

result<value> abs(arguments a) {
  if (is(a[0], value_type::floating)) return value(std::fabs(a[0].as_floating()));
  if (is(a[0], value_type::decimal)) return value(a[0].as_decimal().abs());
  if (a[0].as_integer() == std::numeric_limits<std::int64_t>::min())
    return evaluation_failed("Failed to compute: \"math::abs(" + to_text(a[0]) +
                             ")\", as the operation results in an arithmetic overflow.");
  return value(std::abs(a[0].as_integer()));
}

result<value> ceil(arguments a) {
  if (is(a[0], value_type::floating)) return value(std::ceil(a[0].as_floating()));
  return is(a[0], value_type::decimal) ? value(a[0].as_decimal().ceil()) : a[0];
}

result<value> floor(arguments a) {
  if (is(a[0], value_type::floating)) return value(std::floor(a[0].as_floating()));
  return is(a[0], value_type::decimal) ? value(a[0].as_decimal().floor()) : a[0];
}

/// Floats round half away from zero, decimals half to even.
result<value> round(arguments a) {
  if (is(a[0], value_type::floating)) return value(std::round(a[0].as_floating()));
  return is(a[0], value_type::decimal) ? value(a[0].as_decimal().rounded(0)) : a[0];
}

/// Of a float zero the sign bit counts, as in Rust's signum.
result<value> sign(arguments a) {
  if (is(a[0], value_type::floating)) {
    const double x = a[0].as_floating();
    return value(std::isnan(x) ? x : std::copysign(1.0, x));
  }
  const value zero(0);
  const std::int64_t direction = a[0] > zero ? 1 : a[0] < zero ? -1 : 0;
  return is(a[0], value_type::decimal) ? value(decimal(direction)) : value(direction);
}

/// The kind that clamp and lerp compute in: decimal if the leading number is one, else float.
result<value> clamp(arguments a) {
  if (a[1] > a[2]) return bad_argument("Lowerbound for clamp must be smaller than the upperbound");
  const bool ints = is(a[0], value_type::integer) && is(a[1], value_type::integer) &&
                    is(a[2], value_type::integer);
  if (ints) return value(std::clamp(a[0].as_integer(), a[1].as_integer(), a[2].as_integer()));
  if (is(a[0], value_type::decimal))
    return value(std::clamp(a[0].as_decimal(), to_decimal(a[1]), to_decimal(a[2])));
  return value(std::clamp(to_double(a[0]), to_double(a[1]), to_double(a[2])));
}

result<value> fixed(arguments a) {
  if (a[1].as_integer() <= 0)
    return bad_argument("The second argument must be an integer greater than 0.");
  constexpr std::int64_t most_digits = 1000;
  const auto digits = static_cast<int>(std::min(a[1].as_integer(), most_digits));
  if (is(a[0], value_type::integer)) return a[0];
  if (is(a[0], value_type::decimal))
    return value(a[0].as_decimal().rounded(static_cast<unsigned>(digits)));
  char buffer[2048];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, a[0].as_floating(),
                                 std::chars_format::fixed, digits);
  double rounded = 0;
  if (std::from_chars(buffer, end.ptr, rounded).ec != std::errc()) return value(0);
  return value(rounded);
}

result<decimal> lerp_decimal(const decimal& from, const decimal& to, const decimal& factor) {
  SPOOKY_ASSIGN(const decimal way, decimal::subtract(to, from));
  SPOOKY_ASSIGN(const decimal part, decimal::multiply(factor, way));
  return decimal::add(from, part);
}

result<value> lerp(arguments a) {
  if (is(a[2], value_type::decimal)) {
    SPOOKY_ASSIGN(const decimal made,
                  lerp_decimal(to_decimal(a[0]), to_decimal(a[1]), a[2].as_decimal()));
    return value(made);
  }
  const double from = to_double(a[0]);
  return value(from + to_double(a[2]) * (to_double(a[1]) - from));
}

constexpr double full_turn = 360.0;

/// The shorter way from one angle to another.
double shorter_turn(double from, double to) {
  const double way = to - from;
  const double turn = std::clamp(way - std::floor(way / full_turn) * full_turn, 0.0, full_turn);
  return turn > full_turn / 2 ? full_turn - turn : turn;
}

result<decimal> shorter_turn(const decimal& from, const decimal& to) {
  const decimal full(360);
  SPOOKY_ASSIGN(const decimal way, decimal::subtract(to, from));
  SPOOKY_ASSIGN(const decimal turns, decimal::divide(way, full));
  SPOOKY_ASSIGN(const decimal whole, decimal::multiply(turns.floor(), full));
  SPOOKY_ASSIGN(const decimal turn, decimal::subtract(way, whole));
  if (turn <= decimal(180)) return turn;
  return decimal::subtract(full, turn);
}

result<value> lerp_angle(arguments a) {
  if (is(a[2], value_type::decimal)) {
    const decimal from = to_decimal(a[0]);
    SPOOKY_ASSIGN(const decimal turn, shorter_turn(from, to_decimal(a[1])));
    SPOOKY_ASSIGN(const decimal to, decimal::add(from, turn));
    SPOOKY_ASSIGN(const decimal made, lerp_decimal(from, to, a[2].as_decimal()));
    return value(made);
  }
  const double from = to_double(a[0]);
  const double to = from + shorter_turn(from, to_double(a[1]));
  return value(from + to_double(a[2]) * (to - from));
}

result<value> log(arguments a) {
  return value(std::log(to_double(a[0])) / std::log(to_double(a[1])));
}

result<value> pow(arguments a) { return power_numbers(a[0], a[1]); }

result<value> sqrt(arguments a) {
  if (a[0] < value(0)) return value(not_a_number);
  if (is(a[0], value_type::decimal)) return value(decimal_square_root(a[0].as_decimal()));
  return value(std::sqrt(to_double(a[0])));
}

constexpr function_entry rows[] = {
    row("math::abs", "n", plain<abs>),
    row("math::acos", "n", plain<real<arc_cosine>>),
    row("math::acot", "n", plain<real<acot>>),
    row("math::asin", "n", plain<real<arc_sine>>),
    row("math::atan", "n", plain<real<arc_tangent>>),
    row("math::ceil", "n", plain<ceil>),
    row("math::clamp", "nnn", plain<clamp>),
    row("math::cos", "n", plain<real<cosine>>),
    row("math::cot", "n", plain<real<cot>>),
    row("math::deg2rad", "n", plain<real<degrees_to_radians>>),
    row("math::fixed", "ni", plain<fixed>),
    row("math::floor", "n", plain<floor>),
    row("math::lerp", "nnn", plain<lerp>),
    row("math::lerpangle", "nnn", plain<lerp_angle>),
    row("math::ln", "n", plain<real<natural_log>>),
    row("math::log", "nn", plain<log>),
    row("math::log10", "n", plain<real<log_10>>),
    row("math::log2", "n", plain<real<log_2>>),
    row("math::pow", "nn", plain<pow>),
    row("math::rad2deg", "n", plain<real<radians_to_degrees>>),
    row("math::round", "n", plain<round>),
    row("math::sign", "n", plain<sign>),
    row("math::sin", "n", plain<real<sine>>),
    row("math::sqrt", "n", plain<sqrt>),
    row("math::tan", "n", plain<real<tangent>>),
};

}  // namespace

std::span<const function_entry> math_functions() { return rows; }

}  // namespace spooky::surrealql::library
