#include "surrealql/syntax/rewrite.hpp"

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace spooky::surrealql {
namespace {

// Rebuilds what changed. Each overload answers whether it changed its argument.
class rewriter {
 public:
  rewriter(const replacement& replace, bool selects) noexcept
      : replace_(replace), selects_(selects) {}

  bool tree(expr_ptr& at) const {
    if (!at) return false;
    if (expr_ptr other = replace_(at)) {
      const bool changed = other != at;
      at = std::move(other);
      return changed;
    }
    expr copy = *at;
    const bool changed = std::visit([this](auto& node) { return children(node); }, copy.node);
    if (changed) at = std::make_shared<const expr>(std::move(copy));
    return changed;
  }

  bool statement(select_ptr& at) const {
    select_statement copy = *at;
    bool changed = false;
    for (projection& p : copy.projections) changed |= tree(p.value);
    changed |= all(copy.from);
    changed |= tree(copy.where);
    changed |= tree(copy.limit);
    changed |= tree(copy.start);
    if (changed) at = std::make_shared<const select_statement>(std::move(copy));
    return changed;
  }

 private:
  bool all(std::vector<expr_ptr>& list) const {
    bool changed = false;
    for (expr_ptr& item : list) changed |= tree(item);
    return changed;
  }

  bool children(literal&) const { return false; }
  bool children(param&) const { return false; }
  bool children(constant&) const { return false; }
  bool children(array_literal& n) const { return all(n.items); }
  bool children(set_literal& n) const { return all(n.items); }
  bool children(object_literal& n) const {
    bool changed = false;
    for (auto& [name, item] : n.members) changed |= tree(item);
    return changed;
  }
  bool children(record_literal& n) const { return tree(n.key); }
  bool children(range_expr& n) const {
    const bool begin = tree(n.begin);
    return tree(n.end) || begin;
  }
  bool children(path& n) const {
    bool changed = tree(n.start);
    for (path_part& part : n.parts)
      changed |= std::visit([this](auto& p) { return inside(p); }, part);
    return changed;
  }
  bool children(unary& n) const { return tree(n.operand); }
  bool children(binary& n) const {
    const bool left = tree(n.left);
    return tree(n.right) || left;
  }
  bool children(type_cast& n) const { return tree(n.operand); }
  bool children(call& n) const { return all(n.arguments); }
  bool children(invocation& n) const {
    const bool callee = tree(n.callee);
    return all(n.arguments) || callee;
  }
  bool children(closure& n) const { return tree(n.body); }
  bool children(if_else& n) const {
    bool changed = false;
    for (auto& [condition, outcome] : n.branches) {
      changed |= tree(condition);
      changed |= tree(outcome);
    }
    return tree(n.otherwise) || changed;
  }
  bool children(block& n) const { return all(n.statements); }
  bool children(let_binding& n) const { return tree(n.bound); }
  bool children(return_expr& n) const { return tree(n.result); }
  bool children(subquery& n) const { return selects_ && statement(n.select); }

  bool inside(field_part&) const { return false; }
  bool inside(all_part&) const { return false; }
  bool inside(last_part&) const { return false; }
  bool inside(optional_part&) const { return false; }
  bool inside(flatten_part&) const { return false; }
  bool inside(document_part&) const { return false; }
  bool inside(repeat_part&) const { return false; }
  bool inside(index_part& p) const { return tree(p.index); }
  bool inside(where_part& p) const { return tree(p.condition); }
  bool inside(method_part& p) const { return all(p.arguments); }
  bool inside(destructure_part& p) const {
    bool changed = false;
    for (destructure_member& member : p.members) {
      // A member's path is no expression of its own: only what stands inside it is rewritten.
      expr copy = *member.path;
      if (!std::visit([this](auto& node) { return children(node); }, copy.node)) continue;
      member.path = std::make_shared<const expr>(std::move(copy));
      changed = true;
    }
    return changed;
  }
  bool inside(recurse_part& p) const { return tree(p.target); }
  bool inside(graph_part& p) const {
    bool changed = tree(p.where);
    for (graph_target& target : p.targets) changed |= tree(target.range);
    changed |= tree(p.limit);
    changed |= tree(p.start);
    if (p.select && selects_) changed |= statement(p.select);
    return changed;
  }

  const replacement& replace_;
  bool selects_;
};

}  // namespace

expr_ptr rewrite(const expr_ptr& expression, const replacement& replace) {
  expr_ptr out = expression;
  rewriter(replace, false).tree(out);
  return out;
}

select_ptr rewrite_select(const select_ptr& select, const replacement& replace) {
  select_ptr out = select;
  rewriter(replace, true).statement(out);
  return out;
}

}  // namespace spooky::surrealql
