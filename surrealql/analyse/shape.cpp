#include "surrealql/analyse/shape.hpp"

#include "surrealql/syntax/print.hpp"
#include "surrealql/syntax/rewrite.hpp"

#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace spooky::surrealql {

namespace {

expr_ptr made(expr::node_type node) {
  expr e;
  e.node = std::move(node);
  return std::make_shared<const expr>(std::move(e));
}

expr_ptr any_constant() { return made(param{"_"}); }

expr_ptr record_of(const std::string& table) {
  return made(call{"type::record", {made(literal{value{table}}), any_constant()}});
}

/// The tables of all record ids and the bare tables within a constant.
void collect_tables(const value& constant, std::set<std::string>& tables) {
  switch (constant.type()) {
    case value_type::record:
      tables.insert(constant.as_record().table);
      break;
    case value_type::table:
      tables.emplace(constant.as_string());
      break;
    case value_type::array:
    case value_type::set:
      for (const auto& item : constant.as_array()) collect_tables(item, tables);
      break;
    case value_type::object:
      for (const auto& [name, member] : constant.as_object()) collect_tables(member, tables);
      break;
    default:
      break;
  }
}

expr_ptr shape_of_constant(const expr_ptr& whole, const value& constant) {
  switch (constant.type()) {
    case value_type::none:
    case value_type::null:
    case value_type::boolean:
    case value_type::table:
      return whole;
    case value_type::record:
      return record_of(constant.as_record().table);
    default:
      break;
  }
  std::set<std::string> tables;
  collect_tables(constant, tables);
  if (tables.empty()) return any_constant();
  array_literal several;
  for (const auto& table : tables) several.items.push_back(record_of(table));
  return made(std::move(several));
}

expr_ptr shape_of_node(const expr_ptr& e);

/// A function that names what it reads: what it is told so stays.
expr_ptr shape_of_type_call(const call& function) {
  call kept{function.function, {}};
  for (std::size_t i = 0; i < function.arguments.size(); ++i) {
    const auto& argument = function.arguments[i];
    const auto* constant = std::get_if<literal>(&argument->node);
    const bool names = constant != nullptr && (i == 0 || constant->constant.is_array());
    kept.arguments.push_back(names ? argument : rewrite(argument, shape_of_node));
  }
  return made(std::move(kept));
}

/// `a["b"]` reads a field as `a.b` does, so its name stays.
expr_ptr with_named_fields(const path& p) {
  path named = p;
  bool found = false;
  for (auto& part : named.parts) {
    const auto* index = std::get_if<index_part>(&part);
    const auto* name = index != nullptr ? std::get_if<literal>(&index->index->node) : nullptr;
    if (name == nullptr || !name->constant.is_string()) continue;
    part = field_part{std::string{name->constant.as_string()}};
    found = true;
  }
  return found ? rewrite(made(std::move(named)), shape_of_node) : nullptr;
}

expr_ptr shape_of_node(const expr_ptr& e) {
  if (const auto* p = std::get_if<path>(&e->node)) return with_named_fields(*p);
  if (const auto* constant = std::get_if<literal>(&e->node))
    return shape_of_constant(e, constant->constant);
  if (const auto* record = std::get_if<record_literal>(&e->node)) return record_of(record->table);
  if (const auto* function = std::get_if<call>(&e->node);
      function != nullptr && function->function.starts_with("type::"))
    return shape_of_type_call(*function);
  return nullptr;
}

}  // namespace

std::string shape_of(const select_ptr& select) {
  return print(*rewrite_select(select, shape_of_node));
}

result<std::string> shape_of(std::string_view surql, const parse_limits& limits) {
  SPOOKY_ASSIGN(const auto select, parse_select(surql, limits));
  return shape_of(select);
}

bool may_be_shape(std::string_view text) { return text.starts_with("SELECT "); }

}  // namespace spooky::surrealql
