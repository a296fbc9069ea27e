#include "views/maintain/top_rows.hpp"

#include <algorithm>

namespace spooky::views {

std::optional<order_entry> top_rows::bound(const row_sequence& members) const {
  if (complete_) return std::nullopt;
  const auto& [key, root] = members.back();
  return order_entry{key, roots_.slot_of(root)};
}

std::vector<std::uint32_t> top_rows::trim(row_sequence& members) {
  if (!policy_.overfull(members.size())) return {};
  complete_ = false;
  return members.keep_first(policy_.keep());
}

void top_rows::subscribe(const row_sequence& members, std::uint32_t view) {
  subscribed_ = bound(members);
  index_.subscribe(subscribed_, view);
}

void top_rows::unsubscribe(std::uint32_t view) { index_.unsubscribe(subscribed_, view); }

bool can_be_refilled(const plan& query, const source_roots& roots, const row_window& window) {
  return query.star && query.own_where && roots.all().size() == 1 &&
         roots.all()[0].keys == value_range{} &&
         (query.order.empty() || !query.order.own_fields().empty()) &&
         window.limit() <= refill_policy::largest_window &&
         window.start() <= refill_policy::largest_window;
}

bool known_to_be_few(const store& tables, const row_table& table, const access& rows,
                     const row_window& window) {
  std::size_t found = 0;
  for (const access_term& term : rows.terms) {
    if (term.element) {
      const element_index* elements = tables.find_elements(table, term.path.front());
      if (elements == nullptr) return false;
      found += elements->count(term.key) + elements->unknown_rows();
      continue;
    }
    const path_index* index = tables.find_index(table, term.path);
    if (index == nullptr) return false;
    if (term.range) {
      index->rows_within(*term.range, [&](slot) { ++found; });
    } else if (const auto b = index->find(term.key); b != path_index::no_bucket) {
      found += index->rows_in(b).size();
    }
  }
  return found <= refill_policy(window.end()).target();
}

}  // namespace spooky::views
