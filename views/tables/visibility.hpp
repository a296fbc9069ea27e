#pragma once

#include "surrealql/database/select_rules.hpp"
#include "surrealql/evaluate/table_source.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/budget.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::views {

/// What a caller sees of the tables, as SurrealDB has it (tried on 3.3.3): a row whose table's rule
/// does not hold is not there, a field whose rule does not hold is not in the record, and WHERE,
/// ORDER BY, projections, links, sub-queries, graph steps and record::exists() work on what is
/// left. The rules' own conditions see everything.
class visibility {
 public:
  /// `session` has the values of `$auth`, `$access`, `$token` and `$session`.
  /// `decisive`: the parts of it that the rules in question look at. `answers`: of the SurrealDB
  /// that would judge them.
  visibility(std::shared_ptr<const surrealql::select_rules> rules, object session, object decisive,
             surrealql::semantics answers);

  /// Whether anything of the table may be hidden.
  bool restricts(std::string_view table) const { return rules_->of(table).restricts(); }
  /// Whether the path is one field of the record that no rule hides from anybody.
  bool shows_field(std::string_view table, const std::vector<std::string>& path) const;
  const surrealql::table_rule& rule_of(std::string_view table) const { return rules_->of(table); }

  /// The record as the caller sees it; NONE: not at all. `everything` answers the conditions'
  /// reads, `spent` pays for them (null: the default limits). Fails as a condition does.
  result<value> see(const value& record, std::string_view table,
                    const surrealql::table_source& everything, surrealql::budget* spent) const;

  const object& session() const noexcept { return session_; }
  /// Callers of equal decisive parts see the same.
  const object& decisive() const noexcept { return decisive_; }

 private:
  std::shared_ptr<const surrealql::select_rules> rules_;
  object session_;
  object decisive_;
  surrealql::semantics answers_;
};
using visibility_ptr = std::shared_ptr<const visibility>;

}  // namespace spooky::views
