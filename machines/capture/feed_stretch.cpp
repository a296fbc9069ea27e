#include "machines/capture/feed_stretch.hpp"

#include "machines/capture/feed_notes.hpp"
#include "surrealql/values/record_order.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

namespace {

bool same_content(const change& a, const change& b) { return a.op == b.op && a.record == b.record; }

/// Leaves the last change of each record; gives the records whose changes differed.
record_set keep_last_of_each(std::vector<change>& changes) {
  record_map<const change*> last;
  record_set repeated;
  for (const auto& c : changes) {
    const auto [it, first] = last.try_emplace(c.id, &c);
    if (first) continue;
    if (!same_content(*it->second, c)) repeated.insert(c.id);
    it->second = &c;
  }
  if (last.size() == changes.size()) return repeated;
  std::vector<change> kept;
  kept.reserve(last.size());
  for (const auto& c : changes)
    if (last.at(c.id) == &c) kept.push_back(c);
  changes = std::move(kept);
  return repeated;
}

bool taken(const change& c, const fed_tables& captured) {
  const auto table = captured.find(c.id.table);
  return table != captured.end() && (table->second.stores || c.op == change_op::erase);
}

}  // namespace

feed_stretch::feed_stretch(std::vector<feed_transaction> fresh, const fed_tables& captured)
    : transactions_(std::move(fresh)) {
  for (auto& transaction : transactions_) {
    std::erase_if(transaction.changes, [&](const change& c) { return !taken(c, captured); });
    for (const auto& table : transaction.unread)
      if (captured.contains(table)) unread_.insert(table);
    defines_ = defines_ || !transaction.defined.empty();
    for (const auto& table : transaction.defined) {
      const auto fed = captured.find(table);
      if (fed != captured.end() && time_of(transaction.stamp) > fed->second.known_until)
        redefined_.insert(table);
    }
    nameless_ = nameless_ || transaction.nameless;
  }
  find_doubtful();
}

void feed_stretch::find_doubtful() {
  record_set decided;
  for (auto it = transactions_.rbegin(); it != transactions_.rend(); ++it) {
    const auto repeated = keep_last_of_each(it->changes);
    for (const auto& c : it->changes)
      if (decided.insert(c.id).second && repeated.contains(c.id)) doubtful_.push_back(c.id);
  }
}

void feed_stretch::settle(const std::vector<change>& read) {
  record_map<const change*> now;
  for (const auto& c : read) now.emplace(c.id, &c);
  for (auto it = transactions_.rbegin(); it != transactions_.rend() && !now.empty(); ++it)
    for (auto& c : it->changes)
      if (const auto found = now.find(c.id); found != now.end()) {
        c = *found->second;
        now.erase(found);
      }
}

change_batches feed_stretch::batches() const {
  change_batches batches;
  for (const auto& transaction : transactions_) {
    if (transaction.changes.empty()) continue;
    change_batch batch;
    batch.changes = transaction.changes;
    batch.source = feed_source(transaction.stamp);
    batch.cursor = std::to_string(transaction.stamp);
    batches.push_back(std::move(batch));
  }
  return batches;
}

}  // namespace spooky::machines
