#pragma once

#include "surrealql/database/select_rules.hpp"
#include "surrealql/evaluate/catalog.hpp"
#include "surrealql/evaluate/moment.hpp"
#include "surrealql/evaluate/table_source.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/budget.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::views {

/// Fills in what the database computes of a record, over what is left of it.
using completion = std::function<result<value>(value stored)>;

/// What a caller sees of the tables, as SurrealDB has it (tried on 3.3.3): a row whose table's rule
/// does not hold is not there, a field whose rule does not hold is not in the record, and WHERE,
/// ORDER BY, projections, links, sub-queries, graph steps and record::exists() work on what is
/// left. The rules' own conditions see everything, save that a table's look at the record as it is
/// stored; computed fields are computed over the stored fields that are not hidden.
class visibility {
 public:
  /// `rules`: null: nothing is hidden. `definitions`: null: nothing is computed.
  /// `session` has the values of `$auth`, `$access`, `$token` and `$session`.
  /// `decisive`: the parts of it that the rules in question look at. `answers`: of the SurrealDB
  /// that would judge them.
  visibility(std::shared_ptr<const surrealql::select_rules> rules,
             std::shared_ptr<const surrealql::catalog> definitions, object session, object decisive,
             surrealql::semantics answers);

  /// Whether a record of the table may be seen otherwise than it is stored.
  bool restricts(std::string_view table) const {
    return rule_of(table).restricts() || computes(table);
  }
  bool computes(std::string_view table) const {
    const auto* known = definitions_ ? definitions_->table(table) : nullptr;
    return known != nullptr && !known->computed.empty();
  }
  /// Whether permissions apply to the caller.
  bool judges() const noexcept { return rules_ != nullptr; }
  /// Whether the path is one stored field of the record that no rule hides from anybody.
  bool shows_field(std::string_view table, const std::vector<std::string>& path) const;
  const surrealql::table_rule& rule_of(std::string_view table) const;

  /// The record as the caller sees it; NONE: not at all. `everything` answers the conditions'
  /// reads, `spent` pays for them (null: the default limits), `at` is the clock they look at (null:
  /// who looks, fails). Fails as a condition or `complete` does; without `complete` nothing is
  /// computed.
  result<value> see(const value& record, std::string_view table,
                    const surrealql::table_source& everything, surrealql::budget* spent,
                    surrealql::moment* at = nullptr, const completion& complete = {}) const;

  const object& session() const noexcept { return session_; }
  /// Callers of equal decisive parts see the same.
  const object& decisive() const noexcept { return decisive_; }

 private:
  /// Takes out of `from` the fields that are hidden: computed ones, or stored ones.
  result<value> hide(value from, std::string_view table, bool computed,
                     const surrealql::eval_context& context) const;

  std::shared_ptr<const surrealql::select_rules> rules_;
  std::shared_ptr<const surrealql::catalog> definitions_;
  object session_;
  object decisive_;
  surrealql::semantics answers_;
};
using visibility_ptr = std::shared_ptr<const visibility>;

}  // namespace spooky::views
