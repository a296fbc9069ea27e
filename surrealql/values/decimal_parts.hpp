#pragma once

#include <array>
#include <cstdint>

/// Shared between decimal.cpp and decimal_arithmetic.cpp.
namespace spooky::detail {

using u128 = unsigned __int128;

inline constexpr u128 mantissa_limit = u128{1} << 96;  ///< the first mantissa that does not fit
inline constexpr unsigned max_scale = 28;

/// 10^n for n up to 38.
constexpr u128 power_of_ten(unsigned n) noexcept {
  constexpr auto powers = [] {
    std::array<u128, 39> all{};
    u128 power = 1;
    for (auto& p : all) {
      p = power;
      power *= 10;
    }
    return all;
  }();
  return powers[n];
}

}  // namespace spooky::detail
