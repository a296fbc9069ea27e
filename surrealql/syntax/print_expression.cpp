#include "surrealql/syntax/parser.hpp"
#include "surrealql/syntax/printer.hpp"
#include "surrealql/syntax/token.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <array>
#include <variant>

/// Text of expressions that are not paths.
namespace spooky::surrealql {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_word(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_plain(std::string_view name) noexcept {
  return !name.empty() && !is_digit(name.front()) &&
         std::all_of(name.begin(), name.end(), is_word) && name != "NaN" && name != "Infinity";
}

/// A member name as an object literal shows it: cut from the text of an object that has it.
std::string member_name(std::string_view name) {
  static constexpr std::string_view opening = "{ ", closing = ": NONE }";
  const std::string whole = to_text(value(object({{std::string(name), value()}})));
  return whole.substr(opening.size(), whole.size() - opening.size() - closing.size());
}

/// What would be read differently beside an operator or a dot.
bool needs_parentheses(const expr& e) {
  if (std::holds_alternative<closure>(e.node) || std::holds_alternative<if_else>(e.node) ||
      std::holds_alternative<subquery>(e.node) || std::holds_alternative<return_expr>(e.node) ||
      std::holds_alternative<let_binding>(e.node) || std::holds_alternative<record_literal>(e.node))
    return true;
  if (const auto* fixed = std::get_if<literal>(&e.node)) {
    const value_type type = fixed->constant.type();
    return type == value_type::record || type == value_type::range;
  }
  const auto* range = std::get_if<range_expr>(&e.node);
  return range != nullptr && range->end == nullptr;
}

/// Whether the text begins with a minus (or `->`), which would make `--` of a negation.
bool begins_with_minus(const expr& e) {
  if (const auto* u = std::get_if<unary>(&e.node)) return u->op == unary_op::negate;
  if (const auto* b = std::get_if<binary>(&e.node)) return begins_with_minus(*b->left);
  if (const auto* r = std::get_if<range_expr>(&e.node))
    return r->begin != nullptr && begins_with_minus(*r->begin);
  if (const auto* p = std::get_if<path>(&e.node)) {
    if (p->start != nullptr) return begins_with_minus(*p->start);
    const auto* step = p->parts.empty() ? nullptr : std::get_if<graph_part>(&p->parts.front());
    return step != nullptr && step->direction == graph_direction::out;
  }
  const auto* fixed = std::get_if<literal>(&e.node);
  return fixed != nullptr && fixed->constant.is_number() &&
         to_text(fixed->constant).starts_with('-');
}

/// Behind a brace, `table:key` would begin an object; so would what begins with it.
bool reads_as_member(const expr& e) {
  if (const auto* fixed = std::get_if<literal>(&e.node)) return fixed->constant.is_record();
  if (const auto* b = std::get_if<binary>(&e.node)) return reads_as_member(*b->left);
  return std::holds_alternative<record_literal>(e.node) ||
         std::holds_alternative<range_expr>(e.node);
}

/// As a statement, `$x = 1` would be an assignment without LET.
bool reads_as_assignment(const expr& e) {
  const auto* b = std::get_if<binary>(&e.node);
  return b != nullptr && b->op == binary_op::equal && std::holds_alternative<param>(b->left->node);
}

/// "option<int>" in types is the engine's "none | int".
std::string engine_type(std::string_view type) {
  static constexpr std::string_view option = "option<";
  std::string out;
  while (!type.empty()) {
    const std::size_t at = type.find(option);
    out += type.substr(0, at);
    if (at == std::string_view::npos) break;
    type.remove_prefix(at + option.size());
    std::size_t depth = 1, end = 0;
    for (; end < type.size() && depth != 0; ++end)
      depth += type[end] == '<' ? 1 : type[end] == '>' ? std::size_t(-1) : 0;
    out += "none | " + engine_type(type.substr(0, end - 1));
    type.remove_prefix(end);
  }
  return out;
}

/// Constants of the engine are written in capitals after their module.
std::string constant_name(std::string_view name) {
  const std::size_t module_end = name.find("::") + 2;
  std::string out(name);
  std::transform(out.begin() + static_cast<std::ptrdiff_t>(module_end), out.end(),
                 out.begin() + static_cast<std::ptrdiff_t>(module_end),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

}  // namespace

std::string_view operator_text(binary_op op) noexcept {
  switch (op) {
    case binary_op::logical_or:
      return "OR";
    case binary_op::logical_and:
      return "AND";
    case binary_op::null_coalesce:
      return "??";
    case binary_op::truthy_coalesce:
      return "?:";
    case binary_op::equal:
      return "=";
    case binary_op::exact_equal:
      return "==";
    case binary_op::not_equal:
      return "!=";
    case binary_op::any_equal:
      return "?=";
    case binary_op::all_equal:
      return "*=";
    case binary_op::less:
      return "<";
    case binary_op::less_equal:
      return "<=";
    case binary_op::greater:
      return ">";
    case binary_op::greater_equal:
      return ">=";
    case binary_op::contains:
      return "CONTAINS";
    case binary_op::contains_not:
      return "CONTAINSNOT";
    case binary_op::contains_all:
      return "CONTAINSALL";
    case binary_op::contains_any:
      return "CONTAINSANY";
    case binary_op::contains_none:
      return "CONTAINSNONE";
    case binary_op::inside:
      return "INSIDE";
    case binary_op::not_inside:
      return "NOTINSIDE";
    case binary_op::all_inside:
      return "ALLINSIDE";
    case binary_op::any_inside:
      return "ANYINSIDE";
    case binary_op::none_inside:
      return "NONEINSIDE";
    case binary_op::outside:
      return "OUTSIDE";
    case binary_op::intersects:
      return "INTERSECTS";
    case binary_op::matches:
      return "@@";
    case binary_op::nearest:
      return "<||>";
    case binary_op::add:
      return "+";
    case binary_op::subtract:
      return "-";
    case binary_op::multiply:
      return "*";
    case binary_op::divide:
      return "/";
    case binary_op::remainder:
      return "%";
    case binary_op::power:
      return "**";
  }
  return {};
}

std::string plain_name(std::string_view name) {
  return is_plain(name) ? std::string(name) : escape_name(name);
}

void printer::expression(const expr& e) { std::visit(*this, e.node); }

void printer::covered(const expr& e, bool parentheses) {
  if (parentheses) put("(");
  expression(e);
  if (parentheses) put(")");
}

void printer::item(const expr& e) {
  covered(e, std::holds_alternative<if_else>(e.node) || std::holds_alternative<subquery>(e.node) ||
                 std::holds_alternative<let_binding>(e.node));
}

void printer::list(const std::vector<expr_ptr>& items) {
  bool first = true;
  for (const expr_ptr& one : items) {
    if (!first) put(", ");
    first = false;
    item(*one);
  }
}

void printer::operator()(const literal& n) { put(to_text(n.constant)); }

void printer::operator()(const param& n) { put("$" + plain_name(n.name)); }

void printer::operator()(const array_literal& n) {
  put("[");
  list(n.items);
  put("]");
}

void printer::operator()(const set_literal& n) {
  put("{");
  for (std::size_t i = 0; i < n.items.size(); ++i) {
    if (i != 0) put(", ");
    if (i == 0 && reads_as_member(*n.items[i])) {
      covered(*n.items[i], true);
    } else {
      item(*n.items[i]);
    }
  }
  put(n.items.size() < 2 ? ",}" : "}");
}

void printer::operator()(const object_literal& n) {
  put("{ ");
  for (std::size_t i = 0; i < n.members.size(); ++i) {
    if (i != 0) put(", ");
    put(member_name(n.members[i].first) + ": ");
    item(*n.members[i].second);
  }
  put(" }");
}

void printer::key(const expr& e) {
  if (const auto* range = std::get_if<range_expr>(&e.node)) return key_range(*range);
  if (const auto* fixed = std::get_if<literal>(&e.node)) {
    const std::string whole = to_text(value(record_id{"t", fixed->constant}));
    return put(std::string_view(whole).substr(2));
  }
  expression(e);
}

void printer::key_range(const range_expr& range) {
  if (range.begin) key(*range.begin);
  if (range.begin_excluded) put(">");
  put("..");
  if (range.end_included) put("=");
  if (range.end) key(*range.end);
}

void printer::operator()(const record_literal& n) {
  put(escape_name(n.table) + ":");
  key(*n.key);
}

void printer::operator()(const range_expr& n) {
  const auto bound = [&](const expr& e) {
    covered(e, needs_parentheses(e) || binding_of(e) <= binding::range);
  };
  if (n.begin) bound(*n.begin);
  if (n.begin_excluded) put(">");
  put("..");
  if (n.end_included) put("=");
  if (n.end) bound(*n.end);
}

void printer::operator()(const unary& n) {
  put(n.op == unary_op::negate ? "-" : n.op == unary_op::plus ? "+" : "!");
  const expr& operand = *n.operand;
  const std::size_t operand_at = out_.size();
  covered(operand, needs_parentheses(operand) || binding_of(operand) < binding::prefix ||
                       (n.op == unary_op::negate && begins_with_minus(operand)));
  // A sign joins the number that follows it, so what merely begins with a number is covered.
  const bool joins = n.op != unary_op::logical_not && operand_at < out_.size() &&
                     is_digit(out_[operand_at]) && !std::holds_alternative<literal>(operand.node);
  if (style_ == style::exact && joins) {
    out_.insert(operand_at, "(");
    put(")");
  }
}

void printer::operator()(const binary& n) {
  const binding power = binding_of(n.op), left = binding_of(*n.left), right = binding_of(*n.right);
  const bool comparison = power == binding::relation || power == binding::equality;
  const bool shaped = style_ == style::engine_shape;
  covered(*n.left, needs_parentheses(*n.left) || left < power ||
                       (left == power && (comparison || (shaped && power == binding::power))));
  put(" ");
  put(n.written.empty() ? operator_text(n.op) : n.written);
  put(" ");
  const bool arithmetic = power == binding::sum || power == binding::product;
  const bool keeps_shape = style_ == style::exact || comparison || (shaped && arithmetic);
  covered(*n.right,
          needs_parentheses(*n.right) || right < power || (right == power && keeps_shape));
}

void printer::operator()(const type_cast& n) {
  put("<" + engine_type(n.type) + "> ");
  covered(*n.operand, needs_parentheses(*n.operand) || binding_of(*n.operand) < binding::prefix);
}

void printer::operator()(const call& n) {
  put(n.function + "(");
  list(n.arguments);
  put(")");
}

void printer::operator()(const invocation& n) {
  covered(*n.callee, true);
  put("(");
  list(n.arguments);
  put(")");
}

void printer::operator()(const constant& n) { put(constant_name(n.name)); }

void printer::operator()(const closure& n) {
  put("|");
  for (std::size_t i = 0; i < n.parameters.size(); ++i) {
    if (i != 0) put(", ");
    const auto& [name, type] = n.parameters[i];
    put("$" + plain_name(name));
    const std::string text = type.empty() ? "any" : engine_type(type);
    const bool several = text.find(" | ") != std::string::npos;
    if (several || (!type.empty() && style_ == style::exact))
      put(": <" + text + ">");
    else if (style_ != style::exact)
      put(": " + text);
  }
  put("| ");
  if (!n.returns.empty()) put("-> " + engine_type(n.returns) + " ");
  const std::size_t body_at = out_.size();
  if (const auto* nested = std::get_if<subquery>(&n.body->node); nested && style_ != style::exact)
    select(*nested->select);
  else
    item(*n.body);
  // `|$x| ->e` would announce a type.
  if (n.returns.empty() && out_.compare(body_at, 2, "->") == 0) {
    out_.insert(body_at, "(");
    put(")");
  }
}

void printer::operator()(const if_else& n) {
  const auto is_block = [](const expr_ptr& e) { return std::holds_alternative<block>(e->node); };
  const bool bracketed = std::all_of(n.branches.begin(), n.branches.end(),
                                     [&](const auto& branch) { return is_block(branch.second); }) &&
                         (!n.otherwise || is_block(n.otherwise));
  const auto body = [&](const expr& e) {
    put(bracketed ? " " : " THEN ");
    item(e);
  };
  for (std::size_t i = 0; i < n.branches.size(); ++i) {
    put(i == 0 ? "IF " : " ELSE IF ");
    item(*n.branches[i].first);
    body(*n.branches[i].second);
  }
  if (n.otherwise) {
    put(" ELSE ");
    item(*n.otherwise);
  }
  if (!bracketed) put(" END");
}

void printer::operator()(const block& n) {
  if (n.statements.empty()) return put("{;}");
  put("{ ");
  for (std::size_t i = 0; i < n.statements.size(); ++i) {
    if (i != 0) put("; ");
    const expr& one = *n.statements[i];
    const bool ambiguous = reads_as_assignment(one) || (i == 0 && reads_as_member(one));
    covered(one, ambiguous && style_ == style::exact);
  }
  const bool single =
      n.statements.size() == 1 && !std::holds_alternative<let_binding>(n.statements.front()->node);
  put(single ? " }" : "; }");
}

void printer::operator()(const let_binding& n) {
  put("LET $" + plain_name(n.name) + " = ");
  item(*n.bound);
}

void printer::operator()(const return_expr& n) {
  put("RETURN ");
  item(*n.result);
}

void printer::operator()(const subquery& n) { select(*n.select); }

}  // namespace spooky::surrealql
