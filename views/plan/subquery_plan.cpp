#include "views/plan/subquery_plan.hpp"

#include "surrealql/analyse/needed_fields.hpp"
#include "surrealql/syntax/print.hpp"
#include "surrealql/syntax/walk.hpp"
#include "views/plan/expression_traits.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace spooky::views {
namespace {

using namespace surrealql;

std::optional<subquery_plan::lookup> as_lookup(const expr_ptr& condition) {
  const auto* node = std::get_if<binary>(&condition->node);
  if (node == nullptr) return std::nullopt;
  const auto make = [](const expr_ptr& field, const expr_ptr& key,
                       bool any_of) -> std::optional<subquery_plan::lookup> {
    auto path = as_field_path(*field);
    if (!path || path->empty()) return std::nullopt;
    const expression_traits traits = traits_of(*key);
    if (traits.row || traits.can_fail) return std::nullopt;
    return subquery_plan::lookup{std::move(*path), key, any_of};
  };
  switch (node->op) {
    case binary_op::equal:
    case binary_op::exact_equal:
      if (auto found = make(node->left, node->right, false)) return found;
      return make(node->right, node->left, false);
    case binary_op::inside:
      return make(node->left, node->right, true);
    case binary_op::contains:
      return make(node->right, node->left, true);
    default:
      return std::nullopt;
  }
}

/// Lower is more selective.
int rank(const subquery_plan::lookup& l) {
  const bool by_id = l.path.size() == 1 && l.path.front() == "id";
  const bool correlated = traits_of(*l.key).parent;
  return (by_id ? 0 : correlated ? 2 : 4) + (l.any_of ? 1 : 0);
}

void plan_lookups(subquery_plan& out) {
  const auto parts = conjuncts(out.select->where);
  for (const expr_ptr& part : parts) {
    if (traits_of(*part).can_fail) break;
    if (auto found = as_lookup(part)) out.lookups.push_back(std::move(*found));
  }
  std::stable_sort(out.lookups.begin(), out.lookups.end(),
                   [](const subquery_plan::lookup& a, const subquery_plan::lookup& b) {
                     return rank(a) < rank(b);
                   });
  out.exact = parts.size() == 1 && out.lookups.size() == 1 && out.lookups[0].path.size() == 1 &&
              !out.lookups[0].any_of;
}

std::optional<std::string> single_table(const select_statement& select) {
  if (select.from.size() != 1) return std::nullopt;
  const auto* source = std::get_if<literal>(&select.from.front()->node);
  if (source == nullptr || source->constant.type() != value_type::table) return std::nullopt;
  return std::string(source->constant.as_string());
}

bool is_plain(const select_statement& s) {
  return s.projections.size() == 1 && s.projections[0].star() && !s.value_only && !s.only &&
         s.omit.empty() && s.split.empty() && !s.grouped() && s.order.empty() &&
         s.limit == nullptr && s.start == nullptr && s.fetch.empty();
}

/// The sub-query a projection shows directly, as `(SELECT …)`, `(SELECT …)[n]` or a path from it.
struct shown {
  const select_statement* select = nullptr;
  bool first_only = false;
};

shown shown_by(const expr& projected) {
  if (const auto* direct = std::get_if<subquery>(&projected.node))
    return {direct->select.get(), false};
  const auto* path = std::get_if<surrealql::path>(&projected.node);
  if (path == nullptr || path->start == nullptr) return {};
  const auto* start = std::get_if<subquery>(&path->start->node);
  if (start == nullptr || path->parts.empty()) return {};
  const auto* index = std::get_if<index_part>(&path->parts.front());
  const auto* number = index == nullptr ? nullptr : std::get_if<literal>(&index->index->node);
  const bool first = number != nullptr && number->constant == value(0);
  return {start->select.get(), first};
}

class planner {
 public:
  explicit planner(surrealql::semantics rules) noexcept : rules_(rules) {}
  subquery_plans take() { return std::move(plans_); }

  /// Plans everything below one SELECT; `path` leads to it if its rows are shown, else null.
  void visit(const select_statement& select, const std::string* path) {
    for (const projection& p : select.projections) {
      if (p.star()) continue;
      const shown direct = path == nullptr || select.grouped() ? shown{} : shown_by(*p.value);
      const std::string alias =
          p.alias != nullptr ? print(*p.alias) : projection_name(*p.value, rules_);
      expressions(*p.value, direct, path, alias);
    }
    child_visitor rest;
    rest.on_expression = [&](const expr& e) { expressions(e, {}, nullptr, {}); };
    rest.on_select = [&](const select_statement&) {};
    for_each_child(select, rest);
  }

 private:
  void expressions(const expr& expression, const shown& direct, const std::string* path,
                   const std::string& alias) {
    for (const select_ptr& found : subqueries_of(expression)) {
      if (plans_.contains(found.get())) continue;
      subquery_plan plan;
      plan.select = found;
      plan.number = plans_.size();
      plan.related = found.get() == direct.select && !found->grouped() && found->split.empty();
      if (plan.related) {
        plan.nested = !path->empty();
        plan.first_only = direct.first_only;
        plan.alias = alias;
        plan.path = path->empty() ? alias : *path + "." + alias;
      }
      const auto table = single_table(*found);
      if (table && !found->order_random && found->explain == explain_mode::none) {
        plan.steps = std::make_shared<const select_plan>(found, rules_);
        plan.needed = needed_fields(*found);
        if (!plan.steps->counts_rows_only()) plan.table = *table;
        plan_lookups(plan);
        plan.plain = is_plain(*found);
      }
      const bool is_related = plan.related && !plan.table.empty();
      const std::string inner_path = plan.path;
      plans_.emplace(found.get(), std::move(plan));
      visit(*found, is_related ? &inner_path : nullptr);
    }
  }

  surrealql::semantics rules_;
  subquery_plans plans_;
};

}  // namespace

subquery_plans plan_subqueries(const select_statement& root, surrealql::semantics rules) {
  planner p(rules);
  const std::string top;
  p.visit(root, &top);
  subquery_plans out = p.take();
  std::erase_if(out, [](const auto& entry) { return entry.second.table.empty(); });
  return out;
}

}  // namespace spooky::views
