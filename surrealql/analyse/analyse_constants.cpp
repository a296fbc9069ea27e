#include "surrealql/analyse/analyse.hpp"
#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/functions/functions.hpp"
#include "surrealql/syntax/rewrite.hpp"
#include "surrealql/syntax/walk.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace spooky::surrealql {
namespace {

// Stands in for the database while constants are folded: whoever asks it is no constant.
class no_database final : public table_source {
 public:
  bool has_table(std::string_view) const override { return false; }
  result<value> get(const record_id&) const override { return refusal(); }
  result<void> scan(std::string_view, const value_range&, const row_visitor&) const override {
    return refusal();
  }
  result<void> edges(const record_id&, graph_direction, std::string_view,
                     const row_visitor&) const override {
    return refusal();
  }
  result<value> info(const info_statement&) const override { return refusal(); }

 private:
  static error refusal() { return fail(errc::unavailable, "a constant reads no records"); }
};

bool is_row_param(const std::string& name) noexcept {
  return name == "this" || name == "self" || name == "parent";
}

// Whether the node by itself, its children aside, leaves the expression constant.
bool stays_constant(const expr& e) {
  if (const auto* named = std::get_if<param>(&e.node)) return !is_row_param(named->name);
  if (const auto* steps = std::get_if<path>(&e.node))
    return steps->start && std::ranges::none_of(steps->parts, [](const path_part& p) {
             return std::holds_alternative<graph_part>(p) ||
                    std::holds_alternative<recurse_part>(p) ||
                    std::holds_alternative<where_part>(p) ||
                    std::holds_alternative<destructure_part>(p);
           });
  if (const auto* node = std::get_if<call>(&e.node)) {
    const function_entry* entry = find_function(node->function);
    return entry &&
           (entry->kind == determinism::pure || entry->kind == determinism::per_registration);
  }
  return !std::holds_alternative<subquery>(e.node) &&
         !std::holds_alternative<return_expr>(e.node) &&
         !std::holds_alternative<invocation>(e.node);
}

bool is_scope(const expr& e) noexcept {
  return std::holds_alternative<closure>(e.node) || std::holds_alternative<block>(e.node);
}

// Replaces constant parts from the top down. Closures and blocks bind names of their own, so
// inside one that is not constant as a whole nothing is folded.
replacement folding(const object& params, budget& spent) {
  return [&params, &spent](const expr_ptr& node) -> expr_ptr {
    // The database may have a value for it, which may not be for everybody.
    if (const auto* named = std::get_if<param>(&node->node); named && !params.find(named->name))
      return node;
    if (std::holds_alternative<literal>(node->node)) return node;
    if (std::holds_alternative<closure>(node->node)) return node;
    if (is_constant(*node)) {
      const no_database nothing;
      eval_context context;
      context.source = &nothing;
      context.params = &params;
      context.spent = &spent;
      auto v = evaluate(*node, context);
      if (v.ok() && v->type() != value_type::closure)
        return std::make_shared<const expr>(expr{literal{*std::move(v)}, node->where});
      return node;
    }
    return is_scope(*node) ? node : nullptr;
  };
}

}  // namespace

const run_limits& constant_limits() {
  static const run_limits limits = [] {
    run_limits small;
    small.bytes = 16 * 1024 * 1024;
    small.work = 1'000'000;
    return small;
  }();
  return limits;
}

bool is_constant(const expr& expression) {
  if (!stays_constant(expression)) return false;
  bool constant = true;
  const child_visitor below{
      [&](const expr& child) { constant = constant && is_constant(child); },
      [&](const select_statement&) { constant = false; },
  };
  for_each_child(expression, below);
  return constant;
}

expr_ptr fold_constants(const expr_ptr& expression, const object& params) {
  budget spent(constant_limits());
  return expression ? rewrite(expression, folding(params, spent)) : nullptr;
}

select_ptr fold_constants(const select_ptr& select, const object& params) {
  select_statement folded = *select;
  // The names of projections without an alias, and how a source is read, come from their texts, so
  // these stay as they are written.
  for (projection& p : folded.projections)
    if (!p.star() && (p.alias || folded.value_only)) p.value = fold_constants(p.value, params);
  folded.where = fold_constants(folded.where, params);
  folded.limit = fold_constants(folded.limit, params);
  folded.start = fold_constants(folded.start, params);
  return std::make_shared<const select_statement>(std::move(folded));
}

}  // namespace spooky::surrealql
