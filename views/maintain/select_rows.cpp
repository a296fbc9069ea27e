#include "views/maintain/select_rows.hpp"

#include "surrealql/select/named_fields.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace spooky::views {
namespace {

using surrealql::eval_context;
using surrealql::select_plan;
using surrealql::select_statement;

struct by_group_key {
  bool operator()(const array& a, const array& b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](const value& x, const value& y) { return x < y; });
  }
};

/// A document or a group's row on its way through ORDER BY.
struct sorted_row {
  array keys;
  slot from = no_slot;
  value content;
};

class selection {
 public:
  selection(const select_plan& steps, const row_viewer& viewer, const eval_context& context)
      : steps_(steps), select_(steps.statement()), viewer_(viewer), context_(context) {}

  result<array> run(const std::vector<slot>& candidates, bool filtered,
                    const projection_watcher& watcher) {
    SPOOKY_TRY(surrealql::check_clauses(select_, context_));
    SPOOKY_ASSIGN(window_, steps_.window_of(context_));
    if (window_.limit == 0 && !select_.grouped()) return array{};
    SPOOKY_TRY(collect(candidates, filtered));
    if (select_.grouped()) SPOOKY_TRY(make_group_rows());
    if (!select_.order.empty()) SPOOKY_TRY(sort());
    array out;
    for (std::size_t i = window_.start; i < rows_.size() && i - window_.start < window_.limit;
         ++i) {
      watcher.before(rows_[i].from);
      SPOOKY_ASSIGN(value row, project(rows_[i].content));
      SPOOKY_ASSIGN(row, steps_.finish(std::move(row), context_));
      watcher.after(row);
      out.push_back(std::move(row));
    }
    return out;
  }

 private:
  /// Without ORDER BY nothing after the window's last row is looked at.
  bool enough() const {
    return select_.order.empty() && !select_.grouped() && rows_.size() >= window_.start &&
           rows_.size() - window_.start >= window_.limit;
  }

  result<void> collect(const std::vector<slot>& candidates, bool filtered) {
    eval_context inner = context_;
    surrealql::budget& spent = *context_.spent;
    for (const slot s : candidates) {
      if (!spent.spend()) return spent.failure();
      SPOOKY_ASSIGN(const value* seen, viewer_(s));
      const value& record = *seen;
      if (record.is_none()) continue;
      inner.document = &record;
      if (!filtered) {
        SPOOKY_ASSIGN(const bool passes, steps_.passes(inner));
        if (!passes) continue;
      }
      if (!spent.hold(sizeof(sorted_row))) return spent.failure();
      if (select_.split.empty()) {
        rows_.push_back({{}, s, record});
      } else {
        SPOOKY_ASSIGN(std::vector<value> pieces, steps_.split(record, inner));
        for (value& piece : pieces) {
          if (!spent.hold(sizeof(sorted_row) + piece.weight())) return spent.failure();
          rows_.push_back({{}, s, std::move(piece)});
        }
      }
      if (enough()) break;
    }
    return {};
  }

  result<void> make_group_rows() {
    std::map<array, select_plan::group_state, by_group_key> groups;
    if (rows_.empty()) {
      SPOOKY_ASSIGN(const bool row, steps_.groups_nothing(context_));
      if (!row) return {};
      SPOOKY_ASSIGN(auto fresh, steps_.new_group(context_));
      groups.emplace(array{}, std::move(fresh));
    }
    eval_context inner = context_;
    surrealql::budget& spent = *context_.spent;
    for (const sorted_row& document : rows_) {
      inner.document = &document.content;
      SPOOKY_ASSIGN(array key, steps_.group_key(inner));
      auto found = groups.find(key);
      if (found == groups.end()) {
        SPOOKY_ASSIGN(auto fresh, steps_.new_group(context_));
        if (!spent.hold(fresh.bytes())) return spent.failure();
        found = groups.emplace(std::move(key), std::move(fresh)).first;
      }
      const std::size_t before = spent.held();
      SPOOKY_ASSIGN(const array inputs, steps_.group_inputs(inner));
      spent.release_to(before);
      if (!spent.spend() || !spent.hold(found->second.add_inputs(inputs))) return spent.failure();
    }
    rows_.clear();
    for (const auto& [key, state] : groups) {
      SPOOKY_ASSIGN(value row, steps_.group_row(key, state, context_));
      rows_.push_back({{}, no_slot, std::move(row)});
    }
    return {};
  }

  result<void> sort() {
    for (sorted_row& row : rows_) {
      SPOOKY_ASSIGN(row.keys, steps_.order_keys(row.content, context_));
    }
    std::stable_sort(rows_.begin(), rows_.end(), [&](const sorted_row& a, const sorted_row& b) {
      return steps_.compare_order_keys(a.keys, b.keys) < 0;
    });
    return {};
  }

  result<value> project(const value& document) const {
    if (select_.grouped()) return document;
    eval_context inner = context_;
    inner.document = &document;
    return steps_.project(inner);
  }

  const select_plan& steps_;
  const select_statement& select_;
  const row_viewer& viewer_;
  const eval_context& context_;
  surrealql::window window_;
  std::vector<sorted_row> rows_;
};

}  // namespace

result<array> select_rows(const select_plan& steps, const row_viewer& rows,
                          const std::vector<slot>& candidates, bool filtered,
                          const eval_context& context, const projection_watcher& watcher) {
  return selection(steps, rows, context).run(candidates, filtered, watcher);
}

result<value> shape_result(const select_statement& select, array rows) {
  if (!select.only) return value(std::move(rows));
  if (rows.empty()) return value::none();
  if (rows.size() == 1) return std::move(rows.front());
  return fail(errc::evaluation_error,
              "Expected a single result output when using the ONLY keyword");
}

}  // namespace spooky::views
