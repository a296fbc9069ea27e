#include "surrealql/evaluate/catalog.hpp"

#include <algorithm>

namespace spooky::surrealql {
namespace {

template <class Entries>
const typename Entries::mapped_type* find_in(const Entries& entries,
                                             std::string_view name) noexcept {
  const auto found = entries.find(name);
  return found == entries.end() ? nullptr : &found->second;
}

bool has_ends(const value& record) noexcept {
  return record["in"].is_record() && record["out"].is_record();
}

}  // namespace

bool catalog_table::computes(std::string_view field) const noexcept {
  return std::any_of(computed.begin(), computed.end(),
                     [&](const computed_field& known) { return known.name == field; });
}

bool catalog_table::is_edge(const value& record) const noexcept {
  return holds != rows::records && has_ends(record);
}

const catalog_table* catalog::table(std::string_view name) const noexcept {
  return find_in(tables, name);
}
const catalog_param* catalog::param(std::string_view name) const noexcept {
  return find_in(params, name);
}
const catalog_function* catalog::function(std::string_view name) const noexcept {
  return find_in(functions, name);
}

bool holds_link(const value& field, const value& link) {
  if (!field.is_array() && field.type() != value_type::set) return field == link;
  const array& links = field.as_array();
  return std::find(links.begin(), links.end(), link) != links.end();
}

bool is_edge(const value& record, const catalog* definitions) noexcept {
  if (!has_ends(record)) return false;
  if (definitions == nullptr || !record["id"].is_record()) return true;
  const catalog_table* known = definitions->table(record["id"].as_record().table);
  return known == nullptr || known->is_edge(record);
}

}  // namespace spooky::surrealql
