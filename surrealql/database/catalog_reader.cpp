#include "surrealql/database/catalog_reader.hpp"

#include "surrealql/analyse/needed_fields.hpp"
#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace spooky::surrealql {
namespace {

std::string text_of(const value& v) {
  return v.is_string() ? std::string(v.as_string()) : std::string{};
}

/// A member's name as it is stored, from the text of a path of one member.
std::optional<std::string> member_name(const value& spelled) {
  const auto parsed = parse_expression(text_of(spelled));
  if (!parsed.ok()) return std::nullopt;
  const auto* steps = std::get_if<path>(&(*parsed)->node);
  if (steps == nullptr || steps->start || steps->parts.size() != 1) return std::nullopt;
  const auto* field = std::get_if<field_part>(&steps->parts.front());
  if (field == nullptr) return std::nullopt;
  return field->name;
}

std::optional<kind> kind_of(const value& spelled) {
  if (!spelled.is_string()) return std::nullopt;
  auto parsed = parse_kind(spelled.as_string());
  if (!parsed.ok()) return std::nullopt;
  return *std::move(parsed);
}

catalog_permission permission_of(const value& said, semantics rules, const std::string& whose,
                                 std::vector<std::string>& unread) {
  catalog_permission out;
  if (said.type() == value_type::boolean) {
    out.everybody = said.as_bool();
    return out;
  }
  if (said.is_nullish()) return out;
  out.everybody = false;
  auto parsed = parse_expression(text_of(said), {.rules = rules});
  if (parsed.ok())
    out.condition = *std::move(parsed);
  else
    unread.push_back("PERMISSIONS of " + whose +
                     ", so nobody but system users has it: " + parsed.failure().message);
  return out;
}

computed_field read_computed(const value& field, std::string name, semantics rules,
                             std::vector<std::string>& unread) {
  computed_field out;
  out.name = std::move(name);
  auto parsed = parse_expression(text_of(field["computed"]), {.rules = rules});
  if (parsed.ok()) {
    out.expression = *std::move(parsed);
  } else {
    out.unread = parsed.failure().message;
    unread.push_back("the computed field " + out.name +
                     ", so queries that look at it fail: " + out.unread);
  }
  out.type = kind_of(field["kind"]);
  find_reads(out);
  return out;
}

}  // namespace

value evaluated_parts_of_table(const value& definition) {
  array fields;
  if (definition["fields"].is_array())
    for (const value& field : definition["fields"].as_array()) {
      const bool computed = field["computed"].is_string();
      if (!computed && field["reference"].is_nullish()) continue;
      object said{{"name", field["name"]}, {"kind", field["kind"]}};
      if (computed) said.set("computed", field["computed"]);
      fields.emplace_back(std::move(said));
    }
  return value{object{{"kind", definition["kind"]["kind"]}, {"fields", value{std::move(fields)}}}};
}

catalog_table read_catalog_table(const value& definition, semantics rules,
                                 std::vector<std::string>& unread) {
  catalog_table out;
  out.source = evaluated_parts_of_table(definition);
  const std::string type = text_of(out.source["kind"]);
  out.holds = type == "RELATION" ? catalog_table::rows::edges
              : type == "NORMAL" ? catalog_table::rows::records
                                 : catalog_table::rows::any;
  for (const value& field : out.source["fields"].as_array()) {
    auto name = member_name(field["name"]);
    if (!name) continue;
    if (field["computed"].is_string()) {
      out.computed.push_back(read_computed(field, *std::move(name), rules, unread));
      continue;
    }
    const std::string type_text = text_of(field["kind"]);
    const bool list = type_text.find("array") != std::string::npos ||
                      type_text.find("set") != std::string::npos || type_text.empty() ||
                      type_text.find("any") != std::string::npos;
    out.references.push_back({*std::move(name), list});
  }
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  std::sort(out.references.begin(), out.references.end(), by_name);
  std::sort(out.computed.begin(), out.computed.end(), by_name);
  sort_by_reads(out.computed);
  return out;
}

catalog_param read_catalog_param(const value& definition, semantics rules,
                                 std::vector<std::string>& unread) {
  catalog_param out;
  out.source = definition;
  const std::string whose = "the param $" + text_of(definition["name"]);
  out.shown = permission_of(definition["permissions"], rules, whose, unread);
  const value& said = definition["value"];
  if (!said.is_string()) {
    out.held = said;
    return out;
  }
  auto parsed = parse_expression(said.as_string(), {.rules = rules});
  result<value> held = parsed.ok() ? evaluate(**parsed, {}) : result<value>(parsed.failure());
  if (held.ok()) {
    out.held = *std::move(held);
  } else {
    unread.push_back(whose + ", so it is NONE: " + held.failure().message);
    out.shown = {false, nullptr};
  }
  return out;
}

catalog_function read_catalog_function(const value& definition, semantics rules,
                                       std::vector<std::string>& unread) {
  catalog_function out;
  out.source = definition;
  const std::string whose = "the function fn::" + text_of(definition["name"]);
  out.allowed = permission_of(definition["permissions"], rules, whose, unread);
  out.returns = kind_of(definition["returns"]);
  if (definition["args"].is_array())
    for (const value& argument : definition["args"].as_array()) {
      if (!argument.is_array() || argument.as_array().size() != 2) continue;
      auto type = kind_of(argument.as_array()[1]);
      if (!type) {
        out.refused = "the type " + text_of(argument.as_array()[1]) + " of its argument $" +
                      text_of(argument.as_array()[0]) + " is not known here";
        unread.push_back(whose + ": " + out.refused);
        return out;
      }
      out.parameters.emplace_back(text_of(argument.as_array()[0]), *std::move(type));
    }
  auto parsed = parse_expression(text_of(definition["block"]), {.rules = rules});
  if (parsed.ok())
    out.body = *std::move(parsed);
  else
    out.refused = "in its body, " + parsed.failure().message;
  return out;
}

}  // namespace spooky::surrealql
