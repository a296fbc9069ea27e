#include "views/tables/value_spread.hpp"

#include "views/tables/element_index.hpp"
#include "views/tables/path_index.hpp"

#include <algorithm>

namespace spooky::views {

namespace {

constexpr std::size_t sample_size = 128;
/// Fewer rows than that say little about those to come.
constexpr std::size_t enough_rows = 32;

double share_by_kind(const value& key) {
  switch (key.type()) {
    case value_type::none:
    case value_type::null:
    case value_type::boolean:
      return 0.5;
    case value_type::record:
    case value_type::uuid:
      return 0.001;
    default:
      return 0.02;
  }
}

constexpr double share_of_range = 0.3;

bool less(const value& a, const value& b) { return a < b; }

}  // namespace

value_spread::sample value_spread::sample_of(const row_table& table, const std::string& field) {
  sample out;
  out.rows_then = table.size();
  const std::size_t stride = std::max<std::size_t>(1, table.slots() / sample_size);
  for (std::size_t at = 0; at < table.slots() && out.values.size() < sample_size; at += stride)
    if (const auto s = static_cast<slot>(at); table.alive(s))
      out.values.push_back(table[s].record[field]);
  std::sort(out.values.begin(), out.values.end(), less);
  for (std::size_t i = 0; i < out.values.size(); ++i)
    if (i == 0 || less(out.values[i - 1], out.values[i])) ++out.distinct;
  return out;
}

const value_spread::sample* value_spread::look(const row_table& table, const field_path& path) {
  if (path.size() != 1 || table.size() < enough_rows) return nullptr;
  sample& known = samples_[{table.number(), path.front()}];
  const bool outdated = known.rows_then == 0 || table.size() > 2 * known.rows_then ||
                        2 * table.size() < known.rows_then;
  if (outdated) known = sample_of(table, path.front());
  return known.values.size() < enough_rows ? nullptr : &known;
}

double value_spread::share_of(const row_table& table, const field_path& path, const value& key,
                              const path_index* index) {
  if (index != nullptr && table.size() >= enough_rows) {
    const auto bucket = index->find(key);
    const std::size_t rows = bucket == path_index::no_bucket ? 0 : index->rows_in(bucket).size();
    return static_cast<double>(rows) / static_cast<double>(table.size());
  }
  const sample* known = look(table, path);
  if (known == nullptr) return share_by_kind(key);
  const auto [low, high] = std::equal_range(known->values.begin(), known->values.end(), key, less);
  const auto seen = static_cast<double>(known->values.size());
  if (low != high) {
    const auto equal = static_cast<double>(high - low);
    // Where each value was seen once it is as good as unique.
    return known->distinct == known->values.size() ? 1 / static_cast<double>(table.size())
                                                   : equal / seen;
  }
  if (known->distinct == known->values.size()) return 1 / static_cast<double>(table.size());
  return std::min(1 / (2 * seen), 1 / static_cast<double>(known->distinct));
}

double value_spread::share_with_element(const row_table& table, const std::string& field,
                                        const value& element, const element_index* index) {
  const auto rows = static_cast<double>(table.size());
  if (index != nullptr && table.size() >= enough_rows)
    return static_cast<double>(index->count(element) + index->unknown_rows()) / rows;
  const sample* known = look(table, {field});
  if (known == nullptr) return share_by_kind(element);
  const auto found =
      std::count_if(known->values.begin(), known->values.end(), [&](const value& held) {
        if (!is_list(held)) return element_index::may_contain(held.type());
        const array& elements = held.as_array();
        return std::find(elements.begin(), elements.end(), element) != elements.end();
      });
  const auto seen = static_cast<double>(known->values.size());
  return std::max(static_cast<double>(found), 0.5) / seen;
}

double value_spread::share_within(const row_table& table, const field_path& path,
                                  const interval& range) {
  const sample* known = look(table, path);
  if (known == nullptr) return share_of_range;
  const auto inside = std::count_if(known->values.begin(), known->values.end(),
                                    [&](const value& v) { return range.contains(v); });
  const auto seen = static_cast<double>(known->values.size());
  return std::max(static_cast<double>(inside), 0.5) / seen;
}

void value_spread::forget(const row_table& table) {
  const auto first = samples_.lower_bound({table.number(), std::string{}});
  auto last = first;
  while (last != samples_.end() && last->first.first == table.number()) ++last;
  samples_.erase(first, last);
}

}  // namespace spooky::views
