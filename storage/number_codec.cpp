#include "storage/number_codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

namespace spooky::storage {
namespace {

/// First byte of a number.
enum class number_class : unsigned char {
  minus_infinity = 1,
  negative,
  zero,
  positive,
  infinity,
  nan,
};

/// Last byte: the type, for numbers that are otherwise equal.
enum class number_type : unsigned char { integer = 1, floating, decimal };

constexpr int exponent_bias = 0x8000;

error malformed() { return fail(errc::corrupt, "a stored key holds a malformed number"); }

/// A finite number's size as 0.<digits> * 10^exponent, without leading or trailing zeros.
struct magnitude {
  std::string digits;  ///< empty: zero
  int exponent = 0;

  void trim() {
    const std::size_t first = digits.find_first_not_of('0');
    if (first == std::string::npos) {
      *this = {};
      return;
    }
    digits.erase(0, first);
    exponent -= static_cast<int>(first);
    digits.erase(digits.find_last_not_of('0') + 1);
  }
};

magnitude whole(unsigned __int128 v, int scale) {
  magnitude m;
  for (; v != 0; v /= 10) m.digits += static_cast<char>('0' + static_cast<int>(v % 10));
  std::reverse(m.digits.begin(), m.digits.end());
  m.exponent = static_cast<int>(m.digits.size()) - scale;
  m.trim();
  return m;
}

/// Shortest digits that give the double back, as SurrealDB compares floats with decimals; exact
/// from 2^53 on, as it compares them with ints.
magnitude of_double(double v) {
  constexpr double exact_from = 9007199254740992.0;
  std::array<char, 400> text;
  magnitude m;
  if (v >= exact_from) {
    const auto [end, code] =
        std::to_chars(text.data(), text.data() + text.size(), v, std::chars_format::fixed, 0);
    m.digits.assign(text.data(), end);
    m.exponent = static_cast<int>(m.digits.size());
  } else {
    const auto [end, code] =
        std::to_chars(text.data(), text.data() + text.size(), v, std::chars_format::scientific);
    const std::string_view all(text.data(), static_cast<std::size_t>(end - text.data()));
    const std::size_t e = all.find('e');
    for (const char c : all.substr(0, e)) {
      if (c != '.') m.digits += c;
    }
    const char* exponent_text = all.data() + e + (all[e + 1] == '+' ? 2 : 1);
    std::from_chars(exponent_text, end, m.exponent);
    m.exponent += 1;
  }
  m.trim();
  return m;
}

void append_magnitude(std::string& out, const magnitude& m, bool negative) {
  const std::size_t start = out.size();
  const int biased = m.exponent + exponent_bias;
  append_big_endian(out, static_cast<std::uint64_t>(biased), 2);
  for (std::size_t i = 0; i < m.digits.size(); i += 2) {
    const int tens = m.digits[i] - '0';
    const int ones = i + 1 < m.digits.size() ? m.digits[i + 1] - '0' : 0;
    out += static_cast<char>(1 + tens * 10 + ones);
  }
  out += '\0';
  if (!negative) return;
  for (std::size_t i = start; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
}

result<magnitude> take_magnitude(std::string_view& in, bool negative) {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(negative ? ~in[i] : in[i]);
  };
  if (in.size() < 3) return malformed();
  magnitude m;
  m.exponent = (byte(0) << 8 | byte(1)) - exponent_bias;
  std::size_t at = 2;
  for (; at < in.size() && byte(at) != 0; ++at) {
    const int pair = byte(at) - 1;
    if (pair > 99) return malformed();
    m.digits += static_cast<char>('0' + pair / 10);
    m.digits += static_cast<char>('0' + pair % 10);
  }
  if (at == in.size() || m.digits.empty()) return malformed();
  in.remove_prefix(at + 1);
  return m;
}

result<value> to_integer(const magnitude& m, bool negative) {
  if (m.exponent < 0 || m.exponent > 19) return malformed();
  std::string text =
      (negative ? "-" : "") + m.digits.substr(0, static_cast<std::size_t>(m.exponent));
  if (const int missing = m.exponent - static_cast<int>(m.digits.size()); missing > 0) {
    text.append(static_cast<std::size_t>(missing), '0');
  }
  std::int64_t v = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (code != std::errc{}) return malformed();
  return value::integer(v);
}

result<value> to_floating(const magnitude& m, bool negative) {
  const std::string text = (negative ? "-0." : "0.") + m.digits + "e" + std::to_string(m.exponent);
  double v = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (code != std::errc{}) return malformed();
  return value::floating(v);
}

result<value> to_decimal(magnitude m, bool negative) {
  m.trim();
  while (static_cast<int>(m.digits.size()) < m.exponent) m.digits += '0';
  const int scale = static_cast<int>(m.digits.size()) - m.exponent;
  if (scale > 28 || m.digits.size() > 29) return malformed();
  unsigned __int128 mantissa = 0;
  for (const char c : m.digits) mantissa = mantissa * 10 + static_cast<unsigned>(c - '0');
  if (mantissa >> 96 != 0) return malformed();
  return value(decimal::from_parts(mantissa, static_cast<unsigned>(scale), negative));
}

void append_class(std::string& out, number_class c) { out += static_cast<char>(c); }

void append_finite(std::string& out, const magnitude& m, bool negative) {
  if (m.digits.empty()) return append_class(out, number_class::zero);
  append_class(out, negative ? number_class::negative : number_class::positive);
  append_magnitude(out, m, negative);
}

void append_floating(std::string& out, double v) {
  if (std::isnan(v)) return append_class(out, number_class::nan);
  if (std::isinf(v)) {
    return append_class(out, v < 0 ? number_class::minus_infinity : number_class::infinity);
  }
  append_finite(out, v == 0 ? magnitude{} : of_double(std::abs(v)), v < 0);
}

}  // namespace

void append_big_endian(std::string& out, std::uint64_t v, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;) out += static_cast<char>(v >> (8 * i));
}

result<std::uint64_t> take_big_endian(std::string_view& in, std::size_t bytes) {
  if (in.size() < bytes) return fail(errc::corrupt, "a stored key ends inside a number");
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < bytes; ++i) v = v << 8 | static_cast<unsigned char>(in[i]);
  in.remove_prefix(bytes);
  return v;
}

void append_double(std::string& out, double v) {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  if (v == 0) v = 0.0;
  if (std::isnan(v)) v = std::numeric_limits<double>::quiet_NaN();
  const auto bits = std::bit_cast<std::uint64_t>(v);
  append_big_endian(out, (bits & sign) != 0 ? ~bits : bits | sign, 8);
}

result<double> take_double(std::string_view& in) {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  SPOOKY_ASSIGN(const std::uint64_t bits, take_big_endian(in, 8));
  return std::bit_cast<double>((bits & sign) != 0 ? bits & ~sign : ~bits);
}

void append_number(std::string& out, const value& number) {
  number_type type = number_type::integer;
  switch (number.type()) {
    case value_type::floating:
      append_floating(out, number.as_floating());
      type = number_type::floating;
      break;
    case value_type::decimal: {
      const decimal& d = number.as_decimal();
      append_finite(out, whole(d.mantissa(), static_cast<int>(d.scale())), d.negative());
      type = number_type::decimal;
      break;
    }
    default: {
      const std::int64_t v = number.as_integer();
      const auto size = v < 0 ? 0 - static_cast<std::uint64_t>(v) : static_cast<std::uint64_t>(v);
      append_finite(out, whole(size, 0), v < 0);
      break;
    }
  }
  out += static_cast<char>(type);
}

result<value> take_number(std::string_view& in) {
  if (in.empty()) return malformed();
  const auto kind = static_cast<number_class>(in.front());
  in.remove_prefix(1);
  const bool negative = kind == number_class::negative;
  magnitude m;
  if (negative || kind == number_class::positive) {
    SPOOKY_ASSIGN(m, take_magnitude(in, negative));
  } else if (kind < number_class::minus_infinity || kind > number_class::nan) {
    return malformed();
  }
  if (in.empty()) return malformed();
  const auto type = static_cast<number_type>(in.front());
  in.remove_prefix(1);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (type == number_type::floating) {
    if (kind == number_class::minus_infinity) return value::floating(-infinity);
    if (kind == number_class::infinity) return value::floating(infinity);
    if (kind == number_class::nan) {
      return value::floating(std::numeric_limits<double>::quiet_NaN());
    }
    if (kind == number_class::zero) return value::floating(0.0);
    return to_floating(m, negative);
  }
  if (kind == number_class::minus_infinity || kind >= number_class::infinity) return malformed();
  if (type == number_type::integer) {
    if (kind == number_class::zero) return value::integer(0);
    return to_integer(m, negative);
  }
  if (type != number_type::decimal) return malformed();
  if (kind == number_class::zero) return value(decimal());
  return to_decimal(std::move(m), negative);
}

}  // namespace spooky::storage
