#include "surrealql/values/decimal.hpp"

#include "surrealql/values/decimal_parts.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace spooky {

using detail::mantissa_limit;
using detail::max_scale;
using detail::power_of_ten;
using detail::u128;

decimal::decimal(std::int64_t v) noexcept
    : lo_(v < 0 ? ~static_cast<std::uint64_t>(v) + 1 : static_cast<std::uint64_t>(v)),
      negative_(v < 0) {}

decimal decimal::from_parts(u128 mantissa, unsigned scale, bool negative) noexcept {
  decimal d;
  d.lo_ = static_cast<std::uint64_t>(mantissa);
  d.hi_ = static_cast<std::uint32_t>(mantissa >> 64);
  d.scale_ = static_cast<std::uint8_t>(scale);
  d.negative_ = negative && mantissa != 0;
  return d;
}

namespace {

error not_a_decimal(std::string_view text, std::string_view reason) {
  return fail(errc::parse_error,
              "Invalid decimal '" + std::string(text) + "': " + std::string(reason));
}

constexpr std::string_view too_large = "more than 96 bits before the point";

/// Reads sign, digits, point and underscores; no exponent.
result<decimal> parse_plain(std::string_view text) {
  std::string_view rest = text;
  bool negative = false;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  u128 mantissa = 0;
  unsigned scale = 0;
  bool point = false;
  bool digits = false;
  bool full = false;
  for (const char c : rest) {
    if (c == '_' && digits) continue;
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') return not_a_decimal(text, "only digits and one point are allowed");
    digits = true;
    if (full) continue;
    const auto digit = static_cast<unsigned>(c - '0');
    const u128 next = mantissa * 10 + digit;
    if ((point && scale == max_scale) || next >= mantissa_limit) {
      if (!point) return not_a_decimal(text, too_large);
      full = true;
      if (digit >= 5) ++mantissa;
      if (mantissa >= mantissa_limit) {
        if (scale == 0) return not_a_decimal(text, too_large);
        mantissa = (mantissa + 4) / 10;
        --scale;
      }
      continue;
    }
    mantissa = next;
    if (point) ++scale;
  }
  if (!digits) return not_a_decimal(text, "no digits");
  return decimal::from_parts(mantissa, scale, negative);
}

result<decimal> scaled_by_exponent(const decimal& base, std::string_view exponent,
                                   std::string_view text) {
  const bool down = exponent.starts_with('-');
  if (down || exponent.starts_with('+')) exponent.remove_prefix(1);
  unsigned power = 0;
  if (exponent.empty()) return not_a_decimal(text, "no digits in the exponent");
  for (const char c : exponent) {
    if (c < '0' || c > '9') return not_a_decimal(text, "the exponent is not a number");
    power = std::min(power * 10 + static_cast<unsigned>(c - '0'), 1000U);
  }
  if (power > max_scale) return not_a_decimal(text, "the exponent is beyond 28");
  if (down) {
    if (base.scale() + power > max_scale) return not_a_decimal(text, "more than 28 digits");
    return decimal::from_parts(base.mantissa(), base.scale() + power, base.negative());
  }
  if (power <= base.scale())
    return decimal::from_parts(base.mantissa(), base.scale() - power, base.negative());
  auto raised = decimal::multiply(base, decimal::from_parts(power_of_ten(power), 0, false));
  if (!raised) return not_a_decimal(text, too_large);
  return *raised;
}

}  // namespace

result<decimal> decimal::parse_exact(std::string_view text) {
  const auto at = text.find_first_of("eE");
  if (at == std::string_view::npos) return parse_plain(text);
  SPOOKY_ASSIGN(const decimal base, parse_plain(text.substr(0, at)));
  return scaled_by_exponent(base, text.substr(at + 1), text);
}

result<decimal> decimal::parse(std::string_view text) {
  SPOOKY_ASSIGN(const decimal exact, parse_exact(text));
  return exact.normalized();
}

namespace {

/// Turns `bits` * 2^exponent into mantissa and power of ten, losing low digits where 96 bits are
/// too few. Returns false where the magnitude does not fit.
bool binary_to_decimal(u128& bits, int exponent2, int& exponent10) {
  int exponent5 = -exponent2;
  exponent10 = exponent2;
  while (exponent5 > 0) {
    --exponent5;
    if (bits % 2 != 0 && bits * 5 < mantissa_limit) {
      bits *= 5;
    } else {
      ++exponent10;
      bits /= 2;
    }
  }
  while (exponent5 < 0) {
    if (bits < mantissa_limit / 2) {
      --exponent10;
      bits *= 2;
    } else if (exponent10 * 2 > -exponent5) {
      return false;
    } else {
      bits /= 5;
    }
    ++exponent5;
  }
  for (; exponent10 > 0; --exponent10) {
    if (bits * 10 >= mantissa_limit) return false;
    bits *= 10;
  }
  return true;
}

void drop_digit(u128& bits, int& exponent10) {
  const auto digit = static_cast<unsigned>(bits % 10);
  bits /= 10;
  ++exponent10;
  if (bits == 0) {
    exponent10 = 0;
  } else if (digit >= 5) {
    ++bits;
  }
}

}  // namespace

result<decimal> decimal::from_double(double v) {
  if (!std::isfinite(v)) return fail(errc::evaluation_error, "A decimal is finite");
  std::uint64_t raw = 0;
  std::memcpy(&raw, &v, sizeof raw);
  const auto biased = static_cast<int>((raw >> 52) & 0x7ff);
  u128 bits = raw & 0xf'ffff'ffff'ffffULL;
  if (biased == 0 && bits == 0) return decimal();
  if (biased != 0) bits |= u128{1} << 52;
  const int exponent2 = (biased == 0 ? 1 : biased) - 1023 - 52;
  int exponent10 = 0;
  if (!binary_to_decimal(bits, exponent2, exponent10))
    return fail(errc::evaluation_error, "The float is too large for a decimal");
  while (exponent10 < -static_cast<int>(max_scale)) drop_digit(bits, exponent10);
  // A double guarantees 15 to 16 digits: anything beyond 52 bits is noise of the conversion.
  while (exponent10 < 0 && (bits >> 52) != 0) drop_digit(bits, exponent10);
  while (exponent10 < 0 && bits % 10 == 0) {
    bits /= 10;
    ++exponent10;
  }
  return from_parts(bits, static_cast<unsigned>(-exponent10), v < 0);
}

std::string decimal::to_string() const {
  char digits[40];
  std::size_t count = 0;
  for (u128 rest = mantissa(); rest != 0; rest /= 10)
    digits[count++] = static_cast<char>('0' + static_cast<int>(rest % 10));
  while (count <= scale_) digits[count++] = '0';
  std::string text;
  if (negative_) text += '-';
  for (std::size_t i = count; i-- > 0;) {
    text += digits[i];
    if (i == scale_ && scale_ != 0) text += '.';
  }
  return text;
}

double decimal::to_double() const noexcept {
  const u128 power = power_of_ten(scale_);
  const u128 whole = mantissa() / power;
  const auto fraction = static_cast<double>(mantissa() % power) / static_cast<double>(power);
  auto v = static_cast<double>(whole);
  if (fraction != 0.0) {
    const double round_to = std::pow(10.0, scale_);
    v = std::round((v + fraction) * round_to) / round_to;
  }
  return negative_ ? -v : v;
}

result<std::int64_t> decimal::to_integer() const {
  const u128 whole = mantissa() / power_of_ten(scale_);
  const u128 limit = (u128{1} << 63) - (negative_ ? 0 : 1);
  if (whole > limit) return fail(errc::evaluation_error, "The decimal does not fit in an int");
  const auto bits = static_cast<std::uint64_t>(whole);
  return static_cast<std::int64_t>(negative_ ? ~bits + 1 : bits);
}

decimal decimal::operator-() const noexcept { return from_parts(mantissa(), scale_, !negative_); }
decimal decimal::abs() const noexcept { return from_parts(mantissa(), scale_, false); }

decimal decimal::normalized() const noexcept {
  u128 rest = mantissa();
  if (rest == 0) return {};
  unsigned scale = scale_;
  for (; scale > 0 && rest % 10 == 0; --scale) rest /= 10;
  return from_parts(rest, scale, negative_);
}

decimal decimal::truncated() const noexcept {
  return from_parts(mantissa() / power_of_ten(scale_), 0, negative_);
}

decimal decimal::floor() const noexcept {
  const u128 power = power_of_ten(scale_);
  const u128 up = negative_ && mantissa() % power != 0 ? 1 : 0;
  return from_parts(mantissa() / power + up, 0, negative_);
}

decimal decimal::ceil() const noexcept {
  const u128 power = power_of_ten(scale_);
  const u128 up = !negative_ && mantissa() % power != 0 ? 1 : 0;
  return from_parts(mantissa() / power + up, 0, negative_);
}

decimal decimal::rounded(unsigned digits) const noexcept {
  if (scale_ <= digits) return *this;
  const u128 power = power_of_ten(scale_ - digits);
  u128 kept = mantissa() / power;
  const u128 twice = (mantissa() % power) * 2;
  if (twice > power || (twice == power && kept % 2 == 1)) ++kept;
  return from_parts(kept, digits, negative_);
}

}  // namespace spooky
