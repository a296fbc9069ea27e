#pragma once

#include "views/structures/sorted_chunks.hpp"
#include "views/tables/row_order.hpp"
#include "views/tables/row_table.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace spooky::views {

/// A table's rows in the order of one ORDER BY (or of their ids), shared by all views that show the
/// first rows of it: such a view refills from here without a rescan.
///
/// It also knows how far down each of those views looks. A change above a view's bound can enter or
/// leave its first rows; the others are not told about it.
class order_index {
 public:
  order_index(row_table& table, row_order order, std::uint32_t number);
  order_index(const order_index&) = delete;
  order_index& operator=(const order_index&) = delete;

  row_table& table() const noexcept { return table_; }
  const row_order& order() const noexcept { return order_; }
  std::uint32_t number() const noexcept { return number_; }
  std::size_t size() const noexcept { return rows_.size(); }
  std::size_t bytes() const noexcept { return rows_.bytes() + bounds_.bytes(); }
  std::size_t subscriptions() const noexcept { return bounds_.size() + unbounded_.size(); }

  order_less less() const noexcept { return {&order_, &table_}; }
  value key_of(const value& record) const {
    return order_.empty() ? value::none() : order_.key_of(record);
  }

  void load();
  void insert(const order_entry& entry) { rows_.insert(entry); }
  void erase(const order_entry& entry) { rows_.erase(entry); }

  /// Visits the rows in order, those after `start` only, or all.
  template <class Visit>
  void visit_after(const std::optional<order_entry>& start, Visit&& visit) const {
    const order_less before = less();
    rows_.visit_from([&](const order_entry& e) { return start && !before(*start, e); }, visit);
  }

  /// A view that must see every change up to and including `bound`; nothing: all changes.
  void subscribe(const std::optional<order_entry>& bound, std::uint32_t view);
  void unsubscribe(const std::optional<order_entry>& bound, std::uint32_t view);

  /// Calls found(view) for the views whose bound is not before this row.
  template <class Found>
  void interested(const order_entry& row, Found&& found) const {
    for (const std::uint32_t view : unbounded_) found(view);
    const order_less before = less();
    bounds_.visit_from([&](const bound_entry& b) { return before(b.bound, row); },
                       [&](const bound_entry& b) {
                         found(b.view);
                         return true;
                       });
  }

  std::size_t users = 0;  ///< how many views acquired this index

 private:
  struct bound_entry {
    order_entry bound;
    std::uint32_t view = 0;
  };
  struct bound_less {
    const order_index* index;
    bool operator()(const bound_entry& a, const bound_entry& b) const {
      const order_less before = index->less();
      if (before(a.bound, b.bound)) return true;
      if (before(b.bound, a.bound)) return false;
      return a.view < b.view;
    }
  };

  row_table& table_;
  row_order order_;
  std::uint32_t number_;
  sorted_chunks<order_entry, order_less> rows_;
  sorted_chunks<bound_entry, bound_less> bounds_;
  std::vector<std::uint32_t> unbounded_;
};

}  // namespace spooky::views
