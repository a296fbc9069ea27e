#include "surrealql/values/decimal.hpp"
#include "surrealql/values/decimal_parts.hpp"

#include <algorithm>

namespace spooky {
namespace {

using detail::mantissa_limit;
using detail::max_scale;
using detail::power_of_ten;
using detail::u128;

/// An unsigned 256-bit integer: wide enough for any product or alignment of two mantissas.
struct wide {
  u128 hi = 0;
  u128 lo = 0;

  friend bool operator==(const wide&, const wide&) = default;
  friend auto operator<=>(const wide&, const wide&) = default;
};

wide multiply_full(u128 a, u128 b) noexcept {
  constexpr u128 mask = ~std::uint64_t{0};
  const u128 ll = (a & mask) * (b & mask);
  const u128 lh = (a & mask) * (b >> 64);
  const u128 hl = (a >> 64) * (b & mask);
  const u128 middle = (ll >> 64) + (lh & mask) + (hl & mask);
  return {(a >> 64) * (b >> 64) + (lh >> 64) + (hl >> 64) + (middle >> 64),
          (middle << 64) | (ll & mask)};
}

wide sum(const wide& a, const wide& b) noexcept {
  const u128 lo = a.lo + b.lo;
  return {a.hi + b.hi + (lo < a.lo ? 1 : 0), lo};
}

wide difference(const wide& a, const wide& b) noexcept {
  return {a.hi - b.hi - (a.lo < b.lo ? 1 : 0), a.lo - b.lo};
}

/// Divides in place by ten, returns the digit that fell off.
unsigned divide_by_ten(wide& v) noexcept {
  const u128 hi = v.hi / 10;
  u128 rest = v.hi % 10;
  const u128 upper = (rest << 64) | (v.lo >> 64);
  rest = upper % 10;
  const u128 lower = (rest << 64) | (v.lo & ~std::uint64_t{0});
  v = {hi, ((upper / 10) << 64) | (lower / 10)};
  return static_cast<unsigned>(lower % 10);
}

bool fits(const wide& v) noexcept { return v.hi == 0 && v.lo < mantissa_limit; }

/// Brings an exact result into 96 bits and 28 digits, rounding half to even. False on overflow.
bool fit(wide v, unsigned scale, bool negative, decimal& out) noexcept {
  bool sticky = false;
  unsigned digit = 0;
  while (scale > max_scale || !fits(v)) {
    if (scale == 0) return false;
    sticky = sticky || digit != 0;
    digit = divide_by_ten(v);
    --scale;
  }
  if (digit > 5 || (digit == 5 && (sticky || v.lo % 2 == 1))) {
    ++v.lo;
    if (!fits(v)) {
      if (scale == 0) return false;
      v.lo = v.lo / 10 + (v.lo % 10 > 5 ? 1 : 0);
      --scale;
    }
  }
  out = decimal::from_parts(v.lo, scale, negative);
  return true;
}

wide aligned(const decimal& d, unsigned scale) noexcept {
  return multiply_full(d.mantissa(), power_of_ten(scale - d.scale()));
}

error overflow(std::string_view what, const decimal& a, std::string_view joint, const decimal& b) {
  return fail(errc::evaluation_error, "Cannot " + std::string(what) + " '" + a.to_string() + "' " +
                                          std::string(joint) + " '" + b.to_string() + "'");
}

bool add_signed(const decimal& a, const decimal& b, decimal& out) noexcept {
  if (a.is_zero()) {
    out = b;
    return true;
  }
  if (b.is_zero()) {
    out = a;
    return true;
  }
  const unsigned scale = std::max(a.scale(), b.scale());
  const wide left = aligned(a, scale);
  const wide right = aligned(b, scale);
  if (a.negative() == b.negative()) return fit(sum(left, right), scale, a.negative(), out);
  if (left >= right) return fit(difference(left, right), scale, a.negative(), out);
  return fit(difference(right, left), scale, b.negative(), out);
}

// -- division -----------------------------------------------------------------------------------

/// How many digits a quotient can grow by at once: at most nine, within 28 after the point and 96
/// bits. Negative: the result cannot be brought to a scale of zero.
int growth(u128 quotient, int scale) noexcept {
  const int wanted = std::min(9, static_cast<int>(max_scale) - scale);
  int digits = wanted;
  while (digits > 0 &&
         quotient > (mantissa_limit - 1) / power_of_ten(static_cast<unsigned>(digits)))
    --digits;
  return digits < wanted && digits + scale < 0 ? -1 : digits;
}

/// Drops trailing zeros the way rust_decimal does after an inexact division: eight at once only
/// where the low 32 bits are zero, then four, two and one at most once each. 10dec/4dec is 2.50.
void drop_trailing_zeros(u128& quotient, int& scale) noexcept {
  auto drop = [&](std::uint32_t mask, int digits) {
    const u128 power = power_of_ten(static_cast<unsigned>(digits));
    if ((static_cast<std::uint32_t>(quotient) & mask) != 0 || scale < digits ||
        quotient % power != 0)
      return false;
    quotient /= power;
    scale -= digits;
    return true;
  };
  while (drop(0xffffffffU, 8)) {
  }
  drop(0xf, 4);
  drop(0x3, 2);
  drop(0x1, 1);
}

/// After growing past 96 bits: takes the last digit off again. False if there is none to take.
bool shrink(u128& quotient, int& scale, bool sticky) noexcept {
  if (--scale < 0) return false;
  const auto digit = static_cast<unsigned>(quotient % 10);
  quotient /= 10;
  if (digit > 5 || (digit == 5 && (sticky || quotient % 2 == 1))) ++quotient;
  return true;
}

bool divide_mantissas(u128 dividend, u128 divisor, int& scale, u128& quotient) noexcept {
  quotient = dividend / divisor;
  u128 rest = dividend % divisor;
  bool inexact = false;
  while (rest != 0 || scale < 0) {
    int digits = std::min(9, -scale);
    if (rest != 0) {
      inexact = true;
      digits = scale == static_cast<int>(max_scale) ? 0 : growth(quotient, scale);
      if (digits < 0) return false;
      if (digits == 0) {
        if (rest * 2 > divisor || (rest * 2 == divisor && quotient % 2 == 1)) ++quotient;
        if (quotient >= mantissa_limit && !shrink(quotient, scale, true)) return false;
        break;
      }
    }
    const u128 power = power_of_ten(static_cast<unsigned>(digits));
    if (quotient > (mantissa_limit - 1) / power) return false;
    scale += digits;
    quotient = quotient * power + rest * power / divisor;
    rest = rest * power % divisor;
    if (quotient >= mantissa_limit) {
      if (!shrink(quotient, scale, rest != 0)) return false;
      break;
    }
  }
  if (inexact) drop_trailing_zeros(quotient, scale);
  return true;
}

}  // namespace

result<decimal> decimal::add(const decimal& a, const decimal& b) {
  decimal out;
  if (!add_signed(a, b, out)) return overflow("perform addition with", a, "and", b);
  return out;
}

result<decimal> decimal::subtract(const decimal& a, const decimal& b) {
  decimal out;
  if (!add_signed(a, -b, out)) return overflow("perform subtraction with", a, "and", b);
  return out;
}

result<decimal> decimal::multiply(const decimal& a, const decimal& b) {
  if (a.is_zero() || b.is_zero()) return decimal();
  decimal out;
  if (!fit(multiply_full(a.mantissa(), b.mantissa()), a.scale() + b.scale(),
           a.negative() != b.negative(), out))
    return overflow("perform multiplication with", a, "and", b);
  return out;
}

result<decimal> decimal::divide(const decimal& a, const decimal& b) {
  if (b.is_zero()) return overflow("perform division with", a, "and", b);
  if (a.is_zero()) return decimal();
  int scale = static_cast<int>(a.scale()) - static_cast<int>(b.scale());
  u128 quotient = 0;
  if (!divide_mantissas(a.mantissa(), b.mantissa(), scale, quotient))
    return overflow("perform division with", a, "and", b);
  return from_parts(quotient, static_cast<unsigned>(scale), a.negative() != b.negative());
}

result<decimal> decimal::remainder(const decimal& a, const decimal& b) {
  if (b.is_zero()) return overflow("perform remainder with", a, "and", b);
  const auto order = a.abs() <=> b.abs();
  if (a.is_zero() || order == 0) return decimal();
  if (order < 0) return a;
  const unsigned scale = std::max(a.scale(), b.scale());
  // |a| > |b|, so a divisor that has to be scaled up still fits in 96 bits.
  const u128 divisor = b.mantissa() * power_of_ten(scale - b.scale());
  u128 rest = a.mantissa() % divisor;
  for (unsigned left = scale - a.scale(); left > 0;) {
    const unsigned step = std::min(left, 9U);
    rest = rest * power_of_ten(step) % divisor;
    left -= step;
  }
  return from_parts(rest, scale, a.negative());
}

std::strong_ordering operator<=>(const decimal& a, const decimal& b) noexcept {
  if (a.negative_ != b.negative_)
    return a.negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  const unsigned scale = std::max(a.scale(), b.scale());
  const wide left = aligned(a, scale);
  const wide right = aligned(b, scale);
  const auto order = left == right  ? std::strong_ordering::equal
                     : left < right ? std::strong_ordering::less
                                    : std::strong_ordering::greater;
  return a.negative_ ? 0 <=> order : order;
}

}  // namespace spooky
