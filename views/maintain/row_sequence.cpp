#include "views/maintain/row_sequence.hpp"

#include "views/results/identical.hpp"

#include <algorithm>

namespace spooky::views {

bool row_sequence::by_order::operator()(const entry& a, const entry& b) const {
  if (const auto c = order->compare(a.first, b.first); c != 0) return c < 0;
  return roots->before(a.second, b.second);
}

std::size_t row_sequence::rank(const value& key, std::uint32_t root) const {
  return entries_.rank({key, root});
}

void row_sequence::move(std::uint32_t root, const value* before, const value* after) {
  if (before != nullptr && after != nullptr && identical(*before, *after)) return;
  if (before != nullptr) entries_.erase({*before, root});
  if (after != nullptr) entries_.insert({*after, root});
}

std::vector<std::uint32_t> row_sequence::slice(std::size_t start, std::size_t limit) const {
  std::vector<std::uint32_t> out;
  if (limit == 0) return out;
  entries_.visit_from_rank(start, [&](const entry& e) {
    out.push_back(e.second);
    return out.size() < limit;
  });
  return out;
}

std::vector<std::uint32_t> row_sequence::keep_first(std::size_t count) {
  std::vector<std::uint32_t> dropped = slice(count, unlimited);
  entries_.pop_back(dropped.size());
  return dropped;
}

bool survivors_moved(const std::vector<rank_change>& changes) {
  std::vector<std::size_t> removed;
  std::vector<std::size_t> added;
  std::vector<std::pair<std::size_t, std::size_t>> kept;  // rank before, rank after
  for (const rank_change& c : changes) {
    if (c.before && c.after) kept.emplace_back(*c.before, *c.after);
    if (c.before && !c.after) removed.push_back(*c.before);
    if (!c.before && c.after) added.push_back(*c.after);
  }
  std::sort(removed.begin(), removed.end());
  std::sort(added.begin(), added.end());
  const auto below = [](const std::vector<std::size_t>& ranks, std::size_t rank) {
    return static_cast<std::size_t>(std::lower_bound(ranks.begin(), ranks.end(), rank) -
                                    ranks.begin());
  };
  return std::any_of(kept.begin(), kept.end(), [&](const auto& k) {
    return k.first - below(removed, k.first) != k.second - below(added, k.second);
  });
}

}  // namespace spooky::views
