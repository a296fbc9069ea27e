#include "views/tables/order_index.hpp"

#include <algorithm>
#include <utility>

namespace spooky::views {

order_index::order_index(row_table& table, row_order order, std::uint32_t number)
    : table_(table),
      order_(std::move(order)),
      number_(number),
      rows_(order_less{&order_, &table_}),
      bounds_(bound_less{this}) {}

void order_index::load() {
  std::vector<order_entry> entries;
  entries.reserve(table_.size());
  table_.scan({}, [&](slot s) {
    entries.push_back({key_of(table_[s].record), s});
    return true;
  });
  rows_.assign(std::move(entries));
}

void order_index::subscribe(const std::optional<order_entry>& bound, std::uint32_t view) {
  if (bound)
    bounds_.insert({*bound, view});
  else
    unbounded_.push_back(view);
}

void order_index::unsubscribe(const std::optional<order_entry>& bound, std::uint32_t view) {
  if (bound) {
    bounds_.erase({*bound, view});
    return;
  }
  const auto found = std::find(unbounded_.begin(), unbounded_.end(), view);
  if (found == unbounded_.end()) return;
  *found = unbounded_.back();
  unbounded_.pop_back();
}

}  // namespace spooky::views
