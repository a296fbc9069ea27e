#include "surrealql/select/stages.hpp"

#include "surrealql/values/collate.hpp"

#include <memory>
#include <utility>

namespace spooky::surrealql {
namespace {

// A plan of a statement that the caller keeps alive.
select_plan planned(const select_statement& select, semantics rules) {
  return select_plan(select_ptr(std::shared_ptr<const void>(), &select), rules);
}

std::strong_ordering compare_keys(const value& a, const value& b, const order_key& key) {
  if ((key.collate || key.numeric) && a.is_string() && b.is_string())
    return compare_text(a.as_string(), b.as_string(), key.collate, key.numeric);
  return a <=> b;
}

}  // namespace

std::strong_ordering compare_order_keys(const select_statement& select, const array& a,
                                        const array& b) {
  for (std::size_t i = 0; i < select.order.size(); ++i) {
    const auto order = compare_keys(a[i], b[i], select.order[i]);
    if (order != 0) return select.order[i].descending ? 0 <=> order : order;
  }
  return std::strong_ordering::equal;
}

std::strong_ordering select_plan::compare_order_keys(const array& a, const array& b) const {
  return surrealql::compare_order_keys(*select_, a, b);
}

result<value> project(const select_statement& select, const eval_context& context) {
  return planned(select, context.rules).project(context);
}

result<std::vector<value>> split(const select_statement& select, value document) {
  return planned(select, {}).split(std::move(document), eval_context{});
}

result<array> group_key(const select_statement& select, const eval_context& context) {
  return planned(select, context.rules).group_key(context);
}

result<value> aggregate(const select_statement& select, std::span<const value> documents,
                        const eval_context& context) {
  const select_plan plan = planned(select, context.rules);
  if (plan.counts_rows_only()) return plan.count_row(static_cast<std::int64_t>(documents.size()));
  SPOOKY_ASSIGN(auto group, plan.new_group(context));
  array key;
  eval_context inner = context;
  for (const value& document : documents) {
    inner.document = &document;
    if (key.empty()) {
      SPOOKY_ASSIGN(key, plan.group_key(inner));
    }
    SPOOKY_TRY(group.add(inner));
  }
  return plan.group_row(key, group, context);
}

result<array> order_keys(const select_statement& select, const value& row,
                         const eval_context& context) {
  return planned(select, context.rules).order_keys(row, context);
}

result<value> finish(const select_statement& select, value row, const eval_context& context) {
  return planned(select, context.rules).finish(std::move(row), context);
}

result<window> window_of(const select_statement& select, const eval_context& context) {
  return window_of(select.start, select.limit, context);
}

}  // namespace spooky::surrealql
