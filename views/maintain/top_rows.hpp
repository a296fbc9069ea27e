#pragma once

#include "views/maintain/refill_policy.hpp"
#include "views/maintain/row_sequence.hpp"
#include "views/maintain/row_window.hpp"
#include "views/maintain/source_roots.hpp"
#include "views/plan/access.hpp"
#include "views/plan/plan.hpp"
#include "views/tables/order_index.hpp"
#include "views/tables/store.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace spooky::views {

/// The part of a view that keeps only the first members of an order, refilled from the order index
/// it shares with others. It hears of changes up to its last member and of no others.
class top_rows {
 public:
  /// `index` and `roots` outlive it; `roots` has one source.
  top_rows(order_index& index, const source_roots& roots, const row_window& window)
      : index_(index), roots_(roots), policy_(window.end()) {}

  order_index& index() const noexcept { return index_; }
  /// Whether `members` are all there are, not only the first ones.
  bool complete() const noexcept { return complete_; }
  /// The last row it knows of; nothing if it knows all.
  std::optional<order_entry> bound(const row_sequence& members) const;
  /// Whether a row comes after the bound: what is there is unknown, so it is not taken.
  bool beyond(const order_entry& bound, const value& key, std::uint32_t root) const {
    return index_.less()(bound, order_entry{key, roots_.slot_of(root)});
  }

  /// If too few members are left, offers rows after `after` (nothing: all) to take(slot), which may
  /// add them to `members`, until there are enough.
  template <class Take>
  void refill(const std::optional<order_entry>& after, const row_sequence& members, Take&& take) {
    if (complete_ || !policy_.due(members.size())) return;
    complete_ = true;
    index_.visit_after(after, [&](const order_entry& next) {
      take(next.row);
      complete_ = !policy_.full(members.size());
      return complete_;
    });
  }
  /// If there are too many members, drops the last ones and names them.
  std::vector<std::uint32_t> trim(row_sequence& members);

  /// Has `view` told of changes up to the bound.
  void subscribe(const row_sequence& members, std::uint32_t view);
  void unsubscribe(std::uint32_t view);

 private:
  order_index& index_;
  const source_roots& roots_;
  refill_policy policy_;
  bool complete_ = false;
  std::optional<order_entry> subscribed_;
};

/// Whether a query's first rows can be kept so: its rows are those of one whole table, and its
/// order is one of their own fields or their ids.
bool can_be_refilled(const plan& query, const source_roots& roots, const row_window& window);

/// Whether indexes that exist already show that all rows the terms let through fit the buffer.
bool known_to_be_few(const store& tables, const row_table& table, const access& rows,
                     const row_window& window);

}  // namespace spooky::views
