#pragma once

#include "actors/capture/change_feed.hpp"
#include "actors/capture/source_tables.hpp"
#include "actors/interfaces.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace spooky::actors {

struct changefeed_config {
  std::string system_prefix = "_spooky_";
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds overlap{10'000};
  std::chrono::milliseconds poll_interval{500};    ///< without a doorbell ringing
  std::chrono::milliseconds deep_interval{1'000};  ///< how often the whole window is read again
  std::chrono::milliseconds table_interval{5'000};
  std::chrono::seconds retention{std::chrono::hours{72}};
  std::size_t page_limit = 1'000;
  std::size_t copy_rows = 1'000;  ///< per page, when a new table is copied
  bool provision = false;
  bool copy_tables =
      true;  ///< offer the rows of new tables; false where tables are loaded on demand
};

/// The source part of a batch's cursor: one key per transaction, so that a restart knows which
/// transactions of the overlap window were taken.
std::string feed_source(versionstamp stamp);
/// The stamp of such a source; nothing for other sources.
std::optional<versionstamp> feed_stamp(std::string_view source);

/// A whole table asked for by a consumer of this source. It is read, then the feed is read to its
/// end, and only then answered: so every change that the rows may lack has been delivered before.
struct table_load {
  std::shared_ptr<table_rows> rows;
  caf::typed_response_promise<table_rows_ptr> promise;
};

struct changefeed_state {
  changefeed_state() = default;
  static inline const char* name = "changefeed_capture";

  database_actor database;
  change_sink sink;  ///< set by start
  changefeed_config config;

  std::optional<feed_cursor> cursor;  ///< set by start
  std::set<std::string> known;        ///< tables that are copied and watched
  std::set<std::string> refused;      ///< tables that cannot be captured, reported once

  bool connected = false;
  std::uint64_t connection = 0;  ///< counts connections; answers of an older one are dropped
  bool busy = false;             ///< a read or a look at the tables is under way
  bool tables_due = true;        ///< look at the tables before the next read
  bool rung = false;             ///< a doorbell rang since the last read began
  bool caught_up = false;        ///< the sink has been told
  std::uint64_t poll_epoch = 0;  ///< the newest poll timer
  caf::timestamp last_deep{};

  std::vector<table_load> asked;   ///< loads for the next read
  std::vector<table_load> loaded;  ///< loads whose rows are read, answered when the read is done

  std::shared_ptr<const change_batches> offered;  ///< what the sink has not taken yet
  std::function<void()> when_taken;
  unsigned refusals = 0;
};

/// INTERNAL: time to read the feed (void unless it is the newest such timer).
using changefeed_actor = capture_actor::extend<on<poll_atom, std::uint64_t>>;
using changefeed_ptr = changefeed_actor::stateful_pointer<changefeed_state>;

/// Reads SurrealDB's change feed from a durable cursor with an overlap window, in whole
/// transactions, and offers them to the sink in order; the next page is read when the sink has
/// taken the last. LIVE queries, one per table, serve as doorbells only: they say that something
/// happened, never what. New tables are given a feed (where provisioning allows it) and copied.
changefeed_actor::behavior_type changefeed_capture(changefeed_ptr self, database_actor database,
                                                   changefeed_config config);

}  // namespace spooky::actors
