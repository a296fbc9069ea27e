#include "views/maintain/diff.hpp"

#include "views/results/identical.hpp"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <tuple>
#include <utility>

namespace spooky::views {
namespace {

auto place_of(const related_row& row) {
  return std::tuple(row.as->number, row.parent_table->number(), row.parent, row.table->number(),
                    row.row);
}

/// Positions of a list's items, in the order of `less`, the first of equal ones only.
template <class Item, class Less>
std::vector<std::size_t> sorted_positions(const std::vector<Item>& items, Less less) {
  std::vector<std::size_t> out(items.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = i;
  std::stable_sort(out.begin(), out.end(),
                   [&](std::size_t a, std::size_t b) { return less(items[a], items[b]); });
  out.erase(std::unique(out.begin(), out.end(),
                        [&](std::size_t a, std::size_t b) {
                          return !less(items[a], items[b]) && !less(items[b], items[a]);
                        }),
            out.end());
  return out;
}

/// Reports what leads from `before` to `after`: additions and changes in the new order, removals in
/// the old one.
template <class Item, class Less, class Same, class Make>
void diff(const std::vector<Item>& before, const std::vector<Item>& after, Less less, Same same,
          Make make, view_delta& out) {
  const auto old_order = sorted_positions(before, less);
  const auto new_order = sorted_positions(after, less);
  std::vector<std::size_t> added;
  std::vector<std::size_t> updated;
  std::vector<std::size_t> removed;
  auto old_at = old_order.begin();
  auto new_at = new_order.begin();
  while (old_at != old_order.end() || new_at != new_order.end()) {
    if (new_at == new_order.end() ||
        (old_at != old_order.end() && less(before[*old_at], after[*new_at]))) {
      removed.push_back(*old_at++);
    } else if (old_at == old_order.end() || less(after[*new_at], before[*old_at])) {
      added.push_back(*new_at++);
    } else {
      if (!same(before[*old_at], after[*new_at])) updated.push_back(*new_at);
      ++old_at;
      ++new_at;
    }
  }
  for (auto* list : {&added, &updated, &removed}) std::sort(list->begin(), list->end());
  for (const std::size_t i : added) out.added.push_back(make(after[i], true));
  for (const std::size_t i : updated) out.updated.push_back(make(after[i], true));
  for (const std::size_t i : removed) out.removed.push_back(make(before[i], false));
}

bool less_member(const member& a, const member& b) {
  if (a.path != b.path) return a.path < b.path;
  if (a.parent != b.parent) return a.parent < b.parent;
  return a.id < b.id;
}

}  // namespace

member as_member(const related_row& row, bool with_content) {
  member out;
  out.id = row.table->id_of(row.row);
  out.version = row.version;
  out.parent = row.parent_table->id_of(row.parent);
  out.alias = row.as->alias;
  out.path = row.as->path;
  if (with_content) out.row = row.content;
  return out;
}

bool same_content(const related_row& a, const related_row& b) {
  return a.version == b.version && identical(a.content, b.content);
}

void diff_related(const std::vector<related_row>& before, const std::vector<related_row>& after,
                  view_delta& out) {
  const bool same_places = std::equal(before.begin(), before.end(), after.begin(), after.end(),
                                      [](const related_row& a, const related_row& b) {
                                        return a.row == b.row && a.as == b.as &&
                                               a.parent == b.parent && a.table == b.table &&
                                               a.parent_table == b.parent_table;
                                      });
  if (same_places) {  // the usual case: a row's content changed
    for (std::size_t i = 0; i < after.size(); ++i)
      if (!same_content(before[i], after[i])) out.updated.push_back(as_member(after[i], true));
    return;
  }
  diff(
      before, after,
      [](const related_row& a, const related_row& b) { return place_of(a) < place_of(b); },
      same_content, as_member, out);
}

void diff_members(const std::vector<member>& before, const std::vector<member>& after,
                  view_delta& out) {
  diff(
      before, after, less_member,
      [](const member& a, const member& b) {
        return a.version == b.version && identical(a.row, b.row);
      },
      [](const member& m, bool with_content) {
        member copy = m;
        if (!with_content) copy.row = value::none();
        return copy;
      },
      out);
}

bool says_something(const view_delta& delta) {
  return !delta.added.empty() || !delta.updated.empty() || !delta.removed.empty() || delta.order ||
         delta.result || delta.failed || delta.healed;
}

}  // namespace spooky::views
