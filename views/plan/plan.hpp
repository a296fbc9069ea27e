#pragma once

#include "surrealql/analyse/clock_uses.hpp"
#include "surrealql/select/select_plan.hpp"
#include "surrealql/syntax/ast.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"
#include "views/plan/subquery_plan.hpp"
#include "views/tables/row_order.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::views {

/// What a query's text alone decides; shared by all views that differ only in parameters.
struct plan {
  surrealql::select_ptr select;
  std::shared_ptr<const surrealql::select_plan> steps;  ///< how it makes its rows
  surrealql::semantics rules;                           ///< of the SurrealDB whose answer it equals
  std::string text;                                     ///< canonical: the plan's identity
  std::vector<std::string> parameters;                  ///< names it uses, sorted
  std::vector<std::string> tables;                      ///< that its text names, sorted
  std::optional<surrealql::field_names> needed;         ///< fields it looks at; nothing: any
  subquery_plans subqueries;
  row_order order;
  std::vector<surrealql::clock_use> clock;  ///< where its text looks at the clock

  bool own_tables = false;  ///< reads no table but those its text or FROM names
  bool star = false;       ///< `SELECT *`, ordered by own fields if at all: a row is its source row
  bool own_where = false;  ///< WHERE looks at the row and the clock alone and cannot fail
  bool windowed = false;   ///< LIMIT or START
  bool whole_result = false;     ///< VALUE or SPLIT: rows are no records, the delta has the result
  std::string recompute_reason;  ///< not empty: the text alone rules incremental upkeep out
};

using plan_ptr = std::shared_ptr<const plan>;

/// Parses, checks and classifies. Fails as registration must: with the position and the reason.
/// `definitions`: what the database defines; null: not known yet, and not checked.
result<plan_ptr> make_plan(std::string_view surql, const object& params,
                           const surrealql::parse_limits& limits,
                           const surrealql::catalog* definitions);

/// One source of FROM, its parameters known.
struct bound_source {
  std::string table;
  value_range keys;  ///< of record ids; both ends open: the whole table
};

/// FROM with its parameters known: tables and record ranges, or why it is something else.
struct bound_from {
  std::vector<bound_source> sources;
  std::string recompute_reason;
};
bound_from bind_from(const plan& p, const object& params);

/// The tables a query reads, sorted, as far as its text and parameters tell.
std::vector<std::string> tables_of(const plan& p, const object& params);

/// The members of `params` that the plan uses.
object used_parameters(const plan& p, const object& params);

}  // namespace spooky::views
