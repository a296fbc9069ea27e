#pragma once

#include "actors/messages.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace spooky::actors {

/// What a view's edge should be: written with this content, or gone.
struct edge_op {
  bool remove = false;
  record_id out;
  std::uint64_t version = 0;
  value parent;       ///< edge id of the enclosing row; NONE for main rows
  std::string alias;  ///< the alias under which a related row appears

  friend bool operator==(const edge_op&, const edge_op&) = default;
};

/// The key of a member's edge: the same member of the same view always has the same edge, whoever
/// writes it and however often (I7). `[view, out]` for a main row, `[view, out, path, parent]` for
/// a related one, record ids as text.
value edge_id(const std::string& view_id, const views::member& member);

/// The related rows of one view by alias path and record: a row nested in a related row belongs to
/// that row's edge, whose key names the row around it in turn.
class enclosing_rows {
 public:
  void add(const std::string& view_id, const views::member& member);
  void remove(const views::member& member);
  /// The edge key of the row that a member is nested in; NONE for a main row.
  value parent_of(const std::string& view_id, const views::member& member) const;

 private:
  std::map<std::pair<std::string, record_id>, value> edges_;
};

/// What an edge in the database looks like to a reconciliation.
using stored_edges = std::map<value, std::uint64_t>;  ///< edge id -> version

/// A registration's row in `_spooky_query`, as it should be after the batch it is written with.
struct query_row {
  registration_ptr registration;
  bool refresh = true;  ///< a registration: set the time of last activity too
  bool ready = false;   ///< all edges of the initial result are written
  std::size_t row_count = 0;
  sequence_number seq = 0;
  std::uint64_t round = 0;  ///< which begin() it belongs to
};

/// What waits to be written for the views: at most one operation per edge, the newest. A view that
/// changes faster than the database takes it costs its own size, not its history. Pure bookkeeping;
/// the edge writer owns it.
class edge_ledger {
 public:
  /// The view's whole membership. Nothing of it is taken until compare() has told what is stored;
  /// changes merged meanwhile count.
  void begin(const registration_ptr& view, const views::view_snapshot& snapshot);
  /// Leaves only the difference to what is stored to be written.
  void compare(const std::string& view_id, const stored_edges& stored);
  /// Changes since. Ignored for a view that is not known.
  void merge(const std::string& view_id, const views::view_delta& delta);
  /// Forgets a view and what waits for it.
  void forget(const std::string& view_id);

  struct batch {
    /// Edge operations by view and edge id.
    std::vector<std::pair<std::string, std::vector<std::pair<value, edge_op>>>> edges;
    std::vector<query_row> rows;
    std::size_t size() const;
  };
  /// Takes up to `limit` edge operations of views that are due, together with their rows. A view's
  /// row says ready only in the batch that leaves nothing of it behind. Operations taken stay taken
  /// until `written` or `failed`. Empty when nothing is due.
  batch take(std::size_t limit, caf::timestamp now);
  /// Gives the views whose row the database now shows as ready: all that their begin() asked for is
  /// written. What belongs to an earlier begin() of a view is ignored, here and in failed().
  std::vector<std::string> written(const batch& done);
  /// Puts the operations back, unless newer ones have come, and holds the views back until `due`.
  void failed(const batch& lost, caf::timestamp due);

  /// The view's row has been written as ready and nothing waits.
  bool settled(const std::string& view_id) const;
  std::set<std::string> settled_views() const;
  std::size_t pending() const noexcept { return pending_; }
  /// Puts the failing views into batches of their own, so that one bad view does not hold up
  /// others.
  void isolate(const batch& lost);

 private:
  struct view_state {
    query_row row;
    enclosing_rows enclosing;
    std::map<value, edge_op> waiting;
    bool row_dirty = false;
    bool alone = false;
    bool in_flight = false;
    bool held = false;  ///< until compare()
    caf::timestamp due{};
  };
  void put(view_state& view, const value& id, edge_op op);
  /// The view that a taken row belongs to; nullptr if it began anew or was forgotten since.
  view_state* origin(const query_row& row);

  std::map<std::string, view_state> views_;
  std::uint64_t rounds_ = 0;
  std::string next_;  ///< where the round over the views goes on
  std::size_t pending_ = 0;
};

}  // namespace spooky::actors
