#include "views/plan/expression_traits.hpp"

#include "surrealql/functions/functions.hpp"
#include "surrealql/syntax/walk.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <type_traits>
#include <variant>

namespace spooky::views {
namespace {

using namespace surrealql;

constexpr expression_traits anything{true, true, true, true, true};

bool is_row(const std::string& name) { return name == "this" || name == "self"; }

bool is_reserved(const std::string& name) { return is_row(name) || name == "parent"; }

bool always_succeeds(binary_op op) {
  switch (op) {
    case binary_op::add:
    case binary_op::subtract:
    case binary_op::multiply:
    case binary_op::divide:
    case binary_op::remainder:
    case binary_op::power:
    case binary_op::matches:
    case binary_op::nearest:
      return false;
    default:
      return true;
  }
}

/// The clock's time, or one that is a fixed duration before or after: no calendar ends there.
bool is_time_nearby(const expr& expression) {
  constexpr std::uint64_t years = std::uint64_t{10'000} * 366 * 86'400;
  if (const auto* called = std::get_if<call>(&expression.node))
    return called->function == "time::now" && called->arguments.empty();
  const auto* sum = std::get_if<binary>(&expression.node);
  if (sum == nullptr || (sum->op != binary_op::add && sum->op != binary_op::subtract)) return false;
  const auto* by = std::get_if<literal>(&sum->right->node);
  return by != nullptr && by->constant.type() == value_type::duration &&
         by->constant.as_duration().seconds < years &&
         std::holds_alternative<call>(sum->left->node) && is_time_nearby(*sum->left);
}

/// A part whose evaluation cannot fail; it may still follow a link.
bool is_plain(const path_part& part) {
  if (std::holds_alternative<field_part>(part) || std::holds_alternative<all_part>(part) ||
      std::holds_alternative<last_part>(part) || std::holds_alternative<optional_part>(part))
    return true;
  const auto* index = std::get_if<index_part>(&part);
  return index != nullptr && std::holds_alternative<literal>(index->index->node);
}

expression_traits of_path(const path& node) {
  expression_traits out;
  if (node.start == nullptr)
    out.row = true;
  else
    out = traits_of(*node.start);
  const bool own_field = node.start == nullptr && node.parts.size() == 1 &&
                         std::holds_alternative<field_part>(node.parts.front());
  const bool own_member = node.start != nullptr && node.parts.size() == 1 &&
                          std::holds_alternative<param>(node.start->node) &&
                          std::holds_alternative<field_part>(node.parts.front()) &&
                          (out.row || out.parent);
  if (!own_field && !own_member && !node.parts.empty()) out.reads = true;
  for (const path_part& part : node.parts)
    if (!is_plain(part)) out |= anything;
  return out;
}

void collect_parameters(const expr& node, std::set<std::string>& out);

void collect_parameters(const select_statement& select, std::set<std::string>& out) {
  child_visitor visit;
  visit.on_expression = [&](const expr& child) { collect_parameters(child, out); };
  visit.on_select = [&](const select_statement& child) { collect_parameters(child, out); };
  for_each_child(select, visit);
}

void collect_parameters(const expr& node, std::set<std::string>& out) {
  if (const auto* name = std::get_if<param>(&node.node); name && !is_reserved(name->name))
    out.insert(name->name);
  child_visitor visit;
  visit.on_expression = [&](const expr& child) { collect_parameters(child, out); };
  visit.on_select = [&](const select_statement& child) { collect_parameters(child, out); };
  for_each_child(node, visit);
}

void collect_subqueries(const expr& node, std::vector<select_ptr>& out) {
  child_visitor visit;
  visit.on_expression = [&](const expr& child) { collect_subqueries(child, out); };
  visit.on_select = [&](const select_statement& child) { for_each_child(child, visit); };
  if (const auto* found = std::get_if<subquery>(&node.node)) out.push_back(found->select);
  for_each_child(node, visit);
}

void collect_conjuncts(const expr_ptr& condition, std::vector<expr_ptr>& out) {
  const auto* both = std::get_if<binary>(&condition->node);
  if (both != nullptr && both->op == binary_op::logical_and) {
    collect_conjuncts(both->left, out);
    collect_conjuncts(both->right, out);
  } else {
    out.push_back(condition);
  }
}

}  // namespace

expression_traits traits_of(const expr& expression) {
  expression_traits out;
  std::visit(
      [&](const auto& node) {
        using node_type = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<node_type, literal> || std::is_same_v<node_type, constant>) {
          return;
        } else if constexpr (std::is_same_v<node_type, param>) {
          out.row = is_row(node.name);
          out.parent = node.name == "parent";
          return;
        } else if constexpr (std::is_same_v<node_type, path>) {
          out = of_path(node);
        } else if constexpr (std::is_same_v<node_type, subquery> ||
                             std::is_same_v<node_type, closure> ||
                             std::is_same_v<node_type, invocation> ||
                             std::is_same_v<node_type, block> ||
                             std::is_same_v<node_type, let_binding> ||
                             std::is_same_v<node_type, return_expr>) {
          out = anything;
        } else {
          if constexpr (std::is_same_v<node_type, binary>)
            out.can_fail = !always_succeeds(node.op) && !is_time_nearby(expression);
          else if constexpr (std::is_same_v<node_type, unary>)
            out.can_fail = node.op != unary_op::logical_not;
          else if constexpr (std::is_same_v<node_type, type_cast> ||
                             std::is_same_v<node_type, call> ||
                             std::is_same_v<node_type, record_literal>)
            out.can_fail = !is_time_nearby(expression);
          if constexpr (std::is_same_v<node_type, call>) {
            if (node.function.starts_with("fn::")) out |= anything;
            const function_entry* known = find_function(node.function);
            out.clock = known != nullptr && reads_clock(*known, node.arguments.size());
            out.reads = known == nullptr ||
                        (known->kind != determinism::pure && known->kind != determinism::clock &&
                         known->kind != determinism::clock_by_default);
          }
          child_visitor visit;
          visit.on_expression = [&](const expr& child) { out |= traits_of(child); };
          visit.on_select = [&](const select_statement&) { out |= anything; };
          for_each_child(expression, visit);
        }
      },
      expression.node);
  return out;
}

bool reads_in_functions(const expr& expression) {
  const auto reads = [](const function_entry* known) {
    return known != nullptr && known->kind == determinism::reads_records;
  };
  if (std::holds_alternative<closure>(expression.node) ||
      std::holds_alternative<invocation>(expression.node))
    return true;
  if (const auto* called = std::get_if<call>(&expression.node))
    if (reads(find_function(called->function))) return true;
  if (const auto* steps = std::get_if<path>(&expression.node))
    for (const path_part& part : steps->parts)
      if (const auto* method = std::get_if<method_part>(&part))
        if (reads(find_method(value_type::record, method->name))) return true;
  bool found = false;
  child_visitor visit;
  visit.on_expression = [&](const expr& child) { found = found || reads_in_functions(child); };
  visit.on_select = [&](const select_statement& select) { for_each_child(select, visit); };
  for_each_child(expression, visit);
  return found;
}

std::vector<expr_ptr> conjuncts(const expr_ptr& condition) {
  std::vector<expr_ptr> out;
  if (condition != nullptr) collect_conjuncts(condition, out);
  return out;
}

std::vector<std::string> parameters_of(const select_statement& select) {
  std::set<std::string> names;
  collect_parameters(select, names);
  return {names.begin(), names.end()};
}

std::vector<select_ptr> subqueries_of(const expr& expression) {
  std::vector<select_ptr> out;
  collect_subqueries(expression, out);
  return out;
}

}  // namespace spooky::views
