#pragma once

#include "surrealql/values/result.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace spooky {

/// SurrealDB's decimal: a 96-bit integer mantissa, a sign and a scale of 0 to 28 digits after the
/// point. Arithmetic rounds half to even where 28 digits do not suffice, as the engine's does.
class decimal {
 public:
  decimal() = default;
  explicit decimal(std::int64_t v) noexcept;

  /// Reads "12.50", "-3", "1e3" and drops trailing zeros, as the engine does with a literal. Digits
  /// beyond the 28th are rounded half up. Fails on anything else or out of range.
  static result<decimal> parse(std::string_view text);
  /// As parse(), but keeps trailing zeros: "2.50" stays "2.50". For codecs that must round-trip.
  static result<decimal> parse_exact(std::string_view text);
  /// The decimal of 15 to 16 significant digits next to `v`, so that 0.1 gives 0.1, as the engine
  /// converts; fails on NaN, infinity or a magnitude that does not fit.
  static result<decimal> from_double(double v);

  std::string to_string() const;  ///< all digits of the scale: 1.5dec * 2dec is "3.0"
  double to_double() const noexcept;
  /// The integer part; fails if it does not fit.
  result<std::int64_t> to_integer() const;

  bool is_zero() const noexcept { return lo_ == 0 && hi_ == 0; }
  bool negative() const noexcept { return negative_; }
  unsigned scale() const noexcept { return scale_; }
  unsigned __int128 mantissa() const noexcept {
    return (static_cast<unsigned __int128>(hi_) << 64) | lo_;
  }

  decimal operator-() const noexcept;
  decimal abs() const noexcept;
  decimal normalized() const noexcept;  ///< without trailing zeros
  decimal truncated() const noexcept;   ///< the integer part, towards zero
  decimal floor() const noexcept;
  decimal ceil() const noexcept;
  /// Rounded half to even to at most `digits` after the point.
  decimal rounded(unsigned digits) const noexcept;

  // Each fails with evaluation_error on overflow; divide and remainder also on a zero divisor.
  static result<decimal> add(const decimal& a, const decimal& b);
  static result<decimal> subtract(const decimal& a, const decimal& b);
  static result<decimal> multiply(const decimal& a, const decimal& b);
  static result<decimal> divide(const decimal& a, const decimal& b);
  static result<decimal> remainder(const decimal& a, const decimal& b);

  friend bool operator==(const decimal& a, const decimal& b) noexcept {
    return (a <=> b) == std::strong_ordering::equal;
  }
  friend std::strong_ordering operator<=>(const decimal& a, const decimal& b) noexcept;

  /// Builds from parts; mantissa below 2^96, scale at most 28.
  static decimal from_parts(unsigned __int128 mantissa, unsigned scale, bool negative) noexcept;

 private:
  std::uint64_t lo_ = 0;
  std::uint32_t hi_ = 0;
  std::uint8_t scale_ = 0;
  bool negative_ = false;
};

}  // namespace spooky
