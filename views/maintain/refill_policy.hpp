#pragma once

#include <algorithm>
#include <cstddef>

namespace spooky::views {

/// How many rows a view keeps that shows the first ones of a long order: twice its window, so that
/// as many may leave before it has to look for others.
class refill_policy {
 public:
  /// Beyond this window a refilled buffer saves nothing over keeping all rows in order.
  static constexpr std::size_t largest_window = 10'000;

  /// `window`: rows from the order's first to the last one shown.
  explicit constexpr refill_policy(std::size_t window) : window_(window) {}

  /// The buffer's size after a refill.
  constexpr std::size_t target() const noexcept { return 2 * (window_ + 16); }
  /// Whether there are too few rows to show, if there are more.
  constexpr bool due(std::size_t rows) const noexcept {
    return rows < std::max<std::size_t>(window_, 1);
  }
  constexpr bool full(std::size_t rows) const noexcept { return rows >= target(); }
  constexpr bool overfull(std::size_t rows) const noexcept { return rows > target(); }
  /// How many rows an overfull buffer goes back to: below the target, so that the next row to
  /// arrive does not overfill it again.
  constexpr std::size_t keep() const noexcept { return target() - window_ / 2; }

 private:
  std::size_t window_;
};

}  // namespace spooky::views
