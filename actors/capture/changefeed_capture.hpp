#pragma once

#include "actors/capture/source_core.hpp"
#include "actors/interfaces.hpp"
#include "machines/capture/change_feed.hpp"
#include "machines/capture/feed_notes.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace spooky::actors {

struct changefeed_config {
  std::string system_prefix = "_spooky_";
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds overlap{10'000};
  std::chrono::milliseconds poll_interval{500};     ///< without a doorbell ringing
  std::chrono::milliseconds deep_interval{1'000};   ///< how often the whole window is read again
  std::chrono::milliseconds note_interval{60'000};  ///< how often it is noted how far the feed is
  std::size_t page_limit = 1'000;
  std::size_t copy_rows = 1'000;  ///< per page, when a table is loaded for a consumer
  /// Whether a table is captured here; empty: every one. A feed may be there for other reasons.
  std::function<bool(const std::string&)> captures;
};

struct changefeed_state {
  changefeed_state() = default;
  static inline const char* name = "changefeed_capture";

  source_core core;
  changefeed_config config;

  std::optional<feed_cursor> cursor;  ///< set by start
  /// The tables captured here and the retention of each one's feed.
  std::map<std::string, std::chrono::milliseconds> tables;

  bool rung = false;       ///< a doorbell rang since the last read began
  bool compares = false;   ///< this cycle goes on with comparing
  bool gap_noted = false;  ///< feed_gap_note is there
  caf::timestamp last_deep{};

  /// The database's clock less ours; nothing until it was read over the present connection.
  std::optional<std::chrono::milliseconds> clock_offset;
  std::chrono::milliseconds read_through{0};  ///< the feed was read to its end, database time
  std::chrono::milliseconds read_began{0};    ///< when the read under way began, database time
  std::chrono::milliseconds noted{0};         ///< the newest feed_read_note
};

using changefeed_ptr = capture_source_actor::stateful_pointer<changefeed_state>;

/// Reads SurrealDB's change feed from a durable cursor with an overlap window, in whole
/// transactions, and offers them to the sink in order; the next page is read when the sink has
/// taken the last. LIVE queries, one per table, serve as doorbells only: they say that something
/// happened, never what.
///
/// SurrealDB does not say when a feed no longer reaches back to the cursor. So the time since the
/// feed was last read to its end is compared with each table's retention, at the start and before
/// every read; a table whose feed may have lost entries is compared with the replica instead.
capture_source_actor::behavior_type changefeed_capture(changefeed_ptr self, source_parts parts,
                                                       changefeed_config config);

}  // namespace spooky::actors
