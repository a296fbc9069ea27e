#pragma once

#include "views/maintain/maintained_view.hpp"
#include "views/structures/flat_index.hpp"
#include "views/structures/sorted_chunks.hpp"
#include "views/tables/order_index.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
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
  row_view(store& tables, plan_ptr plan, object params, std::uint32_t number);
  ~row_view() override;

  result<void> open(std::size_t max_rows) override;
  void close() override;
  bool update(view_delta& out) override;
  void snapshot(view_snapshot& out) const override;
  object describe() const override;

 private:
  struct details {
    std::vector<std::uint64_t> reads;
    std::vector<related_row> related;
    std::optional<error> failure;
    bool row_failed = false;  ///< the failure is of projecting: it counts only inside the window
  };
  struct entry {
    std::uint32_t root = 0;
    bool member = false;
    value row;  ///< the result row; with SPLIT the array of its rows
    value key;  ///< its sort key; with SPLIT the array of theirs
    std::uint64_t version = 0;
    std::unique_ptr<details> more;
  };
  /// What one evaluation of a root gave.
  struct outcome {
    std::uint32_t root = 0;
    bool member = false;
    value row;
    value key;
    std::uint64_t version = 0;
    details more;
  };
  /// What applying it changed.
  struct transition {
    std::uint32_t root = 0;
    bool was = false;
    bool is = false;
    bool differs = false;  ///< content or version, where it was and is
    std::size_t rank_before = 0;
    std::vector<related_row> related_before;
  };

  struct by_order {
    const row_view* view;
    bool operator()(const std::pair<value, std::uint32_t>& a,
                    const std::pair<value, std::uint32_t>& b) const;
  };
  using sequence = sorted_chunks<std::pair<value, std::uint32_t>, by_order>;

  outcome evaluate(std::uint32_t root) const;
  /// The row of the document, unless that fails: then `out.more` says so.
  value project(outcome& out, const surrealql::eval_context& context) const;
  /// Sort key and row of a document that passed, or of each of its pieces.
  result<void> evaluate_row(outcome& out, const surrealql::eval_context& context) const;
  transition apply(outcome o, const std::optional<order_entry>& bound);
  entry* find(std::uint32_t root);
  const entry* find(std::uint32_t root) const;
  entry& find_or_make(std::uint32_t root);
  void forget(entry& e);

  // Rows in order.
  bool ordered() const noexcept { return !plan_->order.empty(); }
  bool sequenced() const noexcept { return sequence_ != nullptr; }
  std::vector<std::uint32_t> visible_roots() const;
  std::vector<std::uint32_t> members_by_id() const;

  // The first rows only, refilled from a shared index.
  bool can_be_refilled() const;
  /// Whether indexes that exist already show that all rows the terms let through fit the buffer.
  bool known_to_be_few(const access& rows) const;
  /// Opens as such. False, and nothing is kept, if the range in WHERE is the better interest.
  bool open_refilled(const std::optional<access>& rows);
  /// The last row it knows of; nothing if it knows all.
  std::optional<order_entry> bound() const;
  void refill(const std::optional<order_entry>& after);
  void subscribe_to_bound();
  void unsubscribe_from_bound();

  // Deltas.
  /// Whether rows that were and are visible changed places among each other.
  bool survivors_moved(const std::vector<transition>& changes) const;
  void report_rows(const std::vector<transition>& changes, view_delta& out) const;
  void report_window(const std::vector<std::uint32_t>& before,
                     const std::vector<transition>& changes, view_delta& out) const;
  void report_update(const transition& change, view_delta& out) const;
  void freeze();
  void thaw(view_delta& out);
  void append_member(std::uint32_t root, std::vector<member>& out) const;
  void append_removed(std::uint32_t root, const std::vector<related_row>& related,
                      std::vector<member>& out) const;
  std::vector<member> visible_members() const;
  std::vector<record_id> visible_order() const;
  /// The statement's value, or the error of a stage that works on the whole result.
  result<value> whole_result() const;
  array split_rows() const;
  /// Whether a failing root makes the whole SELECT fail, as it does unless LIMIT hides it.
  bool failure_counts(std::uint32_t root) const;
  void note_failures();

  flat_index by_root_;
  std::vector<entry> entries_;
  std::vector<std::uint32_t> free_;
  std::size_t members_ = 0;
  std::vector<std::uint32_t> failing_;

  std::unique_ptr<sequence> sequence_;
  std::size_t start_ = 0;
  std::size_t limit_ = static_cast<std::size_t>(-1);
  std::vector<std::uint32_t> published_;  ///< windowed: the roots in the window

  order_index* refill_ = nullptr;
  bool complete_ = true;  ///< the sequence holds every member, not only the first ones
  std::optional<order_entry> subscribed_bound_;

  /// While failing: what clients saw last.
  struct frozen {
    std::vector<member> members;
    std::vector<record_id> order;
  };
  std::unique_ptr<frozen> frozen_;
};

}  // namespace spooky::views
