#pragma once

#include "surrealql/evaluate/moment.hpp"
#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/value.hpp"
#include "views/structures/interval_index.hpp"
#include "views/tables/path_index.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace spooky::views {

/// One way a row can come to satisfy a WHERE: its value at `path` equals `key`, or contains it, or
/// lies in `range`.
struct access_term {
  field_path path;
  value key;                      ///< without a range
  std::optional<interval> range;  ///< instead of the key
  bool element = false;           ///< the value contains the key; the path is one field

  bool is_id() const { return path.size() == 1 && path.front() == "id" && !range && !element; }
};

/// Rows that satisfy a WHERE satisfy at least one of these terms. No terms: no row does.
struct access {
  std::vector<access_term> terms;
  /// The terms say it all: a row that satisfies one also satisfies the WHERE.
  bool exact = false;
  /// There were others, expected to let more rows through.
  bool chosen = false;
  /// All terms are equalities.
  bool keyed() const;
};

/// What share of the rows a term is expected to let through, from 0 to 1. Asked only where there is
/// a choice.
using share_estimate = std::function<double(const access_term&)>;

/// What share of the rows the terms let through together, at most.
double share_of(const access& rows, const share_estimate& share);

/// Derives from a WHERE which rows it can hold for; of several ways to say so, the one that is
/// expected to let the fewest rows through. Nothing if any row is possible: no index helps. Only
/// conditions that are evaluated before any that could fail count, because a failing row fails the
/// whole SELECT and must not be skipped. Holds from `now` on: what a row must be later than, it
/// will not have to be earlier than.
std::optional<access> access_of(const surrealql::expr_ptr& where, const object& params,
                                const surrealql::moment& now, surrealql::semantics rules,
                                const share_estimate& share);

}  // namespace spooky::views
