#pragma once

#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// `PERMISSIONS FOR select` of an application's tables and fields, and who is subject to them.
namespace spooky::surrealql {

/// Whose rights a query runs with, as the database says it.
struct caller {
  /// Root, namespace and database users: no permissions apply to them.
  bool system = true;
  /// `$auth`, `$access`, `$token`, `$session` by name, without the dollar. A guest has no `auth`.
  object session;
};

/// A field that is hidden unless its condition holds.
struct field_rule {
  std::vector<std::string> path;  ///< member names; "*": every element
  expr_ptr condition;             ///< null: it never holds
};

/// Which rows of a table are shown, and without which fields.
struct table_rule {
  enum class rows : std::uint8_t { none, all, some };
  rows shown = rows::none;
  expr_ptr condition;  ///< with rows::some
  std::vector<field_rule> fields;

  /// Whether anything is hidden from anybody.
  bool restricts() const noexcept { return shown != rows::all || !fields.empty(); }
};

/// The rules of a database's tables. Immutable once shared.
class select_rules {
 public:
  /// The rule of a table; of one that is not known: nothing is shown.
  const table_rule& of(std::string_view table) const;
  const std::map<std::string, table_rule, std::less<>>& tables() const noexcept { return tables_; }
  void set(std::string table, table_rule rule);

 private:
  std::map<std::string, table_rule, std::less<>> tables_;
};

/// Reads one table's rule from `INFO FOR DB STRUCTURE` (the table's `permissions.select`: true,
/// false or the text of an expression) and `INFO FOR TABLE STRUCTURE` (its `fields`). What cannot
/// be read hides what it speaks of, and is named in `unread`: never shown by mistake.
table_rule read_table_rule(const value& select, const value& fields,
                           std::vector<std::string>& unread);

/// The parts of a session that decide what some rules show, each under its path ("auth",
/// "token.ID"): two callers of equal parts see the same.
object relevant_session(const std::vector<const table_rule*>& rules, const object& session);

}  // namespace spooky::surrealql
