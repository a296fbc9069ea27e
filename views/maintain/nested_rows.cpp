#include "views/maintain/nested_rows.hpp"

#include "views/maintain/diff.hpp"
#include "views/results/identical.hpp"

namespace spooky::views {

std::size_t related_place_hash::operator()(const related_place& place) const noexcept {
  constexpr std::size_t golden = 0x9e3779b97f4a7c15U;
  std::size_t out = 0;
  for (const std::size_t part :
       {std::hash<const void*>{}(place.as), std::hash<const void*>{}(place.parent_table),
        std::hash<const void*>{}(place.table), static_cast<std::size_t>(place.parent),
        static_cast<std::size_t>(place.row)})
    out ^= part + golden + (out << 6U) + (out >> 2U);
  return out;
}

nested_rows::change& nested_rows::touch(const related_place& place) {
  const auto [at, made] = changes_.try_emplace(place);
  if (made) {
    at->second.was_shown = shown_.contains(place);
    order_.push_back(place);
  }
  return at->second;
}

void nested_rows::enter(const std::vector<related_row>& related) {
  for (const related_row& row : related) {
    if (!row.as->nested) continue;
    const related_place place = related_place::of(row);
    touch(place).after = row;
    ++shown_[place];
  }
}

void nested_rows::leave(const std::vector<related_row>& related) {
  for (const related_row& row : related) {
    if (!row.as->nested) continue;
    const related_place place = related_place::of(row);
    touch(place).before = row;
    const auto at = shown_.find(place);
    if (--at->second == 0) shown_.erase(at);
  }
}

void nested_rows::report(view_delta& out) {
  for (const related_place& place : order_) {
    const change& one = changes_.find(place)->second;
    const bool is_shown = shown_.contains(place);
    if (!one.was_shown && is_shown)
      out.added.push_back(as_member(*one.after, true));
    else if (one.was_shown && !is_shown)
      out.removed.push_back(as_member(*one.before, false));
    else if (is_shown && one.before && one.after && !same_content(*one.before, *one.after))
      out.updated.push_back(as_member(*one.after, true));
  }
  changes_.clear();
  order_.clear();
}

void nested_rows::clear() {
  shown_.clear();
  changes_.clear();
  order_.clear();
}

}  // namespace spooky::views
