#pragma once

#include "surrealql/values/value.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spooky::views {

/// One end of an interval over SurrealDB's total order of values.
struct interval_end {
  enum class kind : std::uint8_t { unbounded, included, excluded };
  kind type = kind::unbounded;
  value at;
};

/// The values between two ends.
struct interval {
  interval_end low, high;

  bool contains(const value& v) const;
  /// The values in both. May be empty.
  static interval intersect(const interval& a, const interval& b);
};

/// Intervals with a number each, answering "which contain this value?" in O(log n + answers): a
/// treap ordered by low end, each node knowing the highest end below it (an interval tree, Cormen
/// et al., chapter 14). Priorities come from a fixed generator, so that runs repeat exactly.
class interval_index {
 public:
  bool empty() const noexcept { return root_ == none; }
  std::size_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return nodes_.capacity() * sizeof(node); }

  void insert(interval range, std::uint32_t number);
  /// Removes that interval of that number. True if it was there.
  bool erase(const interval& range, std::uint32_t number);

  /// Calls found(number) for each interval that contains v.
  template <class Found>
  void stab(const value& v, Found&& found) const {
    stab(root_, v, found);
  }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  struct node {
    interval range;
    interval_end highest;  ///< the highest `range.high` in this subtree
    std::uint32_t number = 0;
    std::uint32_t priority = 0;
    std::uint32_t left = none, right = none;
  };

  template <class Found>
  void stab(std::uint32_t at, const value& v, Found& found) const {
    while (at != none) {
      const node& n = nodes_[at];
      if (!reaches(n.highest, v)) return;
      stab(n.left, v, found);
      if (!starts_before(n.range.low, v)) return;
      if (reaches(n.range.high, v)) found(n.number);
      at = n.right;
    }
  }

  static bool starts_before(const interval_end& low, const value& v);
  static bool reaches(const interval_end& high, const value& v);

  bool less(const node& a, const node& b) const;
  void refresh(std::uint32_t at);
  std::uint32_t merge(std::uint32_t left, std::uint32_t right);
  /// Splits into nodes before `pivot` and the rest.
  void split(std::uint32_t at, const node& pivot, std::uint32_t& left, std::uint32_t& right);
  std::uint32_t erase_in(std::uint32_t at, const node& target, bool& erased);

  std::vector<node> nodes_;
  std::vector<std::uint32_t> free_;
  std::uint32_t root_ = none;
  std::size_t size_ = 0;
  std::uint64_t generator_ = 0x2545F4914F6CDD1DULL;
};

}  // namespace spooky::views
