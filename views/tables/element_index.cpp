#include "views/tables/element_index.hpp"

#include <algorithm>
#include <utility>

namespace spooky::views {

namespace {

bool is_pattern(const value& v) noexcept { return v.type() == value_type::regex; }

}  // namespace

bool is_list(const value& v) noexcept { return v.is_array() || v.type() == value_type::set; }

bool element_index::may_contain(value_type type) noexcept {
  switch (type) {
    case value_type::string:
    case value_type::uuid:
    case value_type::geometry:
    case value_type::object:
    case value_type::range:
      return true;
    default:
      return false;
  }
}

element_index::element_index(row_table& table, std::string field)
    : table_(table), field_(std::move(field)) {}

std::size_t element_index::bytes() const noexcept {
  std::size_t total = buckets_.capacity() * sizeof(bucket) + by_hash_.bytes() + unknown_.bytes();
  for (const bucket& b : buckets_) total += b.rows.bytes() + b.views.bytes();
  return total;
}

bool element_index::filing::same_as(const filing& other) const noexcept {
  if (unknown != other.unknown) return false;
  if (elements == other.elements) return true;
  if (elements == nullptr || other.elements == nullptr) return false;
  return std::equal(elements->begin(), elements->end(), other.elements->begin(),
                    other.elements->end(), [](const value& a, const value& b) { return a == b; });
}

element_index::filing element_index::filing_of(const value& record) const {
  if (record.is_none()) return {};
  const value& held = record[field_];
  if (!is_list(held)) return {nullptr, may_contain(held.type())};
  const array& elements = held.as_array();
  if (std::any_of(elements.begin(), elements.end(), is_pattern)) return {nullptr, true};
  return {&elements, false};
}

void element_index::load() {
  table_.scan({}, [this](slot s) {
    put(s, filing_of(table_[s].record));
    return true;
  });
}

void element_index::put(slot s, const filing& where) {
  if (where.unknown) unknown_.insert(s);
  if (where.elements == nullptr) return;
  for (const value& element : *where.elements) buckets_[find_or_make(element)].rows.insert(s);
}

void element_index::remove(slot s, const filing& where) {
  if (where.unknown) unknown_.erase(s);
  if (where.elements == nullptr) return;
  for (const value& element : *where.elements) {
    const std::uint32_t b = find(element);
    if (b == flat_index::absent) continue;  // it stands in the list twice
    buckets_[b].rows.erase(s);
    release(b);
  }
}

std::size_t element_index::count(const value& element) const {
  const std::uint32_t b = find(element);
  return b == flat_index::absent ? 0 : buckets_[b].rows.size();
}

void element_index::subscribe(const value& element, std::uint32_t view) {
  if (buckets_[find_or_make(element)].views.insert(view)) ++subscriptions_;
}

void element_index::unsubscribe(const value& element, std::uint32_t view) {
  const std::uint32_t b = find(element);
  if (b == flat_index::absent) return;
  if (buckets_[b].views.erase(view)) --subscriptions_;
  release(b);
}

std::uint32_t element_index::find(const value& element) const {
  return by_hash_.find(element.hash(),
                       [&](std::uint32_t b) { return buckets_[b].element == element; });
}

std::uint32_t element_index::find_or_make(const value& element) {
  if (const std::uint32_t known = find(element); known != flat_index::absent) return known;
  std::uint32_t b = static_cast<std::uint32_t>(buckets_.size());
  if (free_.empty()) {
    buckets_.emplace_back();
  } else {
    b = free_.back();
    free_.pop_back();
  }
  buckets_[b].element = element;
  buckets_[b].used = true;
  by_hash_.insert(element.hash(), b);
  return b;
}

void element_index::release(std::uint32_t b) {
  bucket& data = buckets_[b];
  if (!data.used || !data.rows.empty() || !data.views.empty()) return;
  by_hash_.erase(data.element.hash(), b);
  data = bucket{};
  free_.push_back(b);
}

}  // namespace spooky::views
