#include "surrealql/syntax/printer.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <variant>

/// Text of paths and their parts.
namespace spooky::surrealql {

namespace {

/// A start that a dot or bracket can follow bare.
bool bare_start(const expr& start) {
  if (std::holds_alternative<param>(start.node) || std::holds_alternative<call>(start.node) ||
      std::holds_alternative<array_literal>(start.node) ||
      std::holds_alternative<object_literal>(start.node) ||
      std::holds_alternative<set_literal>(start.node) ||
      std::holds_alternative<block>(start.node) || std::holds_alternative<constant>(start.node))
    return true;
  const auto* fixed = std::get_if<literal>(&start.node);
  if (fixed == nullptr) return false;
  const value_type type = fixed->constant.type();
  return type != value_type::record && type != value_type::range && type != value_type::table;
}

}  // namespace

void printer::operator()(const path& n) {
  std::size_t next = 0;
  if (n.start) {
    // The engine's names show `(a.b)[0]` as one path.
    const bool inner_path = style_ == style::engine && std::holds_alternative<path>(n.start->node);
    const auto* fixed = std::get_if<literal>(&n.start->node);
    const bool negative = style_ == style::engine_shape && fixed != nullptr &&
                          fixed->constant.is_number() && fixed->constant < value(0);
    covered(*n.start, negative || (!inner_path && !bare_start(*n.start)));
  } else if (!n.parts.empty()) {
    if (const auto* field = std::get_if<field_part>(&n.parts.front())) {
      put(escape_name(field->name));
      next = 1;
    }
  }
  for (; next < n.parts.size(); ++next) std::visit(*this, n.parts[next]);
}

void printer::operator()(const field_part& n) { put("." + plain_name(n.name)); }
void printer::operator()(const all_part&) { put(".*"); }
void printer::operator()(const last_part&) { put("[$]"); }
void printer::operator()(const optional_part&) { put(".?"); }
void printer::operator()(const flatten_part&) { put("…"); }
void printer::operator()(const document_part&) { put("@"); }
void printer::operator()(const repeat_part&) { put(".@"); }

void printer::operator()(const index_part& n) {
  put("[");
  item(*n.index);
  put("]");
}

void printer::operator()(const where_part& n) {
  put("[WHERE ");
  item(*n.condition);
  put("]");
}

void printer::operator()(const method_part& n) {
  put("." + plain_name(n.name) + "(");
  list(n.arguments);
  put(")");
}

void printer::operator()(const destructure_part& n) {
  put(".{ ");
  for (std::size_t i = 0; i < n.members.size(); ++i) {
    if (i != 0) put(", ");
    const destructure_member& member = n.members[i];
    const auto* source = std::get_if<path>(&member.path->node);
    const auto* first = source != nullptr && source->start == nullptr && !source->parts.empty()
                            ? std::get_if<field_part>(&source->parts.front())
                            : nullptr;
    const bool own_field = first != nullptr && first->name == member.name;
    const bool short_form =
        own_field &&
        (source->parts.size() == 1 ||
         (source->parts.size() == 2 &&
          (member.spread || std::holds_alternative<destructure_part>(source->parts[1]))));
    put(plain_name(member.name));
    if (!short_form) {
      put(": ");
      item(*member.path);
    } else if (source->parts.size() == 2) {
      std::visit(*this, source->parts[1]);
    }
  }
  put(" }");
}

void printer::operator()(const recurse_part& n) {
  put(".{");
  if (n.min && n.max == n.min) {
    put(std::to_string(*n.min));
  } else {
    if (n.min) put(std::to_string(*n.min));
    put("..");
    if (n.max) put(std::to_string(*n.max));
  }
  if (!n.instruction.empty()) {
    const std::string_view word = n.instruction;
    const std::size_t option = std::min(word.find('+'), word.size());
    put("+");
    put(word.substr(0, option));
    if (n.target) {
      put("=");
      expression(*n.target);
    }
    put(word.substr(option));
  }
  put("}");
  if (n.path) {
    put("(");
    for (const path_part& part : std::get<path>(n.path->node).parts) std::visit(*this, part);
    put(")");
  }
}

void printer::graph_target_text(const graph_target& target) {
  put(escape_name(target.table));
  if (!target.range) return;
  put(":");
  key(*target.range);
}

void printer::operator()(const graph_part& n) {
  put(n.direction == graph_direction::out         ? "->"
      : n.direction == graph_direction::in        ? "<-"
      : n.direction == graph_direction::reference ? "<~"
                                                  : "<->");
  const auto open_end = [](const graph_target& target) {
    if (!target.range) return false;
    const auto* range = std::get_if<range_expr>(&target.range->node);
    return range != nullptr && range->end == nullptr;
  };
  // The engine's names drop a LIMIT that stands alone.
  const bool limited = style_ == style::exact && (n.limit || n.start);
  const bool simple = n.targets.size() <= 1 && !n.where && !n.select && !limited && !n.alias &&
                      std::none_of(n.targets.begin(), n.targets.end(), open_end) &&
                      (n.targets.empty() || n.targets.front().field.empty());
  if (!simple) return graph_parentheses(n);
  if (n.targets.empty()) {
    put("?");
  } else {
    graph_target_text(n.targets.front());
  }
}

void printer::graph_parentheses(const graph_part& step) {
  put("(");
  if (step.select) {
    put("SELECT ");
    fields(*step.select);
    put(" FROM ");
  }
  if (step.targets.empty()) put("?");
  for (std::size_t i = 0; i < step.targets.size(); ++i) {
    if (i != 0) put(", ");
    graph_target_text(step.targets[i]);
    if (!step.targets[i].field.empty()) put(" FIELD " + escape_name(step.targets[i].field));
  }
  if (step.where) {
    put(" WHERE ");
    item(*step.where);
  }
  if (step.select) {
    row_clauses(*step.select);
    limits(step.select->limit, step.select->start);
  } else {
    limits(step.limit, step.start);
  }
  if (step.alias) {
    put(" AS ");
    expression(*step.alias);
  }
  put(")");
}

}  // namespace spooky::surrealql
