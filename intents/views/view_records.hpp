#pragma once

#include "intents/statements.hpp"
#include "intents/views/edge_format.hpp"
#include "protocol/ids.hpp"
#include "protocol/view.hpp"

#include <set>
#include <string>
#include <vector>

/// What the records of `_spooky_query` say of views: which there are, and which have ended.
namespace spooky::intents {

struct stored_views {
  registrations views;
  std::vector<std::string> skipped;  ///< ids of records that cannot be read
};

/// All query records. Where there is no such table nobody has registered a view yet.
struct read_stored_views {
  using answer = stored_views;
  edge_format format;
};
query_text render(const read_stored_views& asked);
result<stored_views> read(const read_stored_views& asked, const db_answer& answer);

/// Views by what happened to them.
struct ended_views {
  std::vector<view_id> expired;  ///< this SSP's: `lastActiveAt + ttl` has passed
  std::vector<view_id> gone;     ///< of the written ones: its or its query's record is gone
  std::vector<view_id> moved;    ///< of the written ones: another SSP owns the record now
};

/// Views whose time has passed by the database's clock, and what became of the `written` ones.
struct find_ended_views {
  using answer = ended_views;
  edge_format format;
  std::set<view_id> written;
};
query_text render(const find_ended_views& asked);
result<ended_views> read(const find_ended_views& asked, const db_answer& answer);

struct wanted_view {
  bool wanted = false;
};

/// Whether somebody wants the view: its record and its query's are there, and its time has not
/// passed.
struct is_view_wanted {
  using answer = wanted_view;
  edge_format format;
  spooky::view_id view_id;
};
query_text render(const is_view_wanted& asked);
result<wanted_view> read(const is_view_wanted& asked, const db_answer& answer);

struct newest_epoch {
  placement_epoch epoch = 0;  ///< 0: no view has one
};

/// The highest epoch under which a view is held. Where there is no such table nobody has any.
struct read_newest_epoch {
  using answer = newest_epoch;
  edge_format format;
};
query_text render(const read_newest_epoch& asked);
result<newest_epoch> read(const read_newest_epoch& asked, const db_answer& answer);

struct touched_view {
  bool found = false;  ///< false: there is no such record
};

/// Notes that a view's client is alive.
struct touch_view {
  using answer = touched_view;
  edge_format format;
  spooky::view_id view_id;
};
query_text render(const touch_view& asked);
result<touched_view> read(const touch_view& asked, const db_answer& answer);

}  // namespace spooky::intents
