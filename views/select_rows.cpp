#include "views/select_rows.hpp"

#include "surrealql/stages.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace spooky::views {
namespace {

using surrealql::eval_context;
using surrealql::select_statement;

struct by_group_key {
  bool operator()(const array& a, const array& b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](const value& x, const value& y) { return x < y; });
  }
};

result<std::vector<selected_row>> grouped_rows(const select_statement& select,
                                               std::vector<value> documents,
                                               const eval_context& context) {
  std::map<array, std::vector<value>, by_group_key> groups;
  if (select.group_all) groups[{}];
  for (value& document : documents) {
    eval_context row = context;
    row.document = &document;
    SPOOKY_ASSIGN(array key, surrealql::group_key(select, row));
    groups[std::move(key)].push_back(document);
  }
  std::vector<selected_row> out;
  for (const auto& [key, members] : groups) {
    SPOOKY_ASSIGN(value content, surrealql::aggregate(select, members, context));
    out.push_back({no_slot, std::move(content)});
  }
  return out;
}

/// ORDER BY, START, LIMIT, FETCH and OMIT.
result<void> order_and_cut(const select_statement& select, std::vector<selected_row>& rows,
                           const eval_context& context) {
  if (!select.order.empty()) {
    std::vector<std::pair<array, selected_row>> keyed;
    keyed.reserve(rows.size());
    for (selected_row& row : rows) {
      SPOOKY_ASSIGN(array keys, surrealql::order_keys(select, row.content, context));
      keyed.emplace_back(std::move(keys), std::move(row));
    }
    std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
      return surrealql::compare_order_keys(select, a.first, b.first) < 0;
    });
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = std::move(keyed[i].second);
  }
  if (select.limit != nullptr || select.start != nullptr) {
    SPOOKY_ASSIGN(const surrealql::window window, surrealql::window_of(select, context));
    const std::size_t from = std::min(window.start, rows.size());
    const std::size_t count = std::min(window.limit, rows.size() - from);
    rows.erase(rows.begin() + static_cast<long>(from + count), rows.end());
    rows.erase(rows.begin(), rows.begin() + static_cast<long>(from));
  }
  if (!select.fetch.empty() || !select.omit.empty()) {
    for (selected_row& row : rows) {
      SPOOKY_ASSIGN(row.content, surrealql::finish(select, std::move(row.content), context));
    }
  }
  return {};
}

}  // namespace

result<std::vector<selected_row>> select_rows(const select_statement& select,
                                              const row_table& table,
                                              const std::vector<slot>& candidates, bool filtered,
                                              const eval_context& context,
                                              const std::function<void(slot)>& each_row) {
  std::vector<selected_row> rows;
  std::vector<value> documents;
  rows.reserve(candidates.size());
  eval_context inner = context;
  for (const slot s : candidates) {
    const value& record = table[s].record;
    if (record.is_none()) continue;
    inner.document = &record;
    if (select.where != nullptr && !filtered) {
      SPOOKY_ASSIGN(const bool passes, surrealql::holds(*select.where, inner));
      if (!passes) continue;
    }
    if (select.grouped()) {
      documents.push_back(record);
      continue;
    }
    each_row(s);
    SPOOKY_ASSIGN(value content, surrealql::project(select, inner));
    if (select.split.empty()) {
      rows.push_back({s, std::move(content)});
      continue;
    }
    SPOOKY_ASSIGN(std::vector<value> pieces, surrealql::split(select, std::move(content)));
    for (value& piece : pieces) rows.push_back({s, std::move(piece)});
  }
  if (select.grouped()) {
    SPOOKY_ASSIGN(rows, grouped_rows(select, std::move(documents), context));
  }
  SPOOKY_TRY(order_and_cut(select, rows, context));
  return rows;
}

result<value> shape_result(const select_statement& select, array rows) {
  if (!select.only) return value(std::move(rows));
  if (rows.empty()) return value::none();
  if (rows.size() == 1) return std::move(rows.front());
  return fail(errc::evaluation_error,
              "Expected a single result output when using the ONLY keyword");
}

}  // namespace spooky::views
