#include "machines/ssp/catalog_book.hpp"

#include "surrealql/database/catalog_reader.hpp"
#include "surrealql/database/definitions.hpp"

#include <utility>

namespace spooky::machines {

using surrealql::defined_kind;

namespace {

/// Puts what `read` makes of the definition in, unless it is known from the same source.
template <class Entries, class Read>
bool put(Entries& entries, const std::string& name, const value& source, Read&& read) {
  const auto known = entries.find(name);
  if (known != entries.end() && known->second.source == source) return false;
  entries.insert_or_assign(name, read());
  return true;
}

}  // namespace

void catalog_book::learn(const record_id& id, const value& definition) {
  const auto defined = surrealql::defined_by(id);
  if (!defined) return;
  std::vector<std::string> unread;
  bool changed = false;
  switch (defined->kind) {
    case defined_kind::table:
      changed = put(known_.tables, defined->name, surrealql::evaluated_parts_of_table(definition),
                    [&] { return surrealql::read_catalog_table(definition, rules_, unread); });
      break;
    case defined_kind::param:
      changed = put(known_.params, defined->name, definition,
                    [&] { return surrealql::read_catalog_param(definition, rules_, unread); });
      break;
    case defined_kind::function:
      changed = put(known_.functions, defined->name, definition,
                    [&] { return surrealql::read_catalog_function(definition, rules_, unread); });
      break;
  }
  const std::string where =
      defined->kind == defined_kind::table ? "table " + defined->name + ": " : std::string{};
  for (const auto& what : unread) unread_.push_back("cannot be read: " + where + what);
  changed_ = changed_ || changed;
}

void catalog_book::forget(const record_id& id) {
  const auto defined = surrealql::defined_by(id);
  if (!defined) return;
  const std::size_t gone = defined->kind == defined_kind::table ? known_.tables.erase(defined->name)
                           : defined->kind == defined_kind::param
                               ? known_.params.erase(defined->name)
                               : known_.functions.erase(defined->name);
  changed_ = changed_ || gone != 0;
}

void catalog_book::load(std::span<const value> rows, surrealql::semantics rules) {
  known_ = {};
  rules_ = rules;
  for (const auto& row : rows)
    if (row["id"].is_record()) learn(row["id"].as_record(), row);
  changed_ = true;
}

void catalog_book::take(const change& definition) {
  if (definition.op == change_op::erase)
    forget(definition.id);
  else
    learn(definition.id, definition.record);
}

std::shared_ptr<const surrealql::catalog> catalog_book::changed() {
  if (!std::exchange(changed_, false)) return nullptr;
  return std::make_shared<const surrealql::catalog>(known_);
}

std::vector<std::string> catalog_book::unread() { return std::exchange(unread_, {}); }

}  // namespace spooky::machines
