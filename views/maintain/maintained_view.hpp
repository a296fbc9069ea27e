#pragma once

#include "surrealql/evaluate/evaluate.hpp"
#include "views/maintain/source_roots.hpp"
#include "views/maintain/subquery_source.hpp"
#include "views/plan/access.hpp"
#include "views/plan/plan.hpp"
#include "views/results/view_delta.hpp"
#include "views/results/view_snapshot.hpp"
#include "views/tables/store.hpp"
#include "views/tables/visibility.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spooky::views {

/// What a view's updates have taken lately of the turns it is given: whoever gives them counts.
struct turn_account {
  std::uint64_t steps = 0;
  std::chrono::microseconds time{0};
  std::uint64_t as_of = 0;  ///< changes that the engine had seen by then
};

/// One maintained query, with one or many registered ids. What it must look at again it learns by
/// `touch`; `update` then says what changed.
///
/// A root is the unit of evaluation: a source row (slot and source of FROM), a group, or for a
/// recomputed view the whole query.
class maintained_view {
 public:
  /// `seen`: what the caller sees of the tables; null: everything.
  maintained_view(store& tables, plan_ptr plan, object params, std::uint32_t number,
                  visibility_ptr seen);
  virtual ~maintained_view() = default;
  maintained_view(const maintained_view&) = delete;
  maintained_view& operator=(const maintained_view&) = delete;

  /// What open() and update() may spend; whoever calls these gives it first, and takes it back
  /// (null). Once it is exhausted the view can only be read and closed.
  void spend_from(surrealql::budget* budget) noexcept;
  /// Computes the initial result and registers every interest. errc::limit_exceeded where the
  /// budget does not suffice. On failure call `close` too.
  virtual result<void> open() = 0;
  /// Gives all interests and indexes back.
  virtual void close() = 0;
  /// Looks at what was touched since. True if `out` says anything. With an exhausted budget `out`
  /// leads to what snapshot() shows all the same, which may be neither the old nor the new result.
  virtual bool update(view_delta& out) = 0;
  virtual void snapshot(view_snapshot& out) const = 0;
  /// Whether deltas tell the whole result, because it is not (only) a set of records.
  bool tells_result() const;
  /// The result of a query that finds nothing.
  value empty_result() const;
  /// About how many bytes it keeps beside the tables' rows. O(1).
  virtual std::size_t bytes() const noexcept = 0;
  /// Whether it has passed a limit and is kept no longer.
  virtual bool halted() const noexcept { return false; }
  /// Operators and the sizes of their state.
  virtual object describe() const = 0;
  virtual maintenance mode() const { return maintenance::incremental; }
  virtual std::string mode_reason() const { return {}; }

  void touch(std::uint32_t root) { touched_.push_back(root); }
  /// What decides which rows it looks at has changed: it has to be opened anew.
  bool outdated() const {
    return std::find(touched_.begin(), touched_.end(), interest_root) != touched_.end();
  }
  /// To be asked after an update that changed nothing, while there is a budget. True if other terms
  /// of the WHERE are by now expected to wake the view far less often than those it waits for: it
  /// has to be opened anew. Looks ever more rarely: O(1) but each time that it does.
  bool worth_opening_anew();
  /// How many such updates it waits before it looks; taken over by the view that replaces it.
  std::uint32_t patience() const noexcept { return patience_; }
  void set_patience(std::uint32_t in_vain) noexcept { patience_ = in_vain; }
  /// A row of a table this view selects from changed.
  void touch_row(const row_table& table, slot s);
  bool touched() const noexcept { return !touched_.empty(); }

  const plan& query() const noexcept { return *plan_; }
  const plan_ptr& plan_of() const noexcept { return plan_; }
  const object& params() const noexcept { return params_; }
  const visibility_ptr& seen() const noexcept { return seen_; }
  std::uint32_t number() const noexcept { return number_; }
  const std::optional<error>& failure() const noexcept { return failure_; }
  /// Names of the tables it selects from or looks into, for the dependency map.
  virtual std::vector<std::string> tables() const;

  std::vector<std::string> ids;  ///< the ids it is registered under
  // What its upkeep has cost; whoever gives the budget counts.
  std::size_t counted_bytes = 0;  ///< bytes(), as last added to the sum of all views
  std::uint64_t spent_steps = 0;
  std::uint64_t last_steps = 0;
  std::uint64_t updates = 0;
  turn_account turns;

 protected:
  /// The root that stands for what the interest itself was computed from.
  static constexpr std::uint32_t interest_root = UINT32_MAX;

  /// What share of the rows of its sources a term lets through.
  double expected_share(const access_term& term) const;
  /// Which rows the caller can see and WHERE can hold for. Nothing: any.
  std::optional<access> rows_of_interest();
  /// Whether the caller may not see all of the rows it selects from.
  bool may_hide_rows() const;
  /// Binds FROM to tables. Fails if one is not loaded.
  result<void> bind_sources(const bound_from& from);
  /// Registers for the rows the WHERE can hold for (nothing: for all) and names those there are:
  /// the candidates for `open`, in no particular order.
  std::vector<std::uint32_t> subscribe_to_sources(const std::optional<access>& rows);
  void unsubscribe_from_sources();
  /// What the interest rests on: "author = …", "all rows of post".
  value describe_interest() const;

  /// The context in which the row of a root is evaluated.
  /// Its document lives until the next call.
  surrealql::eval_context context_for(std::uint32_t root) const;
  surrealql::eval_context base_context() const;
  /// Whether the row exists, is in its source's range and passes WHERE.
  result<bool> passes(std::uint32_t root, const surrealql::eval_context& context) const;
  /// Adds to an evaluation's error which row and which expression it was.
  error explain_failure(error e, std::uint32_t root, const surrealql::eval_context& context) const;

  /// The touched roots, each once; the list starts over. Valid until the next call.
  std::vector<std::uint32_t>& take_touched();

  /// What reading so many things takes: here, and where they are noted for this reader.
  static constexpr std::size_t bytes_per_read = 40;

  store& tables_;
  surrealql::budget* spent_ = nullptr;
  plan_ptr plan_;
  object params_;
  std::uint32_t number_;
  visibility_ptr seen_;
  source_roots roots_;
  std::unique_ptr<subquery_source> reading_;
  std::vector<path_index*> kept_;
  std::optional<error> failure_;
  /// The interest covers `id = …`: roots must register a read of their own record.
  bool reads_own_id_ = false;
  /// The interest alone decides WHERE.
  bool interest_is_exact_ = false;
  /// The WHERE has other terms that it could wait for.
  bool interest_was_chosen_ = false;

 private:
  struct interest {
    path_index* index =
        nullptr;  ///< null: every row of the source's table, or those with an element
    element_index* elements = nullptr;
    row_table* table = nullptr;
    value key;
    std::unique_ptr<interval> range;
  };

  static constexpr std::uint32_t first_patience = 64;
  static constexpr std::uint32_t most_patience = 1U << 20U;

  std::uint32_t in_vain_ = 0;  ///< updates that changed nothing
  std::uint32_t patience_ = first_patience;
  std::vector<std::uint32_t> touched_;
  std::vector<std::uint32_t> taken_;
  std::vector<interest> interests_;
  std::vector<std::uint32_t> id_roots_;
  std::vector<std::uint64_t> interest_reads_;
  mutable value document_;                   ///< a row as the caller sees it
  mutable std::optional<error> not_judged_;  ///< why it is not known whether he sees it
};

}  // namespace spooky::views
