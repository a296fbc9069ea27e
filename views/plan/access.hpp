#pragma once

#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/value.hpp"
#include "views/structures/interval_index.hpp"
#include "views/tables/path_index.hpp"

#include <optional>
#include <vector>

namespace spooky::views {

/// One way a row can come to satisfy a WHERE: its value at `path` equals `key`, or lies in `range`.
struct access_term {
  field_path path;
  value key;                      ///< without a range
  std::optional<interval> range;  ///< instead of the key

  bool is_id() const { return path.size() == 1 && path.front() == "id" && !range; }
};

/// Rows that satisfy a WHERE satisfy at least one of these terms. No terms: no row does.
struct access {
  std::vector<access_term> terms;
  /// The terms say it all: a row that satisfies one also satisfies the WHERE.
  bool exact = false;
  /// All terms are equalities.
  bool keyed() const;
  /// Expected to let fewer rows through.
  bool narrower_than(const access& other) const;
};

/// Derives from a WHERE which rows it can hold for. Nothing if any row is possible: no index helps.
/// Only conditions that are evaluated before any that could fail count, because a failing row fails
/// the whole SELECT and must not be skipped.
std::optional<access> access_of(const surrealql::expr_ptr& where, const object& params,
                                surrealql::semantics rules);

}  // namespace spooky::views
