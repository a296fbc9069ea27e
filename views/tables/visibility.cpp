#include "views/tables/visibility.hpp"

#include "surrealql/evaluate/computed_fields.hpp"
#include "surrealql/evaluate/evaluate.hpp"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace spooky::views {

using surrealql::field_rule;
using surrealql::table_rule;

namespace {

/// Whether the value that stands at a field's path in a record is shown.
using field_judge = std::function<result<bool>(const value& at)>;

/// The value without what stands at the path and is not shown. As in SurrealDB a name leads through
/// lists to each of their elements, and `*` to all elements or members.
result<value> without(const value& from, std::span<const std::string> path,
                      const field_judge& shown) {
  const bool all = path.front() == "*";
  const auto kept = [&](const value& part) -> result<value> {
    if (path.size() > 1) return without(part, path.subspan(1), shown);
    SPOOKY_ASSIGN(const bool stays, shown(part));
    return stays ? part : value::none();
  };
  if (from.is_array()) {
    array items;
    items.reserve(from.as_array().size());
    for (const value& item : from.as_array()) {
      SPOOKY_ASSIGN(value left, all ? kept(item) : without(item, path, shown));
      if (!left.is_none() || item.is_none()) items.push_back(std::move(left));
    }
    return value(std::move(items));
  }
  if (!from.is_object() || (!all && from.as_object().find(path.front()) == nullptr)) return from;
  object members = from.as_object();
  for (const auto& [name, member] : from.as_object()) {
    if (!all && name != path.front()) continue;
    SPOOKY_ASSIGN(value left, kept(member));
    if (left.is_none())
      members.erase(name);
    else
      members.set(name, std::move(left));
  }
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

}  // namespace

visibility::visibility(std::shared_ptr<const surrealql::select_rules> rules,
                       std::shared_ptr<const surrealql::catalog> definitions, object session,
                       object decisive, surrealql::semantics answers)
    : rules_(std::move(rules)),
      definitions_(std::move(definitions)),
      session_(std::move(session)),
      decisive_(std::move(decisive)),
      answers_(answers) {}

const table_rule& visibility::rule_of(std::string_view table) const {
  static const table_rule everything = [] {
    table_rule shown;
    shown.shown = table_rule::rows::all;
    return shown;
  }();
  return rules_ ? rules_->of(table) : everything;
}

bool visibility::shows_field(std::string_view table, const std::vector<std::string>& path) const {
  const auto& fields = rule_of(table).fields;
  const auto* defined = definitions_ ? definitions_->table(table) : nullptr;
  return path.size() == 1 && (defined == nullptr || !defined->computes(path.front())) &&
         std::none_of(fields.begin(), fields.end(), [&](const field_rule& field) {
           return field.path.front() == path.front() || field.path.front() == "*";
         });
}

result<value> visibility::hide(value from, std::string_view table, bool computed,
                               const surrealql::eval_context& context) const {
  const auto* defined = definitions_ ? definitions_->table(table) : nullptr;
  for (const field_rule& field : rule_of(table).fields) {
    if (computed != (defined != nullptr && defined->computes(field.path.front()))) continue;
    const field_judge judge = [&](const value& at) -> result<bool> {
      if (field.condition == nullptr) return false;
      const object subject{{"value", at}};
      surrealql::eval_context inner = context;
      inner.bindings = &subject;
      auto holds = surrealql::holds(*field.condition, inner);
      if (!holds.ok()) return not_judged(holds.failure(), table, field.path.front());
      return holds;
    };
    SPOOKY_ASSIGN(from, without(from, field.path, judge));
  }
  return from;
}

result<value> visibility::see(const value& told, std::string_view table,
                              const surrealql::table_source& everything, surrealql::budget* spent,
                              surrealql::moment* at, const completion& complete) const {
  const table_rule& rule = rule_of(table);
  if (told.is_none() || rule.shown == table_rule::rows::none) return value::none();
  const bool computed = computes(table);
  const value record =
      computed ? surrealql::without_computed(told, *definitions_->table(table)) : told;
  surrealql::eval_context context;
  context.source = &everything;
  context.params = &session_;
  context.document = &record;
  context.spent = spent;
  context.at = at;
  context.rules = answers_;
  if (rule.shown == table_rule::rows::some) {
    const auto shown = surrealql::holds(*rule.condition, context);
    if (!shown.ok()) return not_judged(shown.failure(), table, {});
    if (!*shown) return value::none();
  }
  SPOOKY_ASSIGN(value seen, hide(record, table, false, context));
  if (!computed || !complete) return seen;
  SPOOKY_ASSIGN(seen, complete(std::move(seen)));
  const value whole = seen;
  context.document = &whole;
  return hide(std::move(seen), table, true, context);
}

}  // namespace spooky::views
