#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/evaluate/evaluation.hpp"
#include "surrealql/syntax/walk.hpp"
#include "surrealql/types/kind.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::surrealql {
namespace {

std::string place(const position& where) {
  return "line " + std::to_string(where.line) + ", column " + std::to_string(where.column) + ": ";
}

// The first `$this` or `$parent` in an expression, at any depth.
const expr* find_row_param(const expr& e) {
  if (const auto* named = std::get_if<param>(&e.node);
      named && (named->name == "this" || named->name == "self" || named->name == "parent"))
    return &e;
  const expr* found = nullptr;
  child_visitor below;
  below.on_expression = [&](const expr& child) {
    if (!found) found = find_row_param(child);
  };
  below.on_select = [&](const select_statement& nested) {
    if (!found) for_each_child(nested, below);
  };
  for_each_child(e, below);
  return found;
}

// Walks a statement and keeps the first complaint.
class checker {
 public:
  checker(const object& params, const catalog* definitions)
      : params_(params), definitions_(definitions) {}

  void statement(const select_statement& select) {
    if (select.order_random)
      complain(errc::unsupported, select.where_from,
               "ORDER BY rand() gives another order each time, so no view can keep it");
    if (select.explain != explain_mode::none)
      complain(errc::unsupported, select.where_from, "EXPLAIN is not a query that can be kept");
    const child_visitor below{[this](const expr& e) { expression(e); },
                              [this](const select_statement& s) { statement(s); }};
    for_each_child(select, below);
    if (const expr* use = group_document_use(select))
      complain(errc::invalid_argument, use->where, group_document_error(*use).message);
  }

  result<void> outcome() && {
    if (complaint_) return *std::move(complaint_);
    return {};
  }

 private:
  void complain(errc code, const position& where, const std::string& what) {
    if (!complaint_) complaint_ = fail(code, place(where) + what);
  }

  void expression(const expr& e) {
    if (complaint_) return;
    if (const auto* named = std::get_if<param>(&e.node)) parameter(named->name, e.where);
    if (const auto* node = std::get_if<call>(&e.node)) function(*node, e.where);
    if (const auto* node = std::get_if<constant>(&e.node); node && !find_constant(node->name))
      complain(errc::unsupported, e.where, "unknown constant " + node->name);
    if (const auto* node = std::get_if<type_cast>(&e.node)) {
      const auto to = parse_kind(node->type);
      if (!to.ok()) complain(errc::unsupported, e.where, to.failure().message);
    }
    if (const auto* node = std::get_if<binary>(&e.node);
        node && (node->op == binary_op::matches || node->op == binary_op::nearest))
      complain(errc::unsupported, e.where,
               "full-text search (@@) needs a search index, which only the database has");
    if (const auto* node = std::get_if<path>(&e.node)) methods(*node, e.where);
    const std::size_t outside = bound_.size();
    if (const auto* node = std::get_if<closure>(&e.node))
      for (const auto& [name, type] : node->parameters) bound_.push_back(name);
    const child_visitor below{[this](const expr& child) { expression(child); },
                              [this](const select_statement& s) { statement(s); }};
    for_each_child(e, below);
    if (const auto* node = std::get_if<let_binding>(&e.node))
      bound_.push_back(node->name);  // for the statements behind it in its block
    else
      bound_.resize(outside);
  }

  void parameter(const std::string& name, const position& where) {
    const bool known = name == "this" || name == "self" || name == "parent" || params_.find(name) ||
                       definitions_ == nullptr || definitions_->param(name) != nullptr ||
                       std::ranges::find(bound_, name) != bound_.end();
    if (!known) complain(errc::invalid_argument, where, "the parameter $" + name + " has no value");
  }

  void function(const call& node, const position& where) {
    const std::string& name = node.function;
    if (name == "type::field" || name == "type::fields") return;
    if (name.starts_with("fn::")) return defined_function(name, where);
    const function_entry* entry = find_function(name);
    if (!entry) {
      complain(errc::unsupported, where, "unknown function " + name + "()");
    } else if (entry->kind == determinism::refused) {
      complain(errc::unsupported, where, refused_function(name));
    } else if (node.arguments.size() < entry->min_arguments ||
               node.arguments.size() > entry->max_arguments) {
      const std::string wanted =
          entry->min_arguments == entry->max_arguments ? std::to_string(entry->min_arguments)
          : entry->max_arguments == any_number ? "at least " + std::to_string(entry->min_arguments)
                                               : std::to_string(entry->min_arguments) + " to " +
                                                     std::to_string(entry->max_arguments);
      complain(errc::invalid_argument, where,
               "the function " + name + "() takes " + wanted + " arguments, not " +
                   std::to_string(node.arguments.size()));
    }
  }

  void defined_function(const std::string& name, const position& where) {
    if (definitions_ == nullptr || !called_.insert(name).second) return;
    const catalog_function* defined = definitions_->function(std::string_view(name).substr(4));
    if (defined == nullptr)
      complain(errc::unsupported, where,
               "the database defines no function " + name + "() that is known here");
    else if (defined->body == nullptr)
      complain(errc::unsupported, where, name + "() cannot be called here: " + defined->refused);
    else
      body(name, *defined, where);
  }

  // What stands in the function's body is complained of where it is called.
  void body(const std::string& name, const catalog_function& defined, const position& where) {
    object given = params_;
    for (const auto& [parameter, type] : defined.parameters) given.set(parameter, value::none());
    checker inside(given, definitions_);
    inside.called_ = called_;
    inside.expression(*defined.body);
    if (inside.complaint_)
      complain(inside.complaint_->code, where,
               name + "() cannot be called here: in its body, " + inside.complaint_->message);
  }

  void methods(const path& node, const position& where) {
    for (const path_part& part : node.parts) {
      const auto* method = std::get_if<method_part>(&part);
      if (!method) continue;
      const function_entry* entry = find_method(value_type::array, method->name);
      if (entry && entry->kind == determinism::refused)
        complain(errc::unsupported, where, refused_function(method->name));
    }
  }

  const object& params_;
  const catalog* definitions_;
  std::set<std::string> called_;  ///< functions of the database, each looked at once
  std::vector<std::string> bound_;
  std::optional<error> complaint_;
};

}  // namespace

const expr* group_document_use(const select_statement& select) {
  if (!select.grouped()) return nullptr;
  for (const projection& p : select.projections)
    if (const expr* found = p.star() ? nullptr : find_row_param(*p.value)) return found;
  return nullptr;
}

error group_document_error(const expr& use) {
  return fail(errc::evaluation_error,
              "Invalid query: Found a `$" + std::get<param>(use.node).name +
                  "` parameter refering to the document of a GROUP select statement");
}

result<void> check(const select_statement& select, const object& params,
                   const catalog* definitions) {
  checker checks(params, definitions);
  checks.statement(select);
  return std::move(checks).outcome();
}

}  // namespace spooky::surrealql
