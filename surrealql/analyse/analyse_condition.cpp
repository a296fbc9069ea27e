#include "surrealql/analyse/analyse.hpp"

#include <memory>
#include <utility>

namespace spooky::surrealql {
namespace {

// The operator with its sides exchanged, where that is one an index serves.
std::optional<binary_op> mirrored(binary_op op) noexcept {
  switch (op) {
    case binary_op::equal:
    case binary_op::exact_equal:
    case binary_op::not_equal:
      return op;
    case binary_op::less:
      return binary_op::greater;
    case binary_op::less_equal:
      return binary_op::greater_equal;
    case binary_op::greater:
      return binary_op::less;
    case binary_op::greater_equal:
      return binary_op::less_equal;
    case binary_op::inside:
      return binary_op::contains;
    case binary_op::contains:
      return binary_op::inside;
    case binary_op::any_inside:
      return binary_op::contains_any;
    default:
      return std::nullopt;
  }
}

// Whether an index over the field's values answers `field op constant` exactly.
bool indexable(binary_op op, const value& constant) noexcept {
  switch (op) {
    case binary_op::equal:
    case binary_op::not_equal:
      return constant.type() != value_type::regex;
    case binary_op::less:
    case binary_op::less_equal:
    case binary_op::greater:
    case binary_op::greater_equal:
    case binary_op::contains:
      return true;
    case binary_op::inside:
      return constant.is_array() || constant.type() == value_type::set ||
             constant.type() == value_type::range;
    case binary_op::contains_any:
      return constant.is_array() || constant.type() == value_type::set;
    default:
      return false;
  }
}

const value* as_literal(const expr& expression) noexcept {
  const auto* fixed = std::get_if<literal>(&expression.node);
  return fixed ? &fixed->constant : nullptr;
}

std::optional<field_comparison> as_comparison(const binary& node) {
  const value* constant = as_literal(*node.right);
  std::optional<field_path> field = as_field_path(*node.left);
  std::optional<binary_op> op = node.op;
  if (!constant || !field) {
    constant = as_literal(*node.left);
    field = as_field_path(*node.right);
    op = mirrored(node.op);
  }
  if (!constant || !field || field->empty() || !op) return std::nullopt;
  if (*op == binary_op::exact_equal) op = binary_op::equal;
  if (!indexable(*op, *constant)) return std::nullopt;
  return field_comparison{*std::move(field), *op, *constant};
}

void add_parts(const expr_ptr& condition, binary_op joint, std::vector<predicate>& into) {
  const auto* node = std::get_if<binary>(&condition->node);
  if (node && node->op == joint) {
    add_parts(node->left, joint, into);
    add_parts(node->right, joint, into);
  } else {
    into.push_back(split_condition(condition));
  }
}

}  // namespace

predicate split_condition(const expr_ptr& condition) {
  if (const auto* node = std::get_if<binary>(&condition->node)) {
    if (node->op == binary_op::logical_and) {
      predicate::conjunction parts;
      add_parts(condition, node->op, parts.all);
      return {std::move(parts)};
    }
    if (node->op == binary_op::logical_or) {
      predicate::disjunction parts;
      add_parts(condition, node->op, parts.any);
      return {std::move(parts)};
    }
    if (auto comparison = as_comparison(*node)) return {*std::move(comparison)};
  }
  return {predicate::other{condition}};
}

}  // namespace spooky::surrealql
