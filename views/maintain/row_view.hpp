#pragma once

#include "views/maintain/frozen_result.hpp"
#include "views/maintain/kept_rows.hpp"
#include "views/maintain/maintained_view.hpp"
#include "views/maintain/row_sequence.hpp"
#include "views/maintain/row_window.hpp"
#include "views/maintain/top_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
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

  result<void> open(std::size_t max_rows) override;
  void close() override;
  bool update(view_delta& out) override;
  void snapshot(view_snapshot& out) const override;
  object describe() const override;

 private:
  row_outcome evaluate(std::uint32_t root) const;
  /// Takes an outcome over. Nothing beyond `bound` becomes a member.
  row_transition apply(row_outcome outcome, const std::optional<order_entry>& bound);
  /// Opens with the first rows only. False, and nothing is kept, if the range in WHERE is the
  /// better interest.
  bool open_refilled(const std::optional<access>& rows);
  /// Fills the first rows up after `after`, or cuts what is too many off.
  void refill(const std::optional<order_entry>& after);
  std::vector<row_transition> apply_all(std::vector<row_outcome> outcomes);

  void report_rows(const std::vector<row_transition>& changes, view_delta& out) const;
  void report_window(const std::vector<std::uint32_t>& before,
                     const std::vector<row_transition>& changes, view_delta& out) const;

  bool ordered() const noexcept { return !plan_->order.empty(); }
  bool splits() const noexcept { return !plan_->select->split.empty(); }
  std::vector<std::uint32_t> visible_roots() const;
  std::vector<std::uint32_t> members_by_id() const;
  std::vector<member> visible_members() const;
  std::vector<record_id> visible_order() const;
  /// The order as clients are told it after a failure; nothing if rows have none.
  std::optional<std::vector<record_id>> told_order() const;
  /// The statement's value, or the error of a stage that works on the whole result.
  result<value> whole_result() const;
  array split_rows() const;
  void note_failures();

  kept_rows rows_;
  std::unique_ptr<row_sequence> sequence_;  ///< with ORDER BY, LIMIT or START
  std::optional<row_window> window_;        ///< with LIMIT or START
  std::unique_ptr<top_rows> top_;           ///< keeps the first rows only
  std::unique_ptr<frozen_result> frozen_;   ///< while it fails
};

}  // namespace spooky::views
