#include "tests/unit/surrealql/syntax/dump_tree.hpp"

#include "surrealql/values/text.hpp"

#include <variant>

namespace spooky::surrealql::test {

namespace {

std::string sub(const expr_ptr& e) { return e ? dump(*e) : "-"; }
std::string sub(const select_ptr& s) { return s ? dump(*s) : "-"; }
std::string text(const std::string& s) { return to_text(value(s)); }

template <class... Parts>
std::string node(const char* name, const Parts&... parts) {
  std::string out = std::string("(") + name;
  ((out += " ", out += parts), ...);
  return out + ")";
}

template <class Items>
std::string all(const Items& items) {
  std::string out = "<";
  for (const auto& item : items) out += sub(item) + " ";
  return out + ">";
}

std::string number(std::optional<std::uint32_t> n) { return n ? std::to_string(*n) : "-"; }

struct dumper {
  std::string operator()(const literal& n) const {
    return node("literal", std::to_string(static_cast<int>(n.constant.type())),
                to_text(n.constant));
  }
  std::string operator()(const param& n) const { return node("param", text(n.name)); }
  std::string operator()(const array_literal& n) const { return node("array", all(n.items)); }
  std::string operator()(const set_literal& n) const { return node("set", all(n.items)); }
  std::string operator()(const object_literal& n) const {
    std::string out;
    for (const auto& [name, member] : n.members) out += text(name) + ":" + sub(member) + " ";
    return node("object", out);
  }
  std::string operator()(const record_literal& n) const {
    return node("record", text(n.table), sub(n.key));
  }
  std::string operator()(const range_expr& n) const {
    return node("range", sub(n.begin), n.begin_excluded ? ">" : "=", n.end_included ? "=" : "<",
                sub(n.end));
  }
  std::string operator()(const path& n) const {
    std::string out;
    for (const path_part& part : n.parts) out += std::visit(*this, part) + " ";
    return node("path", sub(n.start), out);
  }
  std::string operator()(const unary& n) const {
    return node("unary", std::to_string(static_cast<int>(n.op)), sub(n.operand));
  }
  std::string operator()(const binary& n) const {
    return node("binary", std::to_string(static_cast<int>(n.op)), sub(n.left), sub(n.right));
  }
  std::string operator()(const type_cast& n) const { return node("cast", n.type, sub(n.operand)); }
  std::string operator()(const call& n) const { return node("call", n.function, all(n.arguments)); }
  std::string operator()(const invocation& n) const {
    return node("invocation", sub(n.callee), all(n.arguments));
  }
  std::string operator()(const constant& n) const { return node("constant", n.name); }
  std::string operator()(const closure& n) const {
    std::string out;
    for (const auto& [name, type] : n.parameters) out += text(name) + ":" + type + " ";
    return node("closure", out, n.returns, sub(n.body));
  }
  std::string operator()(const if_else& n) const {
    std::string out;
    for (const auto& [condition, chosen] : n.branches)
      out += sub(condition) + "?" + sub(chosen) + " ";
    return node("if", out, sub(n.otherwise));
  }
  std::string operator()(const block& n) const { return node("block", all(n.statements)); }
  std::string operator()(const let_binding& n) const {
    return node("let", text(n.name), sub(n.bound));
  }
  std::string operator()(const return_expr& n) const { return node("return", sub(n.result)); }
  std::string operator()(const subquery& n) const { return node("subquery", sub(n.select)); }

  std::string operator()(const field_part& n) const { return node("field", text(n.name)); }
  std::string operator()(const all_part&) const { return "*"; }
  std::string operator()(const last_part&) const { return "$"; }
  std::string operator()(const optional_part&) const { return "?"; }
  std::string operator()(const flatten_part&) const { return "…"; }
  std::string operator()(const document_part&) const { return "@"; }
  std::string operator()(const repeat_part&) const { return ".@"; }
  std::string operator()(const index_part& n) const { return node("index", sub(n.index)); }
  std::string operator()(const where_part& n) const { return node("where", sub(n.condition)); }
  std::string operator()(const method_part& n) const {
    return node("method", text(n.name), all(n.arguments));
  }
  std::string operator()(const destructure_part& n) const {
    std::string out;
    for (const auto& member : n.members)
      out += text(member.name) + (member.spread ? "..." : ":") + sub(member.path) + " ";
    return node("destructure", out);
  }
  std::string operator()(const recurse_part& n) const {
    return node("recurse", number(n.min), number(n.max), n.instruction, sub(n.target), sub(n.path));
  }
  std::string operator()(const graph_part& n) const {
    std::string targets;
    for (const auto& target : n.targets)
      targets += text(target.table) + ":" + sub(target.range) + ":" + text(target.field) + " ";
    return node("graph", std::to_string(static_cast<int>(n.direction)), targets, sub(n.where),
                sub(n.limit), sub(n.start), sub(n.select), sub(n.alias));
  }
};

}  // namespace

std::string dump(const expr& e) { return std::visit(dumper{}, e.node); }

std::string dump(const select_statement& s) {
  std::string fields, order, indexes;
  for (const auto& field : s.projections) fields += sub(field.value) + "/" + sub(field.alias) + " ";
  for (const auto& key : s.order)
    order += sub(key.path) + (key.collate ? "c" : "") + (key.numeric ? "n" : "") +
             (key.descending ? "d " : "a ");
  for (const auto& index : s.with_indexes) indexes += text(index) + " ";
  return node("select", s.value_only ? "value" : "", fields, all(s.omit), s.only ? "only" : "",
              all(s.from), s.no_index ? "noindex" : "", indexes, sub(s.where), all(s.split),
              s.group_all ? "all" : "", all(s.group), order, s.order_random ? "random" : "",
              sub(s.limit), sub(s.start), all(s.fetch), sub(s.timeout),
              std::to_string(static_cast<int>(s.explain)));
}

}  // namespace spooky::surrealql::test
