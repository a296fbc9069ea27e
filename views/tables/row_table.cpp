#include "views/tables/row_table.hpp"

#include <utility>

namespace spooky::views {
namespace {

bool starts_before(const range_bound& begin, const value& key) noexcept {
  if (begin.type == range_bound::kind::unbounded) return true;
  const auto order = begin.at <=> key;
  return begin.type == range_bound::kind::included ? order <= 0 : order < 0;
}

bool ends_after(const range_bound& end, const value& key) noexcept {
  if (end.type == range_bound::kind::unbounded) return true;
  const auto order = key <=> end.at;
  return end.type == range_bound::kind::included ? order <= 0 : order < 0;
}

}  // namespace

bool in_range(const value& key, const value_range& keys) noexcept {
  return starts_before(keys.begin, key) && ends_after(keys.end, key);
}

std::size_t estimate_bytes(const value& v) {
  constexpr std::size_t box = 24;
  switch (v.type()) {
    case value_type::none:
    case value_type::null:
    case value_type::boolean:
    case value_type::integer:
    case value_type::floating:
      return sizeof(value);
    case value_type::string:
    case value_type::bytes:
    case value_type::table:
    case value_type::regex:
      return sizeof(value) + box + v.as_string().size();
    case value_type::array:
    case value_type::set: {
      std::size_t total = sizeof(value) + box + sizeof(array);
      for (const value& item : v.as_array()) total += estimate_bytes(item);
      return total;
    }
    case value_type::object: {
      std::size_t total = sizeof(value) + box + sizeof(object);
      // Long names are shared by the rows of a table.
      for (const auto& [name, member] : v.as_object())
        total += sizeof(name) + estimate_bytes(member);
      return total;
    }
    case value_type::record:
      return sizeof(value) + box + sizeof(record_id) + estimate_bytes(v.as_record().key);
    default:
      return sizeof(value) + box + 32;
  }
}

row_table::row_table(std::string name, std::uint32_t number)
    : name_(std::move(name)), number_(number), in_order_(by_key{this}) {}

std::size_t row_table::index_bytes() const noexcept {
  return rows_.bytes() + by_hash_.bytes() + in_order_.bytes() + free_.capacity() * sizeof(slot);
}

std::size_t row_table::estimated_bytes() const {
  constexpr std::size_t sample = 256;
  std::size_t seen = 0;
  std::size_t bytes = 0;
  const std::size_t stride = rows_.size() / sample + 1;
  for (std::size_t i = 0; i < rows_.size(); i += stride) {
    if (rows_[i].record.is_none()) continue;
    bytes += estimate_bytes(rows_[i].record);
    ++seen;
  }
  return index_bytes() + (seen == 0 ? 0 : bytes * size() / seen);
}

slot row_table::find(const value& key) const {
  return by_hash_.find(key.hash(), [&](slot s) { return rows_[s].key == key; });
}

slot row_table::find_or_make(const value& key) {
  const std::size_t hash = key.hash();
  slot s = by_hash_.find(hash, [&](slot candidate) { return rows_[candidate].key == key; });
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
