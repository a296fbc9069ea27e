#include "views/plan/access.hpp"

#include "surrealql/analyse/analyse.hpp"
#include "surrealql/analyse/clock_uses.hpp"
#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/syntax/walk.hpp"
#include "views/plan/expression_traits.hpp"
#include "views/tables/element_index.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace spooky::views {
namespace {

using namespace surrealql;

/// What a constant may name and how it is computed, and what lets few rows through.
struct known_values {
  const object* params;
  const moment* now;
  semantics rules;
  const share_estimate* share;
};

/// Whether it names a param that only the database may have a value for, not for everybody maybe.
bool names_unknown(const expr& expression, const object& params) {
  if (const auto* named = std::get_if<param>(&expression.node))
    return params.find(named->name) == nullptr;
  bool found = false;
  for_each_child(expression,
                 {[&](const expr& child) { found = found || names_unknown(child, params); },
                  [](const select_statement&) {}});
  return found;
}

std::optional<value> constant_of(const expr& expression, const known_values& known) {
  if (names_unknown(expression, *known.params)) return std::nullopt;
  const expression_traits traits = traits_of(expression);
  if (traits.row || traits.parent || traits.reads) return std::nullopt;
  if (traits.clock && !moves_with_clock(expression)) return std::nullopt;
  moment at = *known.now;
  surrealql::budget spent(surrealql::constant_limits());
  eval_context context;
  context.params = known.params;
  context.rules = known.rules;
  context.spent = &spent;
  context.at = &at;
  auto outcome = evaluate(expression, context);
  if (!outcome.ok()) return std::nullopt;
  return std::move(*outcome);
}

/// `path op constant`, with the path on the left.
struct comparison {
  field_path path;
  binary_op op;
  value constant;
  bool moving = false;  ///< it is the constant of now, and rises with the clock
};

binary_op mirrored(binary_op op) {
  switch (op) {
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
    case binary_op::contains_all:
      return binary_op::all_inside;
    case binary_op::all_inside:
      return binary_op::contains_all;
    case binary_op::contains_any:
      return binary_op::any_inside;
    case binary_op::any_inside:
      return binary_op::contains_any;
    default:
      return op;
  }
}

std::optional<comparison> as_comparison(const binary& node, const known_values& known) {
  if (auto path = as_field_path(*node.left); path && !path->empty())
    if (auto constant = constant_of(*node.right, known))
      return comparison{std::move(*path), node.op, std::move(*constant), reads_clock(*node.right)};
  if (auto path = as_field_path(*node.right); path && !path->empty())
    if (auto constant = constant_of(*node.left, known))
      return comparison{std::move(*path), mirrored(node.op), std::move(*constant),
                        reads_clock(*node.left)};
  return std::nullopt;
}

/// The items without those that are equal to another; nothing if one may equal many values.
std::optional<array> distinct_keys(array items) {
  if (std::any_of(items.begin(), items.end(),
                  [](const value& v) { return v.type() == value_type::regex; }))
    return std::nullopt;
  std::sort(items.begin(), items.end(), [](const value& a, const value& b) { return a < b; });
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

/// The field holds a list of which an element is wanted. A field that mostly holds texts is better
/// looked at row by row.
std::optional<access> of_elements(const comparison& c, const known_values& known) {
  constexpr double too_many = 0.5;
  if (c.path.size() != 1) return std::nullopt;
  const auto one = [&](const value& key) { return access_term{c.path, key, std::nullopt, true}; };
  access out;
  if (c.op == binary_op::contains) {
    out.terms.push_back(one(c.constant));
  } else {
    if (!is_list(c.constant)) return std::nullopt;
    auto keys = distinct_keys(c.constant.as_array());
    if (!keys) return std::nullopt;
    for (const value& key : *keys) out.terms.push_back(one(key));
    if (c.op == binary_op::contains_all) {
      if (out.terms.empty()) return std::nullopt;
      // Who has all of them has the rarest.
      auto rarest = std::min_element(out.terms.begin(), out.terms.end(),
                                     [&](const access_term& a, const access_term& b) {
                                       return (*known.share)(a) < (*known.share)(b);
                                     });
      out.terms = {std::move(*rarest)};
    }
  }
  if (share_of(out, *known.share) > too_many) return std::nullopt;
  return out;
}

std::optional<access> of_comparison(comparison c, const known_values& known) {
  using kind = interval_end::kind;
  if (c.constant.type() == value_type::regex || c.constant.type() == value_type::closure)
    return std::nullopt;
  if (c.moving && (c.constant.type() != value_type::datetime ||
                   (c.op != binary_op::greater && c.op != binary_op::greater_equal)))
    return std::nullopt;
  access out;
  out.exact = c.path.size() == 1 && !c.moving;
  const auto range = [&](interval i) {
    out.terms.push_back({std::move(c.path), {}, std::move(i)});
    return std::optional<access>(std::move(out));
  };
  switch (c.op) {
    case binary_op::equal:
    case binary_op::exact_equal:
      out.terms.push_back({std::move(c.path), std::move(c.constant), std::nullopt});
      return out;
    case binary_op::inside: {
      if (!is_list(c.constant)) return std::nullopt;
      auto keys = distinct_keys(c.constant.as_array());
      if (!keys) return std::nullopt;
      for (value& key : *keys) out.terms.push_back({c.path, std::move(key), std::nullopt});
      return out;
    }
    case binary_op::contains:
    case binary_op::contains_any:
    case binary_op::any_inside:
    case binary_op::contains_all:
      return of_elements(c, known);
    case binary_op::less:
      return range({{}, {kind::excluded, std::move(c.constant)}});
    case binary_op::less_equal:
      return range({{}, {kind::included, std::move(c.constant)}});
    case binary_op::greater:
      return range({{kind::excluded, std::move(c.constant)}, {}});
    case binary_op::greater_equal:
      return range({{kind::included, std::move(c.constant)}, {}});
    default:
      return std::nullopt;
  }
}

std::optional<access> of_condition(const expr_ptr& condition, const known_values& known);

/// Two ranges on one path narrow to their intersection.
bool narrow(access& a, const access& b) {
  if (a.terms.size() != 1 || b.terms.size() != 1) return false;
  access_term& mine = a.terms.front();
  const access_term& theirs = b.terms.front();
  if (!mine.range || !theirs.range || mine.path != theirs.path) return false;
  mine.range = interval::intersect(*mine.range, *theirs.range);
  a.exact = a.exact && b.exact;
  return true;
}

/// Of the conditions that a row must all meet, the one that the fewest do.
access narrowest(std::vector<access> found, const known_values& known) {
  std::vector<double> shares;
  shares.reserve(found.size());
  for (const access& a : found) shares.push_back(share_of(a, *known.share));
  const auto best = std::min_element(shares.begin(), shares.end()) - shares.begin();
  access out = std::move(found[static_cast<std::size_t>(best)]);
  out.exact = false;
  out.chosen = true;
  return out;
}

/// A comparison of a field with the clock plus or minus a duration that some parameter gives: it
/// cannot fail, for it does not fail now.
bool is_bound_in_time(const expr& part, const known_values& known) {
  const auto* node = std::get_if<binary>(&part.node);
  if (node == nullptr || node->op < binary_op::less || node->op > binary_op::greater_equal)
    return false;
  const auto side = [&](const expr& field, const expr& bound) {
    return as_field_path(field) && moves_with_clock(bound) && constant_of(bound, known);
  };
  return side(*node->left, *node->right) || side(*node->right, *node->left);
}

std::optional<access> of_conjunction(const std::vector<expr_ptr>& parts,
                                     const known_values& known) {
  std::vector<access> found;
  bool all_used = true;
  for (const expr_ptr& part : parts) {
    if (traits_of(*part).can_fail && !is_bound_in_time(*part, known)) {
      all_used = false;
      break;
    }
    auto next = of_condition(part, known);
    if (!next) {
      all_used = false;
      continue;
    }
    const bool merged =
        std::any_of(found.begin(), found.end(), [&](access& a) { return narrow(a, *next); });
    if (!merged) found.push_back(std::move(*next));
  }
  if (found.empty()) return std::nullopt;
  if (found.size() == 1) {
    found.front().exact = found.front().exact && all_used;
    return std::move(found.front());
  }
  return narrowest(std::move(found), known);
}

std::optional<access> of_condition(const expr_ptr& condition, const known_values& known) {
  const auto* node = std::get_if<binary>(&condition->node);
  if (node == nullptr) return std::nullopt;
  if (node->op == binary_op::logical_and) return of_conjunction(conjuncts(condition), known);
  if (node->op == binary_op::logical_or) {
    auto left = of_condition(node->left, known);
    if (!left) return std::nullopt;
    auto right = of_condition(node->right, known);
    if (!right) return std::nullopt;
    std::move(right->terms.begin(), right->terms.end(), std::back_inserter(left->terms));
    left->exact = left->exact && right->exact;
    left->chosen = left->chosen || right->chosen;
    return left;
  }
  auto simple = as_comparison(*node, known);
  if (!simple) return std::nullopt;
  return of_comparison(std::move(*simple), known);
}

}  // namespace

bool access::keyed() const {
  return std::none_of(terms.begin(), terms.end(),
                      [](const access_term& t) { return t.range.has_value() || t.element; });
}

double share_of(const access& rows, const share_estimate& share) {
  double sum = 0;
  for (const access_term& term : rows.terms) sum += share(term);
  return std::min(sum, 1.0);
}

std::optional<access> access_of(const expr_ptr& where, const object& params, const moment& now,
                                semantics rules, const share_estimate& share) {
  const known_values known{&params, &now, rules, &share};
  if (where == nullptr) return std::nullopt;
  return of_conjunction(conjuncts(where), known);
}

}  // namespace spooky::views
