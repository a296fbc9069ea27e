#pragma once

#include "surrealql/analyse/analyse.hpp"
#include "surrealql/evaluate/catalog.hpp"
#include "surrealql/select/select_plan.hpp"
#include "surrealql/syntax/ast.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace spooky::views {

/// How the engine answers one sub-query of a view: which rows it looks at, and whether these rows
/// are shown to clients as related rows.
struct subquery_plan {
  surrealql::select_ptr select;
  std::shared_ptr<const surrealql::select_plan> steps;
  std::string table;                             ///< the one table it selects from
  std::optional<surrealql::field_names> needed;  ///< fields it looks at; nothing: any

  /// `path = key` or `path IN keys` in its WHERE, where the key needs the enclosing row only: the
  /// rows come from an index on the path instead of a scan.
  struct lookup {
    surrealql::field_path path;
    surrealql::expr_ptr key;
    bool any_of = false;  ///< the key is a list of keys
  };
  std::vector<lookup> lookups;  ///< none: the whole table is read; else the first one is used
  bool exact = false;           ///< the lookup is the whole WHERE
  bool plain = false;  ///< `SELECT *` and nothing after WHERE: its rows are the source rows

  bool related = false;     ///< its rows appear in the result below an alias
  bool nested = false;      ///< below a related row, so several rows of the result may show it
  bool first_only = false;  ///< only its first row does: `(SELECT …)[0]`
  std::string alias;
  std::string path;        ///< aliases from the root row: "comments.author"
  std::size_t number = 0;  ///< position in the query's text
};

/// The sub-queries of a SELECT that the engine answers itself, by their node in the tree.
using subquery_plans = std::unordered_map<const surrealql::select_statement*, subquery_plan>;

subquery_plans plan_subqueries(const surrealql::select_statement& root, surrealql::semantics rules);

}  // namespace spooky::views
