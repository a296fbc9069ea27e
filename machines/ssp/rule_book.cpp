#include "machines/ssp/rule_book.hpp"

#include "surrealql/database/definitions.hpp"

#include <set>
#include <utility>

namespace spooky::machines {

namespace {

/// What a definition says of select permissions, without the rest.
value permissions_of(const value& definition) {
  array fields;
  if (definition["fields"].is_array())
    for (const value& field : definition["fields"].as_array())
      fields.emplace_back(
          object{{"name", field["name"]},
                 {"permissions", value{object{{"select", field["permissions"]["select"]}}}}});
  return value{object{{"select", definition["permissions"]["select"]},
                      {"fields", value{std::move(fields)}}}};
}

}  // namespace

void rule_book::learn(const record_id& id, const value& definition) {
  const auto table = surrealql::defined_table_name(id);
  if (!table) return;
  value source = permissions_of(definition);
  const auto known = tables_.find(*table);
  if (known != tables_.end() && known->second.source == source) return;
  std::vector<std::string> unread;
  auto rule = surrealql::read_table_rule(source["select"], source["fields"], unread);
  for (const auto& what : unread)
    unread_.push_back("table " + *table + ": " + what +
                      " cannot be read, so nothing of it is shown");
  tables_[*table] = {std::move(source), std::move(rule)};
  changed_ = true;
}

void rule_book::load(std::span<const value> rows) {
  std::set<std::string> there;
  for (const auto& row : rows) {
    if (!row["id"].is_record()) continue;
    const auto& id = row["id"].as_record();
    if (const auto table = surrealql::defined_table_name(id)) there.insert(*table);
    learn(id, row);
  }
  std::erase_if(tables_, [&](const auto& known) { return !there.contains(known.first); });
  changed_ = true;
}

void rule_book::take(const change& definition) {
  if (definition.op != change_op::erase) return learn(definition.id, definition.record);
  if (const auto table = surrealql::defined_table_name(definition.id))
    changed_ = tables_.erase(*table) != 0 || changed_;
}

std::shared_ptr<const surrealql::select_rules> rule_book::changed() {
  if (!std::exchange(changed_, false)) return nullptr;
  auto rules = std::make_shared<surrealql::select_rules>();
  for (const auto& [table, known] : tables_) rules->set(table, known.rule);
  return rules;
}

std::vector<std::string> rule_book::unread() { return std::exchange(unread_, {}); }

}  // namespace spooky::machines
