#include "surrealql/database/definitions.hpp"

#include <utility>

namespace spooky::surrealql {

namespace {

constexpr std::string_view kind_table = "table";

}  // namespace

std::string definition_table(std::string_view system_prefix) {
  return std::string{system_prefix} + "definition";
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

std::optional<std::string> defined_table_name(const record_id& definition) {
  if (!definition.key.is_array()) return std::nullopt;
  const auto& key = definition.key.as_array();
  if (key.size() != 2 || key[0] != value{kind_table} || !key[1].is_string()) return std::nullopt;
  return std::string{key[1].as_string()};
}

}  // namespace spooky::surrealql
