#pragma once

#include "surrealql/values/value.hpp"
#include "views/maintain/source_roots.hpp"
#include "views/structures/sorted_chunks.hpp"
#include "views/tables/row_order.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace spooky::views {

/// A view's members in the order of its ORDER BY, equal ones (without ORDER BY: all) in the order
/// of the scan.
class row_sequence {
 public:
  using entry = std::pair<value, std::uint32_t>;  ///< sort key and root
  static constexpr auto unlimited = static_cast<std::size_t>(-1);

  /// Both outlive the sequence.
  row_sequence(const row_order& order, const source_roots& roots)
      : entries_(by_order{&order, &roots}) {}

  std::size_t size() const noexcept { return entries_.size(); }
  const entry& back() const { return entries_.back(); }
  /// How many come before the member. O(n / chunk), as sorted_chunks says.
  std::size_t rank(const value& key, std::uint32_t root) const;

  /// Takes a root from the place of one key to that of another; null: it is no member before, or
  /// after.
  void move(std::uint32_t root, const value* before, const value* after);
  /// The roots from a rank on, at most `limit` of them.
  std::vector<std::uint32_t> slice(std::size_t start, std::size_t limit) const;
  /// Drops all but the first `count` and names them. @pre there are as many.
  std::vector<std::uint32_t> keep_first(std::size_t count);

 private:
  struct by_order {
    const row_order* order;
    const source_roots* roots;
    bool operator()(const entry& a, const entry& b) const;
  };

  sorted_chunks<entry, by_order> entries_;
};

/// Where a member stood before and after a step, if it was one.
struct rank_change {
  std::optional<std::size_t> before;
  std::optional<std::size_t> after;
};

/// Whether, of the members that stay, some changed places among each other. `changes` has
/// everything that came, went or may have moved. O(n log n).
bool survivors_moved(const std::vector<rank_change>& changes);

}  // namespace spooky::views
