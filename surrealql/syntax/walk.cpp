#include "surrealql/syntax/walk.hpp"

#include "surrealql/syntax/print.hpp"

#include <variant>
#include <vector>

namespace spooky::surrealql {

namespace {

/// Hands the children of every kind of node and path part to the visitor.
class child_walk {
 public:
  explicit child_walk(const child_visitor& visit) : visit_(visit) {}

  void operator()(const literal&) const {}
  void operator()(const param&) const {}
  void operator()(const constant&) const {}
  void operator()(const array_literal& n) const { each(n.items); }
  void operator()(const set_literal& n) const { each(n.items); }
  void operator()(const object_literal& n) const {
    for (const auto& [name, member] : n.members) one(member);
  }
  void operator()(const record_literal& n) const { one(n.key); }
  void operator()(const range_expr& n) const {
    one(n.begin);
    one(n.end);
  }
  void operator()(const path& n) const {
    one(n.start);
    for (const path_part& part : n.parts) std::visit(*this, part);
  }
  void operator()(const unary& n) const { one(n.operand); }
  void operator()(const binary& n) const {
    one(n.left);
    one(n.right);
  }
  void operator()(const type_cast& n) const { one(n.operand); }
  void operator()(const call& n) const { each(n.arguments); }
  void operator()(const invocation& n) const {
    one(n.callee);
    each(n.arguments);
  }
  void operator()(const closure& n) const { one(n.body); }
  void operator()(const if_else& n) const {
    for (const auto& [condition, result] : n.branches) {
      one(condition);
      one(result);
    }
    one(n.otherwise);
  }
  void operator()(const block& n) const { each(n.statements); }
  void operator()(const let_binding& n) const { one(n.bound); }
  void operator()(const return_expr& n) const { one(n.result); }
  void operator()(const subquery& n) const { inner(n.select); }

  void operator()(const field_part&) const {}
  void operator()(const all_part&) const {}
  void operator()(const last_part&) const {}
  void operator()(const optional_part&) const {}
  void operator()(const flatten_part&) const {}
  void operator()(const document_part&) const {}
  void operator()(const repeat_part&) const {}
  void operator()(const index_part& n) const { one(n.index); }
  void operator()(const where_part& n) const { one(n.condition); }
  void operator()(const method_part& n) const { each(n.arguments); }
  void operator()(const destructure_part& n) const {
    for (const destructure_member& member : n.members) one(member.path);
  }
  void operator()(const recurse_part& n) const {
    one(n.target);
    one(n.path);
  }
  void operator()(const graph_part& n) const {
    for (const graph_target& target : n.targets) one(target.range);
    inner(n.select);
    one(n.where);
    one(n.limit);
    one(n.start);
    one(n.alias);
  }

  void one(const expr_ptr& child) const {
    if (child && visit_.on_expression) visit_.on_expression(*child);
  }
  void each(const std::vector<expr_ptr>& children) const {
    for (const expr_ptr& child : children) one(child);
  }

 private:
  void inner(const select_ptr& select) const {
    if (select && visit_.on_select) visit_.on_select(*select);
  }

  const child_visitor& visit_;
};

}  // namespace

void for_each_child(const expr& node, const child_visitor& visit) {
  std::visit(child_walk(visit), node.node);
}

void for_each_child(const select_statement& select, const child_visitor& visit) {
  const child_walk walk(visit);
  for (const projection& field : select.projections) {
    walk.one(field.value);
    walk.one(field.alias);
  }
  walk.each(select.omit);
  walk.each(select.from);
  walk.one(select.where);
  walk.each(select.split);
  walk.each(select.group);
  for (const order_key& key : select.order) walk.one(key.path);
  walk.one(select.limit);
  walk.one(select.start);
  walk.each(select.fetch);
  walk.one(select.version);
  walk.one(select.timeout);
}

bool same(const expr& a, const expr& b) { return &a == &b || print(a) == print(b); }

bool same(const select_statement& a, const select_statement& b) {
  return &a == &b || print(a) == print(b);
}

}  // namespace spooky::surrealql
