#pragma once

#include "surrealql/database/change.hpp"
#include "views/engine/view_budgets.hpp"
#include "views/maintain/maintained_view.hpp"
#include "views/results/view_delta.hpp"
#include "views/tables/store.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace spooky::views {

/// Takes changes to the tables, finds the views they concern and lets these look again.
///
/// A step works in three passes over everything it was given, so that a batch is one change of
/// state: tables first, then the shared indexes, which say who is concerned, then those views.
class propagation {
 public:
  explicit propagation(surrealql::semantics rules) noexcept : tables_(rules) {}

  store& tables() noexcept { return tables_; }
  const store& tables() const noexcept { return tables_; }

  // -- views ------------------------------------------------------------------------------------

  /// Room for a new view: its number, then the view itself.
  std::uint32_t reserve_number();
  void adopt(std::unique_ptr<maintained_view> v);
  /// Closes and drops a view; also one that was never adopted leaves its number this way.
  void drop(std::uint32_t number);
  maintained_view& at(std::uint32_t number) const { return *views_[number]; }
  std::size_t view_count() const noexcept { return views_.size() - free_.size(); }
  const std::vector<std::unique_ptr<maintained_view>>& views() const noexcept { return views_; }

  // -- changes ----------------------------------------------------------------------------------

  /// First pass: puts one change into its table.
  void put(const change& c, row_table& table);
  /// A row that was loaded rather than changed.
  void loaded(row_table& table, slot s);
  /// A table there was not before.
  void table_added();
  /// What the moments up to this one change is to be looked at.
  void pass_time(const surrealql::moment& now);
  /// Whether propagate() has anything to do.
  bool touched() const noexcept { return !touched_views_.empty(); }
  /// Second and third pass. One delta per concerned view and id, by view number. A view that passes
  /// a limit fails and is halted. Views whose interest itself rested on what changed are left alone
  /// and named in `outdated`, as are those that better wait for other rows: both are to be opened
  /// anew. Places of rows that are gone are free with the next sweep of the tables: until then such
  /// views can still name what they showed.
  std::vector<view_delta> propagate(sequence_number seq, view_budgets& budgets,
                                    std::vector<std::uint32_t>& outdated);
  /// The views halted since the last call.
  std::vector<std::uint32_t> take_halted() { return std::exchange(halted_, {}); }

  // -- memory -----------------------------------------------------------------------------------

  /// What tables and views take, in bytes. O(1).
  std::size_t bytes() const noexcept { return tables_.table_bytes() + view_bytes_; }
  /// Opens a view that was adopted. On failure it is to be dropped.
  result<void> open(std::uint32_t number, view_budgets& budgets);

 private:
  struct row_change {
    row_table* table = nullptr;
    slot row = no_slot;
    value before;
    std::uint64_t version_before = 0;
  };

  /// Lets a view that was touched look again. True if the delta says anything; if not, and other
  /// terms would wake it less often, it is named in `outdated`.
  bool update(std::uint32_t number, view_budgets& budgets, view_delta& delta,
              std::vector<std::uint32_t>& outdated);
  void halt(std::uint32_t number, const error& why);
  /// Notes what a view has spent and how much it keeps now.
  void count(maintained_view& v, const surrealql::budget& spent);
  void touch(std::uint32_t number, std::uint32_t root);
  void touch_row(std::uint32_t number, const row_table& table, slot s);
  void touch_readers(read r);
  void propagate_row(const row_change& c);
  void propagate_move(path_index& index, slot s, path_index::moved moved);
  void refile_dependents();

  store tables_;
  std::vector<std::unique_ptr<maintained_view>> views_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> halted_;
  std::size_t view_bytes_ = 0;  ///< of all views, as counted last
  std::vector<row_change> changes_;
  std::vector<std::uint32_t> touched_views_;
  std::vector<std::pair<std::uint32_t, slot>> stale_keys_;  ///< index number and row
};

/// The record with its `id`, which change sources may leave out.
value with_id(const value& record, const record_id& id);

}  // namespace spooky::views
