#include "views/tables/row_table.hpp"

#include <utility>

namespace spooky::views {
namespace {

bool starts_before(const range_bound& begin, const value& key) noexcept {
  if (begin.type == range_bound::kind::unbounded) return true;
  const auto order = compare_keys(begin.at, key);
  return begin.type == range_bound::kind::included ? order <= 0 : order < 0;
}

bool ends_after(const range_bound& end, const value& key) noexcept {
  if (end.type == range_bound::kind::unbounded) return true;
  const auto order = compare_keys(key, end.at);
  return end.type == range_bound::kind::included ? order <= 0 : order < 0;
}

}  // namespace

bool in_range(const value& key, const value_range& keys) noexcept {
  return starts_before(keys.begin, key) && ends_after(keys.end, key);
}

row_table::row_table(std::string name, std::uint32_t number)
    : name_(std::move(name)), number_(number), in_order_(by_key{this}) {}

std::size_t row_table::index_bytes() const noexcept {
  return rows_.bytes() + by_hash_.bytes() + in_order_.bytes() + free_.capacity() * sizeof(slot);
}

slot row_table::find(const value& key) const {
  return by_hash_.find(key.hash(), [&](slot s) { return same_key(rows_[s].key, key); });
}

slot row_table::find_or_make(const value& key) {
  const std::size_t hash = key.hash();
  slot s = by_hash_.find(hash, [&](slot candidate) { return same_key(rows_[candidate].key, key); });
  if (s != flat_index::absent) return s;
  if (free_.empty()) {
    s = static_cast<slot>(rows_.size());
    rows_.emplace_back();
  } else {
    s = free_.back();
    free_.pop_back();
  }
  rows_[s].key = key;
  by_hash_.insert(hash, s);
  return s;
}

void row_table::put(slot s, value record, std::uint64_t version) {
  stored_row& row = rows_[s];
  const bool was = !row.record.is_none();
  const bool is = !record.is_none();
  record_bytes_ += record.weight() - row.record.weight();
  row.record = std::move(record);
  row.version = version;
  if (is && !was) in_order_.insert(s);
  if (was && !is) in_order_.erase(s);
}

void row_table::release(slot s) {
  stored_row& row = rows_[s];
  if (!row.record.is_none() || row.pins != 0 || row.key.is_none()) return;
  by_hash_.erase(row.key.hash(), s);
  row = stored_row{};
  free_.push_back(s);
}

void row_table::load(std::span<const value> records, std::span<const std::uint64_t> versions,
                     std::uint64_t version) {
  const bool fresh = in_order_.empty() && records.size() > 64;
  std::vector<slot> order;
  if (fresh) {
    by_hash_.reserve(records.size());
    order.reserve(records.size());
  }
  for (std::size_t i = 0; i < records.size(); ++i) {
    const slot s = find_or_make(records[i]["id"].as_record().key);
    const auto at = versions.empty() ? version : versions[i];
    if (!fresh) {
      put(s, records[i], at);
      continue;
    }
    if (rows_[s].record.is_none()) order.push_back(s);
    record_bytes_ += records[i].weight() - rows_[s].record.weight();
    rows_[s].record = records[i];
    rows_[s].version = at;
  }
  if (fresh) in_order_.assign(std::move(order));
}

void row_table::scan(const value_range& keys, const std::function<bool(slot)>& visit) const {
  in_order_.visit_from([&](slot s) { return !starts_before(keys.begin, rows_[s].key); },
                       [&](slot s) { return ends_after(keys.end, rows_[s].key) && visit(s); });
}

}  // namespace spooky::views
