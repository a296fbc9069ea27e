#pragma once

#include "surrealql/database/select_rules.hpp"
#include "surrealql/evaluate/catalog.hpp"
#include "surrealql/functions/functions.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::views {

/// A SELECT that cannot be evaluated here and is asked of the database again and again instead: one
/// statement that writes nothing, waits for nothing and gives the same as long as no table changes.
struct asked_plan {
  std::string reason;  ///< why it cannot be evaluated
  errc refused_as = errc::unsupported;
  /// What is asked. Of a text that the parser reads it is that statement as it prints it, so that
  /// nothing else can be meant by it, without TIMEOUT.
  std::string text;
  object params;                     ///< those it names
  std::vector<std::string> tables;   ///< that its text names, sorted; of a text not read: any word
  bool read = true;                  ///< the parser reads it
  bool any_table = false;            ///< it may look at tables that its text does not name
  bool groups_all = false;           ///< GROUP ALL somewhere in it
  bool rows_are_records = true;      ///< a row with an id is that record, as the query projects it
  std::vector<std::string> outward;  ///< functions in it that reach outside, as it spells them
};
using asked_plan_ptr = std::shared_ptr<const asked_plan>;

/// The plan of a text that was refused for `why`. Fails with `why`, and what stands against asking:
/// it is no SELECT or more than one statement; a function, method or word in it may write, differ
/// from one call to the next, look at the clock or not be known; it names what only a session has,
/// or a parameter without a value. A text that the parser does not read is cut into words only,
/// where nothing in it could hide where a string ends. O(text).
result<asked_plan> asked_plan_of(std::string_view text, const object& params, const error& why,
                                 const surrealql::parse_limits& limits);

/// Whether the database, asked by a system user, answers what it would answer this caller: a system
/// user always; others if nothing of what the plan may look at is hidden from anybody. Of a text
/// that was not read, or that reaches outside, nobody knows. unsupported says what it is.
result<void> may_be_asked(const asked_plan& plan, const surrealql::caller& who,
                          const surrealql::select_rules& rules,
                          const surrealql::catalog& definitions);

/// The tables whose changes may change the answer, sorted. Fails if it names one that is not
/// defined, or none that is.
result<std::vector<std::string>> tables_behind(const asked_plan& plan,
                                               const surrealql::select_rules& rules,
                                               const surrealql::catalog& definitions);

/// Whether a function that no view evaluates may stand in a query that is asked.
bool may_be_asked(const surrealql::function_entry& function) noexcept;

}  // namespace spooky::views
