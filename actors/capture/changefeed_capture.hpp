#pragma once

#include "actors/capture/source_core.hpp"
#include "actors/interfaces.hpp"
#include "machines/capture/feed_cycle.hpp"
#include "machines/capture/feed_notes.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
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
  std::size_t copy_rows = 1'000;   ///< per page, when a table is loaded for a consumer
  std::size_t read_records = 500;  ///< read again at once
};

struct changefeed_state {
  changefeed_state() = default;
  static inline const char* name = "changefeed_capture";

  source_core core;  ///< what is offered and loaded; the rest of it is the cycle's
  changefeed_config config;
  std::optional<feed_cycle> cycle;
};

using changefeed_ptr = capture_source_actor::stateful_pointer<changefeed_state>;

/// Reads SurrealDB's change feed from a durable cursor with an overlap window, in whole
/// transactions, and offers them to the sink in order; the next page is read when the sink has
/// taken the last. LIVE queries, one per table, serve as doorbells only: they say that something
/// happened, never what. A record that one transaction wrote twice is read again, for the feed does
/// not say what it is.
///
/// SurrealDB does not say when a feed no longer reaches back to the cursor. So the time since the
/// feed was last read to its end is compared with each table's retention, at the start and before
/// every read; a table whose feed may have lost entries is compared with the replica instead.
///
/// What is done when is decided by feed_cycle.
capture_source_actor::behavior_type changefeed_capture(changefeed_ptr self, source_parts parts,
                                                       changefeed_config config);

}  // namespace spooky::actors
