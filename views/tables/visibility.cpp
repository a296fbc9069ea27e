#include "views/tables/visibility.hpp"

#include "surrealql/evaluate/evaluate.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace spooky::views {

using surrealql::field_rule;
using surrealql::table_rule;

namespace {

/// The value without what stands at the path.
value without(const value& from, std::span<const std::string> path) {
  if (path.front() == "*" && from.is_array()) {
    if (path.size() == 1) return value(array{});
    array items;
    items.reserve(from.as_array().size());
    for (const value& item : from.as_array()) items.push_back(without(item, path.subspan(1)));
    return value(std::move(items));
  }
  if (!from.is_object()) return from;
  object members = from.as_object();
  if (path.front() == "*") {
    if (path.size() == 1) return value(object{});
    for (auto& [name, member] : from.as_object())
      members.set(name, without(member, path.subspan(1)));
    return value(std::move(members));
  }
  const value* member = members.find(path.front());
  if (member == nullptr) return from;
  if (path.size() == 1)
    members.erase(path.front());
  else
    members.set(path.front(), without(*member, path.subspan(1)));
  return value(std::move(members));
}

/// A condition fails the query, as in SurrealDB; whose message would quote what it looked at.
error not_judged(const error& why, std::string_view table, std::string_view field) {
  return fail(why.code,
              "PERMISSIONS FOR select of the " +
                  (field.empty() ? std::string{} : "field " + std::string(field) + " of the ") +
                  "table " + std::string(table) +
                  " cannot be evaluated for a row; its data are not shown here");
}

/// What `$value` is in a field's condition.
value at(const value& record, std::span<const std::string> path) {
  value found = record;
  for (const std::string& name : path) {
    if (name == "*") break;
    found = value(found[name]);
  }
  return found;
}

}  // namespace

visibility::visibility(std::shared_ptr<const surrealql::select_rules> rules, object session,
                       object decisive, surrealql::semantics answers)
    : rules_(std::move(rules)),
      session_(std::move(session)),
      decisive_(std::move(decisive)),
      answers_(answers) {}

bool visibility::shows_field(std::string_view table, const std::vector<std::string>& path) const {
  const auto& fields = rules_->of(table).fields;
  return path.size() == 1 &&
         std::none_of(fields.begin(), fields.end(), [&](const field_rule& field) {
           return field.path.front() == path.front() || field.path.front() == "*";
         });
}

result<value> visibility::see(const value& record, std::string_view table,
                              const surrealql::table_source& everything,
                              surrealql::budget* spent) const {
  const table_rule& rule = rules_->of(table);
  if (record.is_none() || rule.shown == table_rule::rows::none) return value::none();
  surrealql::eval_context context;
  context.source = &everything;
  context.params = &session_;
  context.document = &record;
  context.spent = spent;
  context.rules = answers_;
  if (rule.shown == table_rule::rows::some) {
    const auto shown = surrealql::holds(*rule.condition, context);
    if (!shown.ok()) return not_judged(shown.failure(), table, {});
    if (!*shown) return value::none();
  }
  value seen = record;
  for (const field_rule& field : rule.fields) {
    if (field.condition != nullptr) {
      const object subject{{"value", at(record, field.path)}};
      surrealql::eval_context inner = context;
      inner.bindings = &subject;
      const auto shown = surrealql::holds(*field.condition, inner);
      if (!shown.ok()) return not_judged(shown.failure(), table, field.path.front());
      if (*shown) continue;
    }
    seen = without(seen, field.path);
  }
  return seen;
}

}  // namespace spooky::views
