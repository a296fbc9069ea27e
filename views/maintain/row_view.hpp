#pragma once

#include "views/maintain/frozen_result.hpp"
#include "views/maintain/kept_rows.hpp"
#include "views/maintain/maintained_view.hpp"
#include "views/maintain/nested_rows.hpp"
#include "views/maintain/row_sequence.hpp"
#include "views/maintain/row_window.hpp"
#include "views/maintain/top_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace spooky::views {

/// A view whose result has one row (or with SPLIT several) per source row: filter, projection,
/// links, related sub-queries, graph steps, FETCH, SPLIT, ORDER BY, LIMIT and START.
///
/// Each root is evaluated by itself and registers what it read; a change evaluates exactly the
/// roots it touches again and the difference becomes the delta. ORDER BY and LIMIT keep the rows in
/// a sorted sequence. Where a shared order index exists (`SELECT *` ordered by own fields, cut by
/// LIMIT, no key in WHERE), only the first rows are kept and refilled from it.
class row_view final : public maintained_view {
 public:
  row_view(store& tables, plan_ptr plan, object params, std::uint32_t number, visibility_ptr seen);

  result<void> open() override;
  void close() override;
  bool update(view_delta& out) override;
  void snapshot(view_snapshot& out) const override;
  object describe() const override;
  std::size_t bytes() const noexcept override { return rows_.bytes(); }

 private:
  /// Fills an outcome that comes empty. Like changes, outcomes are made in their place and handed
  /// on by reference, for they are large.
  void evaluate(std::uint32_t root, row_outcome& out) const;
  /// The same, before its cost is known.
  void look_at(std::uint32_t root, row_outcome& out) const;
  /// Whether the budget allows what the view keeps now.
  bool affordable() { return spent_->allows_rows(rows_.members() + rows_.related()); }
  /// Takes an outcome over. Nothing beyond `bound` becomes a member. `change` comes empty.
  void apply(row_outcome&& outcome, const std::optional<order_entry>& bound,
             row_transition& change);
  void apply(row_outcome&& outcome) {
    row_transition nobody_asks;
    apply(std::move(outcome), std::nullopt, nobody_asks);
  }
  /// Opens with the first rows only. False, and nothing is kept, if the range in WHERE is the
  /// better interest.
  bool open_refilled(const std::optional<access>& rows);
  /// Fills the first rows up after `after`, or cuts what is too many off.
  void refill(const std::optional<order_entry>& after);
  /// Looks at the roots; `outcomes` and `changes` are room for one of each.
  bool update(std::span<const std::uint32_t> roots, std::span<row_outcome> outcomes,
              std::span<row_transition> changes, view_delta& out);
  void apply_all(std::span<row_outcome> outcomes, std::span<row_transition> changes);

  void report_rows(std::span<const row_transition> changes, view_delta& out) const;
  void report_window(const std::vector<std::uint32_t>& before,
                     std::span<const row_transition> changes, view_delta& out) const;

  bool ordered() const noexcept { return !plan_->order.empty(); }
  bool splits() const noexcept { return !plan_->select->split.empty(); }
  std::vector<std::uint32_t> visible_roots() const;
  std::vector<std::uint32_t> members_by_id() const;
  std::vector<member> visible_members() const;
  /// Counts the nested rows below the rows that are shown.
  void count_nested();
  std::vector<record_id> visible_order() const;
  /// The order as clients are told it after a failure; nothing if rows have none.
  std::optional<std::vector<record_id>> told_order() const;
  /// The statement's value, or the error of a stage that works on the whole result.
  result<value> whole_result() const;
  array split_rows() const;
  void note_failures();

  kept_rows rows_;
  std::unique_ptr<nested_rows> nested_;     ///< where sub-queries are nested in shown ones
  std::unique_ptr<row_sequence> sequence_;  ///< with ORDER BY, LIMIT or START
  std::optional<row_window> window_;        ///< with LIMIT or START
  std::unique_ptr<top_rows> top_;           ///< keeps the first rows only
  std::unique_ptr<frozen_result> frozen_;   ///< while it fails
};

}  // namespace spooky::views
