#pragma once

#include "views/maintain/subquery_source.hpp"
#include "views/results/view_delta.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace spooky::views {

/// Where a related row appears, which is what clients know it by.
struct related_place {
  const subquery_plan* as = nullptr;
  const row_table* parent_table = nullptr;
  const row_table* table = nullptr;
  slot parent = no_slot;
  slot row = no_slot;

  static related_place of(const related_row& related) noexcept {
    return {related.as, related.parent_table, related.table, related.parent, related.row};
  }
  bool operator==(const related_place&) const noexcept = default;
};

struct related_place_hash {
  std::size_t operator()(const related_place& place) const noexcept;
};
using related_places = std::unordered_set<related_place, related_place_hash>;

/// The related rows below related rows that a view shows. Several rows of its result may show the
/// same one (a comment below its author, and him below each of his posts): to clients it is one
/// member, which comes with the first of them and goes with the last.
class nested_rows {
 public:
  /// What one of them takes here, about.
  static constexpr std::size_t bytes_per_row = sizeof(related_place) + 4 * sizeof(void*);

  /// A row with these related rows is shown from now on, or no longer. What is not nested among
  /// them is left to the caller.
  void enter(const std::vector<related_row>& related);
  void leave(const std::vector<related_row>& related);
  /// Writes what has come, changed and gone since the last report. O(what entered and left).
  void report(view_delta& out);
  /// Nothing is shown, and nothing waits to be reported.
  void clear();

 private:
  struct change {
    bool was_shown = false;
    std::optional<related_row> before;
    std::optional<related_row> after;
  };
  change& touch(const related_place& place);

  std::unordered_map<related_place, std::uint32_t, related_place_hash> shown_;
  std::unordered_map<related_place, change, related_place_hash> changes_;
  std::vector<related_place> order_;  ///< of the changes
};

}  // namespace spooky::views
