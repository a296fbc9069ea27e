#include "surrealql/values/number_literal.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace spooky::surrealql {

namespace {

error not_a(std::string_view what, std::string_view text) {
  return fail(errc::parse_error, "expected " + std::string(what) + ", found `" +
                                     std::string(text.substr(0, 60)) + "`");
}

/// Takes the digits `text` begins with; false if there are none.
bool take_digits(std::string_view& text) noexcept {
  const std::size_t used = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(used);
  return used != 0;
}

bool take_any(std::string_view& text, std::string_view of) noexcept {
  if (text.empty() || of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// Sign, digits, fraction and exponent are well formed.
bool is_number(std::string_view text) noexcept {
  take_any(text, "-");
  if (!take_digits(text)) return false;
  if (take_any(text, ".") && !take_digits(text)) return false;
  if (take_any(text, "eE")) {
    take_any(text, "+-");
    if (!take_digits(text)) return false;
  }
  return text.empty();
}

/// Too large gives infinity and too small zero, as in IEEE arithmetic.
double to_double(std::string_view digits) noexcept {
  double d = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), d);
  if (read.ec != std::errc::result_out_of_range) return d;
  const std::size_t exponent = digits.find_first_of("eE");
  const bool tiny = exponent != std::string_view::npos && digits[exponent + 1] == '-';
  return std::copysign(tiny ? 0.0 : std::numeric_limits<double>::infinity(),
                       digits.starts_with('-') ? -1.0 : 1.0);
}

}  // namespace

result<value> parse_number(std::string_view text) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::string digits(text);
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  if (digits.starts_with('+')) digits.erase(0, 1);
  if (digits == "NaN") return value::floating(std::numeric_limits<double>::quiet_NaN());
  if (digits == "Infinity") return value::floating(infinity);
  if (digits == "-Infinity") return value::floating(-infinity);

  const bool as_decimal = digits.ends_with("dec");
  const bool as_float = !as_decimal && digits.ends_with('f');
  digits.resize(digits.size() - (as_decimal ? 3 : as_float ? 1 : 0));
  if (!is_number(digits)) return not_a("a number", text);
  if (as_decimal) {
    auto parsed = decimal::parse(digits);
    if (!parsed.ok()) return not_a("a decimal of at most 28 digits", text);
    return value(*parsed);
  }
  if (as_float || digits.find_first_of(".eE") != std::string::npos)
    return value::floating(to_double(digits));
  std::int64_t n = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (read.ec != std::errc{}) return not_a("an integer of at most 64 bits", text);
  return value::integer(n);
}

}  // namespace spooky::surrealql
