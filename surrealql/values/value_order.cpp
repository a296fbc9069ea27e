#include "surrealql/values/value.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace spooky {
namespace {

using std::strong_ordering;

/// Where a NaN stands among the numbers: after all of them, or before if its sign bit is set, as in
/// what x86 makes of 0/0. Zero for what is no NaN.
int nan_side(double v) noexcept { return !std::isnan(v) ? 0 : std::signbit(v) ? -1 : 1; }

/// -0.0 equals 0; NaNs of one sign are equal.
strong_ordering compare_doubles(double a, double b) noexcept {
  if (a < b) return strong_ordering::less;
  if (a > b) return strong_ordering::greater;
  if (a == b) return strong_ordering::equal;
  return nan_side(a) <=> nan_side(b);
}

__int128 to_int128(double v) noexcept {
  constexpr double limit = 1.7e38;
  if (v > limit) return static_cast<__int128>(limit);
  if (v < -limit) return static_cast<__int128>(-limit);
  return static_cast<__int128>(v);
}

strong_ordering compare_int_double(std::int64_t a, double b) noexcept {
  if (std::isnan(b)) return 0 <=> nan_side(b);
  if (std::isinf(b)) return std::signbit(b) ? strong_ordering::greater : strong_ordering::less;
  const __int128 whole = to_int128(b);
  if (a != whole) return a < whole ? strong_ordering::less : strong_ordering::greater;
  return compare_doubles(0.0, b - std::trunc(b));
}

strong_ordering sign_of(bool negative) noexcept {
  return negative ? strong_ordering::less : strong_ordering::greater;
}

/// The engine compares the fractions digit group by digit group, the float's rounded to a double at
/// each step; that is what makes 0.1 equal 0.1dec, so it is followed step by step.
strong_ordering compare_fractions(double a, decimal b) noexcept {
  constexpr std::int64_t multiplier = 9'007'199'254'740'000;
  constexpr int rounds = 12;
  const decimal factor(multiplier);
  for (int i = 0; i < rounds; ++i) {
    a *= static_cast<double>(multiplier);
    auto product = decimal::multiply(b, factor);
    if (!product) return sign_of(!b.negative());
    b = *product;
    const auto whole = b.to_integer();
    if (!whole) return sign_of(!b.negative());
    const auto left = static_cast<std::int64_t>(a);
    if (left != *whole) return left <=> *whole;
    a -= std::trunc(a);
    b = decimal::subtract(b, b.truncated()).value_or(decimal());
    if (a == 0.0 && b.is_zero()) return strong_ordering::equal;
    if (a == 0.0) return sign_of(!b.negative());
    if (b.is_zero()) return sign_of(std::signbit(a));
  }
  return strong_ordering::equal;
}

strong_ordering compare_double_decimal(double a, const decimal& b) noexcept {
  if (std::isnan(a)) return nan_side(a) <=> 0;
  if (std::isinf(a)) return sign_of(std::signbit(a));
  const decimal whole = b.truncated();
  auto right = static_cast<__int128>(whole.mantissa());
  if (whole.negative()) right = -right;
  const __int128 left = to_int128(a);
  if (left != right) return left < right ? strong_ordering::less : strong_ordering::greater;
  return compare_fractions(a - std::trunc(a), decimal::subtract(b, whole).value_or(decimal()));
}

strong_ordering reversed(strong_ordering order) noexcept { return 0 <=> order; }

strong_ordering compare_numbers(const value& a, const value& b) noexcept {
  switch (a.type()) {
    case value_type::integer:
      if (b.type() == value_type::integer) return a.as_integer() <=> b.as_integer();
      if (b.type() == value_type::floating)
        return compare_int_double(a.as_integer(), b.as_floating());
      return decimal(a.as_integer()) <=> b.as_decimal();
    case value_type::floating:
      if (b.type() == value_type::integer)
        return reversed(compare_int_double(b.as_integer(), a.as_floating()));
      if (b.type() == value_type::floating)
        return compare_doubles(a.as_floating(), b.as_floating());
      return compare_double_decimal(a.as_floating(), b.as_decimal());
    default:
      if (b.type() == value_type::integer) return a.as_decimal() <=> decimal(b.as_integer());
      if (b.type() == value_type::floating)
        return reversed(compare_double_decimal(b.as_floating(), a.as_decimal()));
      return a.as_decimal() <=> b.as_decimal();
  }
}

strong_ordering compare_text(std::string_view a, std::string_view b) noexcept {
  return a.compare(b) <=> 0;
}

strong_ordering compare_arrays(const array& a, const array& b) noexcept {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (const auto order = a[i] <=> b[i]; order != 0) return order;
  }
  return a.size() <=> b.size();
}

strong_ordering compare_objects(const object& a, const object& b) noexcept {
  auto left = a.begin();
  auto right = b.begin();
  for (; left != a.end() && right != b.end(); ++left, ++right) {
    if (const auto order = compare_text(left->first, right->first); order != 0) return order;
    if (const auto order = left->second <=> right->second; order != 0) return order;
  }
  return a.size() <=> b.size();
}

strong_ordering compare_geometries(const geometry& a, const geometry& b) noexcept {
  if (a.type != b.type) return a.type <=> b.type;
  const std::size_t positions = std::min(a.positions.size(), b.positions.size());
  for (std::size_t i = 0; i < positions; ++i) {
    if (const auto order = compare_doubles(a.positions[i].first, b.positions[i].first); order != 0)
      return order;
    if (const auto order = compare_doubles(a.positions[i].second, b.positions[i].second);
        order != 0)
      return order;
  }
  if (a.positions.size() != b.positions.size()) return a.positions.size() <=> b.positions.size();
  const std::size_t parts = std::min(a.parts.size(), b.parts.size());
  for (std::size_t i = 0; i < parts; ++i) {
    if (const auto order = compare_geometries(a.parts[i], b.parts[i]); order != 0) return order;
  }
  return a.parts.size() <=> b.parts.size();
}

/// Numbers of all three kinds share one rank.
unsigned rank(value_type type) noexcept {
  if (type == value_type::floating || type == value_type::decimal)
    return static_cast<unsigned>(value_type::integer);
  return static_cast<unsigned>(type);
}

strong_ordering compare_same_rank(const value& a, const value& b) noexcept {
  switch (a.type()) {
    case value_type::none:
    case value_type::null:
      return strong_ordering::equal;
    case value_type::boolean:
      return a.as_bool() <=> b.as_bool();
    case value_type::integer:
    case value_type::floating:
    case value_type::decimal:
      return compare_numbers(a, b);
    case value_type::string:
    case value_type::table:
    case value_type::bytes:
    case value_type::regex:
      return compare_text(a.as_string(), b.as_string());
    case value_type::duration:
      return a.as_duration() <=> b.as_duration();
    case value_type::datetime:
      return a.as_datetime() <=> b.as_datetime();
    case value_type::uuid:
      return a.as_uuid() <=> b.as_uuid();
    case value_type::array:
    case value_type::set:
      return compare_arrays(a.as_array(), b.as_array());
    case value_type::object:
      return compare_objects(a.as_object(), b.as_object());
    case value_type::geometry:
      return compare_geometries(a.as_geometry(), b.as_geometry());
    case value_type::record:
      return a.as_record() <=> b.as_record();
    case value_type::file:
      return a.as_file() <=> b.as_file();
    case value_type::range:
      return a.as_range() <=> b.as_range();
    case value_type::closure:
      if (a.as_closure() == b.as_closure()) return strong_ordering::equal;
      return a.as_closure()->text() <=> b.as_closure()->text();
  }
  return strong_ordering::equal;
}

// -- hashing ------------------------------------------------------------------------------------

std::size_t mix(std::uint64_t x) noexcept {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

std::size_t combine(std::size_t seed, std::size_t next) noexcept {
  return mix(seed ^ (next + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2)));
}

std::size_t hash_text(std::string_view text) noexcept {
  return std::hash<std::string_view>{}(text);
}

std::size_t hash_integer(std::int64_t v) noexcept {
  return mix(static_cast<std::uint64_t>(v) + 0x9e3779b97f4a7c15ULL);
}

std::size_t hash_double(double v) noexcept {
  constexpr double int_limit = 9223372036854775808.0;
  if (v == std::trunc(v) && v >= -int_limit && v < int_limit)
    return hash_integer(static_cast<std::int64_t>(v));
  std::uint64_t bits = 0;
  std::memcpy(&bits, &v, sizeof bits);
  return mix(bits);
}

std::size_t hash_decimal(const decimal& v) noexcept {
  const decimal plain = v.normalized();
  if (plain.scale() == 0) {
    if (const auto whole = plain.to_integer()) return hash_integer(*whole);
  }
  return hash_double(v.to_double());
}

std::size_t hash_geometry(const geometry& shape) noexcept {
  auto seed = static_cast<std::size_t>(shape.type);
  for (const auto& [x, y] : shape.positions) {
    seed = combine(combine(seed, hash_double(x)), hash_double(y));
  }
  for (const auto& part : shape.parts) seed = combine(seed, hash_geometry(part));
  return seed;
}

std::size_t hash_bound(const range_bound& bound) noexcept {
  return combine(static_cast<std::size_t>(bound.type), bound.at.hash());
}

}  // namespace

bool operator==(const value& a, const value& b) noexcept {
  if (a.type_ == b.type_) {
    switch (a.type_) {
      case value_type::none:
      case value_type::null:
        return true;
      case value_type::boolean:
      case value_type::integer:
        return a.payload_.integer == b.payload_.integer;
      case value_type::string:
        return a.as_string() == b.as_string();
      default:
        break;
    }
    if (a.boxed() && a.payload_.box == b.payload_.box) return true;
  } else if (rank(a.type_) != rank(b.type_)) {
    return false;
  }
  return compare_same_rank(a, b) == 0;
}

std::strong_ordering operator<=>(const value& a, const value& b) noexcept {
  if (a.type_ == b.type_) {
    if (a.type_ == value_type::integer) return a.payload_.integer <=> b.payload_.integer;
    if (a.boxed() && a.payload_.box == b.payload_.box) return strong_ordering::equal;
    return compare_same_rank(a, b);
  }
  const unsigned left = rank(a.type_);
  const unsigned right = rank(b.type_);
  return left == right ? compare_same_rank(a, b) : left <=> right;
}

bool value::truthy() const noexcept {
  switch (type_) {
    case value_type::boolean:
      return as_bool();
    case value_type::integer:
      return payload_.integer != 0;
    case value_type::floating:
      return payload_.floating != 0.0;
    case value_type::decimal:
      return !as_decimal().is_zero();
    case value_type::string:
    case value_type::bytes:
      return !as_string().empty();
    case value_type::duration:
      return payload_.bits != 0 || nanos_ != 0;
    case value_type::array:
    case value_type::set:
      return !as_array().empty();
    case value_type::object:
      return !as_object().empty();
    case value_type::datetime:
    case value_type::uuid:
    case value_type::geometry:
    case value_type::record:
      return true;
    case value_type::none:
    case value_type::null:
    case value_type::table:
    case value_type::file:
    case value_type::regex:
    case value_type::range:
    case value_type::closure:
      return false;
  }
  return false;
}

std::size_t value::hash() const noexcept {
  const auto seed = static_cast<std::size_t>(rank(type_));
  switch (type_) {
    case value_type::none:
    case value_type::null:
      return mix(seed);
    case value_type::boolean:
      return combine(seed, payload_.bits);
    case value_type::integer:
      return hash_integer(payload_.integer);
    case value_type::floating:
      return hash_double(payload_.floating);
    case value_type::decimal:
      return hash_decimal(as_decimal());
    case value_type::string:
    case value_type::table:
    case value_type::bytes:
    case value_type::regex:
      return combine(seed, hash_text(as_string()));
    case value_type::duration:
    case value_type::datetime:
      return combine(combine(seed, payload_.bits), nanos_);
    case value_type::uuid: {
      const auto id = as_uuid();
      return combine(seed, hash_text({reinterpret_cast<const char*>(id.bytes.data()), 16}));
    }
    case value_type::array:
    case value_type::set: {
      std::size_t all = seed;
      for (const auto& item : as_array()) all = combine(all, item.hash());
      return all;
    }
    case value_type::object: {
      std::size_t all = seed;
      for (const auto& [name, member] : as_object())
        all = combine(combine(all, hash_text(name)), member.hash());
      return all;
    }
    case value_type::geometry:
      return combine(seed, hash_geometry(as_geometry()));
    case value_type::record:
      return as_record().hash();
    case value_type::file: {
      const auto [bucket, key] = as_file();
      return combine(combine(seed, hash_text(bucket)), hash_text(key));
    }
    case value_type::range:
      return combine(combine(seed, hash_bound(as_range().begin)), hash_bound(as_range().end));
    case value_type::closure:
      return seed;
  }
  return seed;
}

std::size_t record_id::hash() const noexcept { return combine(hash_text(table), key.hash()); }

}  // namespace spooky
