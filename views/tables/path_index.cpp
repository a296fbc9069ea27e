#include "views/tables/path_index.hpp"

#include <algorithm>
#include <utility>

namespace spooky::views {

std::string to_string(const field_path& path) {
  std::string out;
  for (const std::string& field : path) {
    if (!out.empty()) out += '.';
    out += field;
  }
  return out;
}

path_index::path_index(row_table& table, field_path path, std::uint32_t number)
    : table_(table), path_(std::move(path)), number_(number), buckets_(1) {
  buckets_[unknown].used = true;
  buckets_[unknown].pins = 1;
}

std::size_t path_index::bytes() const noexcept {
  std::size_t total = buckets_.capacity() * sizeof(bucket_data) + by_hash_.bytes() +
                      where_.capacity() * sizeof(place) + ranges_.bytes();
  for (const bucket_data& b : buckets_) {
    total += b.rows.capacity() * sizeof(slot);
    if (b.views)
      total += sizeof(std::vector<std::uint32_t>) + b.views->capacity() * sizeof(std::uint32_t);
  }
  return total;
}

path_index::bucket path_index::find(const value& key) const {
  return by_hash_.find(key.hash(), [&](bucket b) { return buckets_[b].key == key; });
}

path_index::bucket path_index::find_or_make(const value& key) {
  const std::size_t hash = key.hash();
  bucket b = by_hash_.find(hash, [&](bucket candidate) { return buckets_[candidate].key == key; });
  if (b != flat_index::absent) return b;
  if (free_.empty()) {
    b = static_cast<bucket>(buckets_.size());
    buckets_.emplace_back();
  } else {
    b = free_.back();
    free_.pop_back();
  }
  buckets_[b].key = key;
  buckets_[b].used = true;
  by_hash_.insert(hash, b);
  return b;
}

void path_index::release(bucket b) {
  if (b == no_bucket || b == unknown) return;
  bucket_data& data = buckets_[b];
  if (!data.used || !data.rows.empty() || data.views || data.pins != 0) return;
  by_hash_.erase(data.key.hash(), b);
  data = bucket_data{};
  free_.push_back(b);
}

path_index::moved path_index::file(slot s, bucket to) {
  if (where_.size() <= s) where_.resize(std::max<std::size_t>(s + 1, table_.slots()));
  const bucket from = where_[s].in;
  if (from == to) return {from, to};
  if (from != no_bucket) {
    std::vector<slot>& rows = buckets_[from].rows;
    const slot last = rows.back();
    rows[where_[s].at] = last;
    where_[last].at = where_[s].at;
    rows.pop_back();
  }
  where_[s].in = to;
  if (to != no_bucket) {
    where_[s].at = static_cast<std::uint32_t>(buckets_[to].rows.size());
    buckets_[to].rows.push_back(s);
  }
  return {from, to};
}

path_index::moved path_index::put(slot s, const value& key) {
  const bucket current = bucket_of(s);
  if (current != no_bucket && current != unknown && buckets_[current].key == key)
    return {current, current};
  return file(s, find_or_make(key));
}

path_index::moved path_index::put_unknown(slot s) { return file(s, unknown); }

path_index::moved path_index::remove(slot s) {
  if (bucket_of(s) == no_bucket) return {};
  return file(s, no_bucket);
}

void path_index::subscribe_equal(const value& key, std::uint32_t view) {
  bucket_data& data = buckets_[find_or_make(key)];
  if (!data.views) data.views = std::make_unique<std::vector<std::uint32_t>>();
  data.views->push_back(view);
  ++equal_count_;
}

void path_index::unsubscribe_equal(const value& key, std::uint32_t view) {
  const bucket b = find(key);
  if (b == no_bucket || !buckets_[b].views) return;
  auto& views = *buckets_[b].views;
  const auto found = std::find(views.begin(), views.end(), view);
  if (found == views.end()) return;
  *found = views.back();
  views.pop_back();
  --equal_count_;
  if (views.empty()) buckets_[b].views.reset();
  release(b);
}

void path_index::subscribe_range(const interval& range, std::uint32_t view) {
  ranges_.insert(range, view);
  range_views_.push_back(view);
}

void path_index::unsubscribe_range(const interval& range, std::uint32_t view) {
  if (!ranges_.erase(range, view)) return;
  const auto found = std::find(range_views_.begin(), range_views_.end(), view);
  *found = range_views_.back();
  range_views_.pop_back();
}

}  // namespace spooky::views
