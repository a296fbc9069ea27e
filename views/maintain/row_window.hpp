#pragma once

#include "views/maintain/source_roots.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace spooky::views {

/// START and LIMIT of a view, and the roots it shows within them.
class row_window {
 public:
  row_window(std::size_t start, std::size_t limit) : start_(start), limit_(limit) {}

  std::size_t start() const noexcept { return start_; }
  std::size_t limit() const noexcept { return limit_; }
  std::size_t end() const noexcept { return start_ + limit_; }

  /// The roots shown, in result order.
  const std::vector<std::uint32_t>& shown() const noexcept { return shown_; }
  /// Shows others from now on and gives those shown before.
  std::vector<std::uint32_t> show(std::vector<std::uint32_t> roots) {
    return std::exchange(shown_, std::move(roots));
  }

  /// Whether a root that failed makes the whole SELECT fail. A row that was only not projected
  /// counts where it is shown; a row of unknown place wherever SurrealDB would have looked at it:
  /// anywhere if it must sort, else up to the window's last row.
  bool counts_failure(std::uint32_t root, bool only_projecting, bool ordered,
                      const source_roots& roots) const;

 private:
  std::size_t start_;
  std::size_t limit_;
  std::vector<std::uint32_t> shown_;
};

/// What leads from one window's roots to another's.
struct window_change {
  std::vector<std::uint32_t> left;  ///< in the old order
  std::vector<bool> entered;        ///< for each of the new ones whether it was not there before
  /// Something entered, or what stayed changed places: the order must be told anew.
  bool reordered = false;
};

/// O(n log n) of the windows' size.
window_change compare_windows(const std::vector<std::uint32_t>& before,
                              const std::vector<std::uint32_t>& now);

}  // namespace spooky::views
