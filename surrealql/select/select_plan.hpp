#pragma once

#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/evaluate/output_path.hpp"
#include "surrealql/select/aggregate.hpp"
#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace spooky::surrealql {

/// LIMIT and START.
struct window {
  std::size_t start = 0;
  std::size_t limit = static_cast<std::size_t>(-1);
};

/// Evaluates LIMIT and START; either may be null.
result<window> window_of(const expr_ptr& start, const expr_ptr& limit, const eval_context& context);

/// How one SELECT makes its rows, decided once and used for each of them. The stages are those of
/// stages.hpp. Immutable: safe to share between threads. It keeps the statement alive.
///
/// SurrealDB plans projections in one of two ways, and they differ where a query can see it:
/// the usual way computes all expressions into the row under their output names first and then
/// picks and renames members (so `SELECT *, n AS m` moves `n`, and up to 3.0 `SELECT n + 1 AS n,
/// n AS m` gives `m` the new `n`); a projection with a nested name, and one directly from a record
/// id, is evaluated field by field over the untouched row. Both are kept here, quirks included,
/// since a view must equal what the database answers.
class select_plan {
 public:
  select_plan(select_ptr select, semantics rules);

  const select_statement& statement() const noexcept { return *select_; }

  /// Whether the document passes WHERE.
  result<bool> passes(const eval_context& context) const;

  /// Whether a projected row is left out of the result: a record that does not exist, from a list
  /// of record ids.
  bool drops(const value& document, const value& row) const noexcept;

  result<value> project(const eval_context& context) const;
  /// Fails before it makes anything where there would be too many: several lists multiply.
  result<std::vector<value>> split(value document, const eval_context& context) const;
  result<array> order_keys(const value& row, const eval_context& context) const;
  std::strong_ordering compare_order_keys(const array& a, const array& b) const;
  result<value> finish(value row, const eval_context& context) const;
  result<window> window_of(const eval_context& context) const;

  // -- groups -----------------------------------------------------------------------------------

  result<array> group_key(const eval_context& context) const;

  /// The state of one group.
  class group_state {
   public:
    /// Takes in `context.document`.
    result<void> add(const eval_context& context);
    /// Takes in a row by what group_inputs() gave for it. Gives how many bytes it keeps of them.
    std::size_t add_inputs(const array& inputs);
    /// What a group without rows takes.
    std::size_t bytes() const noexcept;

   private:
    friend class select_plan;
    explicit group_state(const select_plan& plan) : plan_(&plan) {}
    const select_plan* plan_;
    std::vector<accumulator> accumulators_;  ///< one per input
  };
  /// A group without rows. Fails where array::join's separator does.
  result<group_state> new_group(const eval_context& context) const;
  result<value> group_row(const array& key, const group_state& state,
                          const eval_context& context) const;

  /// Whether GROUP ALL over no rows gives a row: see table_source::permissions_apply().
  result<bool> groups_nothing(const eval_context& context) const;

  /// What the aggregates take of `context.document`, one value per aggregate call. Kept per row,
  /// these let a group follow single changes without looking at its documents again.
  result<array> group_inputs(const eval_context& context) const;

  /// A group that rows join and leave.
  class running_group {
   public:
    void add(const array& inputs);
    /// Precondition: a row with these inputs was added.
    void remove(const array& inputs);
    /// Whether every aggregate knows its result; otherwise add_inputs() of each row, in source
    /// order, to a new_group() gives it.
    bool exact() const noexcept;

   private:
    friend class select_plan;
    std::vector<running_aggregate> aggregates_;  ///< one per input
  };
  running_group new_running_group() const;
  /// Precondition: group.exact().
  result<value> group_row(const array& key, const running_group& group,
                          const eval_context& context) const;

  /// True for `SELECT count() FROM source GROUP ALL` and nothing else, which SurrealDB answers
  /// without looking at rows: LIMIT is ignored and VALUE gives an object.
  bool counts_rows_only() const noexcept { return counts_rows_only_; }
  value count_row(std::int64_t rows) const;

 private:
  std::size_t split_size(const value& document) const;

  // An expression computed into the row under a name before ORDER BY or projecting.
  struct computed {
    std::string name;
    expr_ptr expression;
  };
  // A member taken over from the computed row.
  struct copy {
    std::string from, to;
    std::optional<std::size_t> computed_index;  ///< `from` is that one of computed_
  };
  // A field evaluated on its own and stored at its path.
  struct field {
    expr_ptr expression;
    std::vector<std::string> path;
    bool aliased = false;
  };
  struct sort_key {
    std::vector<direct_step> path;
    expr_ptr expression;  ///< of a grouped SELECT: evaluated over the group's row
  };
  enum class how : std::uint8_t { value_only, pick, fields };
  using registry = std::map<std::string, std::string>;  ///< expression text -> computed name

  void plan_groups();
  void plan_order(registry& known);
  void plan_projection(registry& known);
  bool try_pick(registry& known);
  void order_copies();
  void plan_fields();
  std::string compute_as(const expr_ptr& expression, const std::string& wanted, registry& known,
                         std::vector<computed>& into) const;
  std::string name_of(const projection& p) const;
  bool is_protected(const std::string& name) const;
  bool sorts_directly(const expr& by, bool selected) const;
  const projection* selected_as(const expr& order_path) const;
  bool omits_nested() const;

  result<value> with_computed(const value& row, const std::vector<computed>& what,
                              const eval_context& context) const;
  result<object> members_with(const value& row, const std::vector<computed>& what,
                              const eval_context& context) const;
  object renamed(object members) const;
  result<value> pick_members(const value& row, const eval_context& context) const;
  result<value> row_of_results(const array& key, const array& results,
                               const eval_context& context) const;
  result<value> pick_computed(const object& row, const eval_context& context) const;
  result<value> evaluate_fields(const value& row, const eval_context& context) const;
  result<void> evaluate_field_into(value& row, const field& one, const eval_context& context) const;
  result<void> omit(value& row, const eval_context& context) const;

  select_ptr select_;
  semantics rules_;
  std::string value_from_;  ///< the computed member that SELECT VALUE gives; empty: none
  how how_ = how::value_only;
  bool star_ = false;
  bool counts_rows_only_ = false;
  bool names_written_out_ = true;  ///< what FETCH and OMIT name
  std::vector<computed> sort_computed_;
  std::vector<std::string> sort_only_;  ///< computed for ORDER BY and omitted from rows
  std::vector<sort_key> sort_keys_;
  std::vector<computed> computed_;
  std::vector<copy> copies_;
  std::vector<field> fields_;
  std::vector<expr_ptr> group_keys_;
  std::vector<group_output> group_outputs_;
  std::vector<std::string> count_names_;
};

/// Runs a SELECT whose rows are given (the `->(SELECT ...)` graph step): record ids are followed,
/// missing records left out.
result<value> run_over(const select_statement& select, array documents,
                       const eval_context& context);

}  // namespace spooky::surrealql
