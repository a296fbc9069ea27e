#pragma once

#include "intents/views/edges.hpp"
#include "machines/time.hpp"
#include "protocol/tree.hpp"
#include "protocol/view.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/record_order.hpp"
#include "surrealql/values/value.hpp"
#include "views/hashes/merkle_tree.hpp"
#include "views/results/member.hpp"
#include "views/results/view_delta.hpp"
#include "views/results/view_snapshot.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace spooky::machines {

using intents::edge_op;
using intents::query_row;
using intents::stored_edge;
using intents::stored_edges;
using intents::stored_view;

/// The key of a member's edge: the same member of the same view always has the same edge, whoever
/// writes it and however often (I7). `[view, out]` for a main row, `[view, out, path, parent]` for
/// a related one, record ids as text.
value edge_id(const view_id& view_id, const views::member& member);

/// The related rows of one view by alias path and record: a row nested in a related row belongs to
/// that row's edge, whose key names the row around it in turn.
class enclosing_rows {
 public:
  void add(const view_id& view_id, const views::member& member);
  void remove(const views::member& member);
  /// The edge key of the row that a member is nested in; NONE for a main row.
  value parent_of(const view_id& view_id, const views::member& member) const;

 private:
  using place = std::pair<std::string, record_id>;
  struct place_before {
    bool operator()(const place& a, const place& b) const noexcept {
      const auto order = a.first <=> b.first;
      return order != 0 ? order < 0 : record_before{}(a.second, b.second);
    }
  };
  std::map<place, value, place_before> edges_;
};

/// A result with rows that are no records' goes into its view's record as a whole, up to this
/// weight.
inline constexpr std::size_t largest_rows = std::size_t{256} << 10;

/// What waits to be written for the views: at most one operation per edge, the newest. A view that
/// changes faster than the database takes it costs its own size, not its history. Pure bookkeeping;
/// the edge writer owns it.
class edge_ledger {
 public:
  /// The view's whole membership. Nothing of it is taken until compare() has told what is stored;
  /// changes merged meanwhile count.
  void begin(const registration_ptr& view, const views::view_snapshot& snapshot);
  /// Leaves only the difference to what is stored to be written. Edges that show a later position
  /// than the view does here, as those of a former owner may, are not taken back: the view waits
  /// until it gets there, but not beyond `patience`. True: it waits.
  bool compare(const view_id& view_id, const stored_view& stored, timestamp patience);
  /// Changes since; an empty delta just tells the position. Ignored for a view that is not known.
  void merge(const view_id& view_id, const views::view_delta& delta);
  /// Forgets a view and what waits for it.
  void forget(const view_id& view_id);

  using batch = intents::edge_batch;
  /// Takes up to `limit` edge operations of views that are due, together with their rows. A view's
  /// row says ready only in the batch that leaves nothing of it behind. Operations taken stay taken
  /// until `written` or `failed`. Empty when nothing is due. O(taken log views): views of which
  /// nothing waits are not looked at.
  batch take(std::size_t limit, timestamp now);
  /// Gives the views whose row the database now shows as ready: all that their begin() asked for is
  /// written. What belongs to an earlier begin() of a view is ignored, here and in failed().
  std::vector<view_id> written(const batch& done);
  /// Puts the operations back, unless newer ones have come, and holds the views back until `due`.
  void failed(const batch& lost, timestamp due);

  /// The registration that began the view; nullptr for one that is not known.
  registration_ptr registration(const view_id& view_id) const;
  /// The epoch it has been claimed under; nothing before compare().
  std::optional<placement_epoch> epoch(const view_id& view_id) const;
  /// The database has seen a transaction of ours with this number that we had given up.
  void outrun(const view_id& view_id, write_count writes);

  /// The nodes of the view's Merkle tree at these paths, without those that it has not; nothing for
  /// a view that is not known. O(nodes), and what has changed since hashes were last asked for.
  std::optional<tree_nodes> nodes(const view_id& view_id,
                                  const std::vector<std::string>& paths) const;

  /// The view's row has been written as ready and nothing waits.
  bool settled(const view_id& view_id) const;
  std::set<view_id> settled_views() const;
  std::size_t pending() const noexcept { return pending_; }
  /// Puts the failing views into batches of their own, so that one bad view does not hold up
  /// others.
  void isolate(const batch& lost);

 private:
  struct view_entry {
    query_row row;
    std::size_t records = 0;       ///< main rows that are records
    bool without_records = false;  ///< the result has others as well
    enclosing_rows enclosing;
    views::merkle_tree tree;
    std::map<value, edge_op> waiting;
    bool row_dirty = false;
    bool alone = false;
    bool in_flight = false;
    bool held = false;             ///< until compare()
    sequence_number catch_up = 0;  ///< not before it has got there, or is due
    timestamp due{};
    std::optional<timestamp>
        queued;  ///< from when on it can be taken; its place in ready_ or later_
  };
  /// Gives the view its place among those that can be taken, or none, after anything about it that
  /// decides that has changed.
  void requeue(const view_id& id, view_entry& view);
  void leave_queue(const view_id& id, view_entry& view);
  /// Moves what waits of the view, up to `room` operations, into the batch; what of the room it
  /// used.
  std::size_t take_from(const view_id& id, view_entry& view, std::size_t room, batch& taken);
  static void show(view_entry& view, const views::member& member);
  /// Counts the rows; `result` is all of it, null where only records have changed.
  static void count(view_entry& view, const value* result);
  void put(view_entry& view, const value& id, edge_op op);
  /// The view that a taken row belongs to; nullptr if it began anew or was forgotten since.
  view_entry* origin(const query_row& row);

  std::map<view_id, view_entry> views_;
  std::set<view_id> ready_;                        ///< views that can be taken
  std::set<std::pair<timestamp, view_id>> later_;  ///< and those that will be, when they are due
  std::uint64_t rounds_ = 0;
  view_id next_;  ///< where the round over the views goes on
  std::size_t pending_ = 0;
};

}  // namespace spooky::machines
