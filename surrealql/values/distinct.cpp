#include "surrealql/values/distinct.hpp"

#include <algorithm>
#include <cmath>

namespace spooky::surrealql {

namespace {

constexpr double hashed_fractions = 1024;  // 2 to the power of ten binary digits

/// @pre a == b.
bool hash_alike(const value& a, const value& b) noexcept;

/// A float beside an equal decimal.
bool float_beside_decimal(const value& a, const value& b) noexcept {
  const auto& number = a.type() == value_type::floating ? a : b;
  const auto& other = &number == &a ? b : a;
  if (number.type() != value_type::floating || other.type() != value_type::decimal) return true;
  const double scaled = number.as_floating() * hashed_fractions;
  return std::trunc(scaled) == scaled;
}

bool members_alike(const object& a, const object& b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return hash_alike(x.second, y.second); });
}

bool hash_alike(const value& a, const value& b) noexcept {
  if (a.is_array() && b.is_array())
    return std::equal(a.as_array().begin(), a.as_array().end(), b.as_array().begin(),
                      b.as_array().end(), hash_alike);
  if (a.is_object() && b.is_object()) return members_alike(a.as_object(), b.as_object());
  return float_beside_decimal(a, b);
}

}  // namespace

bool distinct_equal::operator()(const value& a, const value& b) const noexcept {
  return a == b && hash_alike(a, b);
}

}  // namespace spooky::surrealql
