#pragma once

#include "views/structures/flat_index.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace spooky::views {

/// A set of 64-bit numbers: a plain vector while small, a vector with a hash index beyond. Insert
/// and erase O(1); iteration is over a vector, in an order that depends only on the operations.
class number_set {
 public:
  bool empty() const noexcept { return items_.empty(); }
  std::size_t size() const noexcept { return items_.size(); }
  auto begin() const noexcept { return items_.begin(); }
  auto end() const noexcept { return items_.end(); }
  std::size_t bytes() const noexcept { return items_.capacity() * 8 + index_.bytes(); }

  /// True if it was not there yet.
  bool insert(std::uint64_t number) {
    if (position(number) != flat_index::absent) return false;
    items_.push_back(number);
    const auto last = static_cast<std::uint32_t>(items_.size() - 1);
    if (index_.size() != 0) {
      index_.insert(number, last);
    } else if (items_.size() > small) {
      for (std::uint32_t i = 0; i <= last; ++i) index_.insert(items_[i], i);
    }
    return true;
  }

  /// True if it was there.
  bool erase(std::uint64_t number) {
    const std::uint32_t at = position(number);
    if (at == flat_index::absent) return false;
    const auto last = static_cast<std::uint32_t>(items_.size() - 1);
    if (index_.size() != 0) {
      index_.erase(number, at);
      if (at != last) {
        index_.erase(items_[last], last);
        index_.insert(items_[last], at);
      }
    }
    items_[at] = items_[last];
    items_.pop_back();
    if (items_.size() <= small / 2) index_.clear();
    return true;
  }

 private:
  static constexpr std::size_t small = 16;

  std::uint32_t position(std::uint64_t number) const {
    if (index_.size() != 0)
      return index_.find(number, [&](std::uint32_t i) { return items_[i] == number; });
    const auto found = std::find(items_.begin(), items_.end(), number);
    return found == items_.end() ? flat_index::absent
                                 : static_cast<std::uint32_t>(found - items_.begin());
  }

  std::vector<std::uint64_t> items_;
  flat_index index_;
};

}  // namespace spooky::views
