#include "surrealql/evaluate/computed_fields.hpp"

#include "surrealql/evaluate/evaluation.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spooky::surrealql {
namespace {

/// The computed fields that are needed for these; nothing: all of them.
std::optional<field_names> required(const catalog_table& table, const field_names& needed) {
  field_names out;
  std::vector<std::string_view> open(needed.begin(), needed.end());
  while (!open.empty()) {
    const std::string_view name = open.back();
    open.pop_back();
    const auto field = std::find_if(table.computed.begin(), table.computed.end(),
                                    [&](const computed_field& f) { return f.name == name; });
    if (field == table.computed.end() || !out.emplace(name).second) continue;
    if (field->reads_any) return std::nullopt;
    open.insert(open.end(), field->reads.begin(), field->reads.end());
  }
  return out;
}

}  // namespace

error too_deeply_computed() {
  return fail(errc::limit_exceeded, "computed fields of more than " +
                                        std::to_string(max_computed_depth) +
                                        " records lead through each other");
}

value without_computed(const value& record, const catalog_table& table) {
  if (!record.is_object()) return record;
  const bool any = std::any_of(
      table.computed.begin(), table.computed.end(),
      [&](const computed_field& field) { return record.as_object().find(field.name) != nullptr; });
  if (!any) return record;
  object members = record.as_object();
  for (const computed_field& field : table.computed) members.erase(field.name);
  return value(std::move(members));
}

result<value> with_computed(value record, const catalog_table& table, const field_names* needed,
                            const eval_context& context) {
  std::optional<field_names> wanted;
  if (needed != nullptr) {
    wanted = required(table, *needed);
    if (wanted && wanted->empty()) return record;
  }
  for (const computed_field& field : table.computed) {
    if (wanted && !wanted->contains(field.name)) continue;
    if (field.expression == nullptr)
      return fail(errc::unsupported, "the computed field " + field.name +
                                         " cannot be evaluated here: " + field.unread);
    eval_context inner = context;
    inner.document = &record;
    inner.row = nullptr;
    auto computed = evaluate(*field.expression, inner);
    if (computed.ok() && field.type) {
      computed = coerce(*field.type, *computed);
      if (!computed.ok())
        return fail(errc::evaluation_error, "Failed to coerce computed field '" + field.name + "'");
    }
    if (!computed.ok()) return computed;
    object members = record.as_object();
    members.set(field.name, *std::move(computed));
    record = value(std::move(members));
  }
  return record;
}

}  // namespace spooky::surrealql
