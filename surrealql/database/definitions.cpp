#include "surrealql/database/definitions.hpp"

#include <utility>

namespace spooky::surrealql {

namespace {

constexpr std::string_view kind_table = "table";
constexpr std::string_view kind_param = "param";
constexpr std::string_view kind_function = "function";

value described_as(std::string_view system_prefix, std::string_view kind, const value& described) {
  object record = described.is_object() ? described.as_object() : object{};
  record.set("id", value{record_id{definition_table(system_prefix),
                                   value{array{value{kind}, described["name"]}}}});
  return value{std::move(record)};
}

}  // namespace

std::string definition_table(std::string_view system_prefix) {
  return std::string{system_prefix} + "definition";
}

record_id table_definition_id(std::string_view system_prefix, std::string_view table) {
  return {definition_table(system_prefix), value{array{value{kind_table}, value{table}}}};
}

value table_definition(std::string_view system_prefix, const value& described,
                       const value& structure) {
  object record;
  record.set("id", value{record_id{definition_table(system_prefix),
                                   value{array{value{kind_table}, described["name"]}}}});
  record.set("permissions", value{object{{"select", described["permissions"]["select"]}}});
  for (const char* part : {"name", "kind", "drop", "schemafull", "view"})
    if (const value& said = described[part]; !said.is_nullish()) record.set(part, said);
  record.set("fields", structure["fields"]);
  return value{std::move(record)};
}

value uncaptured(const value& definition, const std::string& why) {
  auto record = definition.as_object();
  record.set("uncaptured", value{why});
  return value{std::move(record)};
}

std::string uncaptured_reason(const value& definition) {
  const auto& why = definition["uncaptured"];
  return why.is_string() ? std::string{why.as_string()} : std::string{};
}

value param_definition(std::string_view system_prefix, const value& described) {
  return described_as(system_prefix, kind_param, described);
}

value function_definition(std::string_view system_prefix, const value& described) {
  return described_as(system_prefix, kind_function, described);
}

std::optional<defined_thing> defined_by(const record_id& definition) {
  if (!definition.key.is_array()) return std::nullopt;
  const auto& key = definition.key.as_array();
  if (key.size() != 2 || !key[0].is_string() || !key[1].is_string()) return std::nullopt;
  defined_thing out;
  out.name = std::string{key[1].as_string()};
  const std::string_view kind = key[0].as_string();
  if (kind == kind_param)
    out.kind = defined_kind::param;
  else if (kind == kind_function)
    out.kind = defined_kind::function;
  else if (kind != kind_table)
    return std::nullopt;
  return out;
}

std::optional<std::string> defined_table_name(const record_id& definition) {
  auto defined = defined_by(definition);
  if (!defined || defined->kind != defined_kind::table) return std::nullopt;
  return std::move(defined->name);
}

}  // namespace spooky::surrealql
