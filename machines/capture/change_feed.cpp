#include "machines/capture/change_feed.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

feed_cursor::feed_cursor(versionstamp newest, const std::vector<versionstamp>& seen, widths overlap)
    : newest_(newest), seen_(seen.begin(), seen.end()), overlap_(overlap) {}

versionstamp feed_cursor::since(bool deep) const {
  const auto width = stamp_at(deep ? overlap_.deep : overlap_.shallow);
  return newest_ - std::min(newest_, width);
}

feed_cursor::page feed_cursor::take(std::vector<feed_transaction> transactions, std::size_t limit) {
  std::size_t entries = 0;
  for (const auto& transaction : transactions) entries += transaction.entries;
  page taken;
  if (entries >= limit && transactions.size() > 1) {
    taken.next = transactions.back().stamp;
    transactions.pop_back();
  } else if (entries >= limit && !transactions.empty()) {
    taken.next = transactions.back().stamp + 1;
  }
  for (auto& transaction : transactions) {
    if (!seen_.insert(transaction.stamp).second) continue;
    newest_ = std::max(newest_, transaction.stamp);
    taken.fresh.push_back(std::move(transaction));
  }
  forget_old();
  return taken;
}

void feed_cursor::forget_old() {
  // Twice the window: a deep read may start while newer stamps move the window's edge.
  const auto width = 2 * stamp_at(overlap_.deep);
  if (newest_ <= width) return;
  seen_.erase(seen_.begin(), seen_.lower_bound(newest_ - width));
}

}  // namespace spooky::machines
