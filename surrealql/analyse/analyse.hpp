#pragma once

#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/budget.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What a query reads, found without running it: what an incremental plan, an interest index and a
/// table loader need to know.
namespace spooky::surrealql {

/// Plain field names from a row downwards: `{"author", "name"}` for `author.name`.
using field_path = std::vector<std::string>;

/// The field path that `expression` is, if it is nothing else (no index, method, graph step, …).
/// `$this.a.b` counts as `a.b`; `$this` alone is the empty path.
std::optional<field_path> as_field_path(const expr& expression);

/// The field path below `$parent`, if `expression` is nothing else: `{"id"}` for `$parent.id`.
std::optional<field_path> as_parent_path(const expr& expression);

/// True if the expression needs no row, no table and no enclosing row: literals, parameters (not
/// `$this`, `$parent`), deterministic functions of them. Its value is fixed per registration.
bool is_constant(const expr& expression);

/// What evaluating the constants of one expression may cost. One that is dearer is not evaluated in
/// advance: where a row needs it, the run's own limits tell.
const run_limits& constant_limits();

/// The same tree with every constant part (is_constant) replaced by a literal of its value under
/// `params`; unchanged nodes are shared. A constant part whose evaluation fails stays as it is: the
/// error then appears, as in SurrealDB, when a row is evaluated.
expr_ptr fold_constants(const expr_ptr& expression, const object& params);

/// A copy of the statement with fold_constants applied to every expression in it.
select_ptr fold_constants(const select_ptr& select, const object& params);

// -- WHERE --------------------------------------------------------------------------------------

struct predicate;

/// `field op constant`, the constant folded, the field on the left (`5 < a` gives `a > 5`).
/// Only operators that an index can serve: equal, not_equal, less…greater_equal, inside (constant
/// array, set or range on the right), contains and contains_any (field holds a collection).
struct field_comparison {
  field_path field;
  binary_op op;
  value constant;
};

/// A condition broken at AND and OR. `other` keeps whatever is neither.
struct predicate {
  struct conjunction {
    std::vector<predicate> all;
  };
  struct disjunction {
    std::vector<predicate> any;
  };
  struct other {
    expr_ptr condition;
  };
  std::variant<conjunction, disjunction, field_comparison, other> node;
};

/// Breaks a folded condition (fold_constants first) into its parts. Nested conjunctions and
/// disjunctions are flattened. Equivalent to the condition's truth on every row, not to its value.
predicate split_condition(const expr_ptr& condition);

// -- dependencies -------------------------------------------------------------------------------

/// How a source of FROM yields its rows.
enum class source_kind : std::uint8_t {
  table,         ///< a bare table, or a parameter that holds one
  record,        ///< one record id
  record_range,  ///< `table:a..b`
  records,       ///< a constant array of record ids
  subquery,      ///< `(SELECT …)`
  graph,         ///< a path with a graph step from a constant record
  other,         ///< anything else: values, paths, `$parent.x`
};

struct source_use {
  source_kind kind = source_kind::other;
  expr_ptr expression;
  std::vector<std::string> tables;  ///< the tables it may read directly; sorted
};

/// `inner op outer` between a sub-query's row and the enclosing row, such as `post = $parent.id`.
struct correlation {
  field_path inner;  ///< field of the sub-query's row
  binary_op op;      ///< equal, inside (`inner IN outer`) or contains (`inner CONTAINS outer`)
  field_path outer;  ///< field of the enclosing row, below `$parent`
};

enum class clause : std::uint8_t {
  projection,
  from,
  where,
  split,
  group,
  order,
  limit,
  fetch,
  omit,
};

struct subquery_use {
  select_ptr select;
  clause in = clause::projection;
  std::size_t projection = 0;  ///< index of the projection it sits in (clause::projection)
  /// True if the projection is nothing but the sub-query, or its `[0]`: rows can be related.
  bool direct = false;
  bool first_only = false;                ///< `(SELECT …)[0]`
  bool correlated = false;                ///< reads `$parent` or, in FROM, `$this`
  std::vector<correlation> correlations;  ///< top-level conjuncts of its WHERE of that form
  expr_ptr residual;                      ///< the rest of its WHERE, or null
};

struct graph_use {
  clause in = clause::projection;
  graph_direction direction = graph_direction::out;
  std::vector<std::string> edge_tables;  ///< empty: any
  field_path start;                      ///< field the walk starts from; empty: the row itself
  bool from_row = false;                 ///< starts at the row or at `start`, not at a constant
};

/// A record link that may be followed: `author.name` in WHERE reads `author`'s record. Whether
/// `author` is a link or a nested object is known at run time only.
struct link_use {
  clause in = clause::projection;
  field_path link;  ///< the field that may hold a record id (or a list of them)
  field_path rest;  ///< what is read of the linked record; empty: all of it (`.*`, FETCH)
};

struct aggregate_use {
  std::size_t projection = 0;
  std::string function;  ///< "count", "math::sum", …
  expr_ptr argument;     ///< null: `count()`
};

/// Everything one SELECT depends on.
struct query_use {
  std::vector<source_use> sources;
  std::vector<std::string> tables;  ///< every table read anywhere, nested ones too; sorted
  bool any_table = false;           ///< `->?`, links or computed sources: any table may be read
  bool whole_row = false;           ///< `*`, `$this`, or something that needs the whole row
  std::vector<field_path> fields;   ///< fields of the main row that are read; sorted, distinct
  std::vector<link_use> links;
  std::vector<subquery_use> subqueries;  ///< direct ones; look inside them with analyse() again
  std::vector<graph_use> graphs;
  std::vector<aggregate_use> aggregates;
  bool reads_parent = false;  ///< reads `$parent`
  /// What it reads below `$parent`; an empty path stands for the whole enclosing row. What its own
  /// sub-queries read of their `$parent` is among `fields` and `links`.
  std::vector<field_path> parent_fields;
};

/// Analyses a statement whose parameters are known. Linear in its size.
query_use analyse(const select_statement& select, const object& params);

/// Every table the statement reads or may read through its text, sorted, `any_table` aside.
std::vector<std::string> tables_read(const select_statement& select, const object& params);

/// The aggregates SurrealDB computes over a group (notes, section 6.5); anything else in a grouped
/// projection becomes the list of the rows' values.
bool is_aggregate(std::string_view function) noexcept;

}  // namespace spooky::surrealql
