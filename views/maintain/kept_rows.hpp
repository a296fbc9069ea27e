#pragma once

#include "views/maintain/row_outcome.hpp"
#include "views/structures/flat_index.hpp"
#include "views/tables/store.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace spooky::views {

/// A root's last outcome. Most rows read nothing else and cannot fail: these have no details.
struct kept_row {
  std::uint32_t root = 0;
  bool member : 1 = false;
  std::uint32_t bytes : 31 = 0;
  value row;
  value key;
  std::uint64_t version = 0;
  std::unique_ptr<row_details> more;

  const std::vector<related_row>& related() const noexcept;
};

/// What a new outcome of a root changed.
struct row_transition {
  std::uint32_t root = 0;
  bool was = false;
  bool is = false;
  bool differs = false;         ///< content or version, where it was and is
  std::size_t rank_before = 0;  ///< filled where ranks are compared
  std::vector<related_row> related_before;
};

/// The roots a row_view keeps: the members, and others whose reads could make them members.
/// Look-up and change in O(1). References to rows end with the next change.
class kept_rows {
 public:
  kept_row* find(std::uint32_t root);
  const kept_row* find(std::uint32_t root) const;
  kept_row& find_or_make(std::uint32_t root);
  /// Puts an outcome in place of the last one and registers what it read under view and root; what
  /// does not stay is forgotten. `change` comes empty.
  void put(kept_row& kept, row_outcome&& outcome, store& tables, std::uint32_t view,
           row_transition& change);
  /// Forgets a root and takes its reads back.
  void forget(kept_row& kept, store& tables, std::uint32_t view);
  /// Takes every read back.
  void release_reads(store& tables, std::uint32_t view);

  /// All places, also free ones: these are no members and have no details.
  const std::vector<kept_row>& places() const noexcept { return places_; }
  std::size_t members() const noexcept { return members_; }
  /// Rows that are shown below members.
  std::size_t related() const noexcept { return related_; }
  std::size_t bytes() const noexcept { return bytes_; }
  /// The roots whose evaluation failed, in no particular order.
  const std::vector<std::uint32_t>& failing() const noexcept { return failing_; }

 private:
  flat_index by_root_;
  std::vector<kept_row> places_;
  std::vector<std::uint32_t> free_;
  std::size_t members_ = 0;
  std::size_t related_ = 0;
  std::size_t bytes_ = 0;
  std::vector<std::uint32_t> failing_;
};

}  // namespace spooky::views
