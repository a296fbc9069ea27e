#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// Everything an installation can choose, as plain values. The member initialisers below are the
/// defaults; config/catalogue.cpp gives each member its key, variables, range and description, from
/// which parsing and docs/operations.md both follow.
namespace spooky::config {

/// Where committed changes are read from.
enum class capture_mode : std::uint8_t {
  changefeed,  ///< SurrealDB's change feed, the default
  webhook,     ///< table events that post to /ingest
  live,        ///< LIVE SELECT per table
};

/// When an appended change is forced to disk.
enum class wal_sync : std::uint8_t {
  always,    ///< before it is acknowledged; one sync serves all that wait (I1)
  interval,  ///< every wal_sync_interval; a power cut may lose that much
  never,     ///< left to the operating system
};

/// How an edge goes when its record leaves the view.
enum class edge_removal : std::uint8_t {
  bump_then_delete,  ///< version raised first: older clients ignore DELETE notifications
  erase,             ///< "delete": deleted at once
};

/// Which SSP gets a new view.
enum class load_balance : std::uint8_t { least_queries, round_robin, least_load };

enum class log_level : std::uint8_t { trace, debug, info, warn, error, off };
enum class log_format : std::uint8_t { text, json };

/// How to reach SurrealDB and what is ours in it.
struct db_settings {
  /// host:port or a ws, wss, http or https URL; the RPC path is /rpc unless given.
  std::string url = "localhost:8000/rpc";
  std::string ns = "spooky";
  std::string database = "spooky";
  std::string username = "root";
  std::string password = "root";
  /// Define the system tables, functions, events and change feeds at start.
  bool provision = false;
  /// Start of the names of our tables and fields inside the database.
  std::string system_prefix = "_spooky_";
  std::chrono::milliseconds request_timeout{30'000};
  /// Requests in flight on one connection; further callers wait or are refused.
  std::size_t max_in_flight = 256;
};

struct capture_settings {
  capture_mode mode = capture_mode::changefeed;
  /// Tables captured otherwise than by `mode`.
  std::map<std::string, capture_mode> tables;
  /// Change feed: how far behind the newest stamp each poll reads again. A commit may become
  /// visible this long after its stamp and is still found.
  std::chrono::seconds overlap{10};
  /// Change feed: entries per page; SurrealDB serves at most 1000.
  std::size_t page_limit = 1'000;
  /// Change feed: the longest pause between two polls when no notification wakes the poller.
  std::chrono::milliseconds poll_interval{500};
  /// Change feed: the retention given to tables and databases that have none.
  std::chrono::seconds retention{std::chrono::hours{72}};
  /// How often the database is asked which tables and fields it has.
  std::chrono::milliseconds table_interval{5'000};
  /// Webhook and live: how often every table is compared with the replica.
  std::chrono::seconds compare_interval{300};

  /// The mode for one table.
  capture_mode mode_of(const std::string& table) const {
    const auto it = tables.find(table);
    return it == tables.end() ? mode : it->second;
  }
};

/// How often the database is asked for views that cannot be evaluated here.
struct asking_settings {
  std::chrono::milliseconds debounce{100};  ///< from a change to the question
  std::chrono::milliseconds pause{500};     ///< between two questions of one query
  std::size_t per_second = 20;              ///< questions of all queries together
};

/// What is compared with the database in the background.
struct watchman_settings {
  std::size_t reads_per_second = 2;                 ///< of the database; 0: nothing is compared
  std::size_t share_percent = 1;                    ///< of the time that comparing may take
  std::chrono::milliseconds confirm_after{15'000};  ///< until the second look at a difference
  std::size_t page_rows = 500;                      ///< rows of a table at once
  std::size_t view_rows = 5'000;                    ///< rows of a view at most
};

/// Bounds; each is refused with an error of its own when passed (I8).
struct limit_settings {
  std::size_t body_bytes = 16 * 1024 * 1024;          ///< request body: 413
  std::size_t header_bytes = 16 * 1024;               ///< request head: 431
  std::size_t connections = 4'096;                    ///< open HTTP and WebSocket connections
  std::chrono::milliseconds request_timeout{30'000};  ///< from request head to answer
  std::chrono::milliseconds idle_timeout{60'000};     ///< keep-alive pause
  std::size_t pending_requests = 1'000;               ///< accepted but unanswered: 503
  std::size_t batch_changes = 10'000;                 ///< changes in one /ingest/batch
  std::size_t query_bytes = 1024 * 1024;              ///< SurrealQL text
  std::size_t parse_depth = 128;                      ///< nesting of SurrealQL
  std::chrono::milliseconds query_time{10'000};       ///< evaluation of one query
  std::size_t query_rows = 1'000'000;                 ///< rows in one /proxy/query answer
  std::size_t query_memory_bytes = 256 << 20;         ///< values one /proxy/query holds at once
  std::size_t view_rows = 100'000;                    ///< rows in one view's result
  std::size_t view_memory_bytes = 256 << 20;          ///< what one view keeps and evaluates
  std::chrono::milliseconds view_time{2'000};         ///< of one view's evaluations in one step
  std::chrono::milliseconds turn_time{20};            ///< of one view before it moves to the lane
  std::size_t memory_bytes = std::size_t{8} << 30;    ///< tables and views of one SSP
  std::size_t views = 1'000'000;                      ///< views in one SSP
  std::size_t rows = 10'000'000;                      ///< rows in the results of one SSP's views
  std::size_t client_heavy_queries = 8;               ///< of one client at a time, see turn_time
  std::size_t client_views = 1'000;                   ///< views of one client
  std::size_t client_rows = 1'000'000;                ///< rows in the results of one client's views
  std::size_t client_memory_bytes = std::size_t{1}
                                    << 30;  ///< kept for one client's views by an SSP
  std::size_t pending_jobs = 10'000;        ///< jobs queued in one process
};

/// Streams of views' changes to clients.
struct stream_settings {
  std::size_t connections = 4'000;           ///< open in one process
  std::size_t views = 100;                   ///< on one connection
  std::size_t queue_bytes = 4 << 20;         ///< waiting for one client
  bool compress = false;                     ///< WebSocket messages, where the client offers it
  std::size_t ring = 256;                    ///< SSP: deltas of a view kept for who comes back
  std::size_t ring_bytes = 1 << 20;          ///< SSP: and what they may hold
  std::chrono::seconds token_lifetime{300};  ///< SSP
  bool proxy = false;                        ///< scheduler: clients are led to it, not to SSPs
};

struct log_settings {
  log_level level = log_level::info;
  log_format format = log_format::text;
};

/// An HTTP service that outbox jobs are delivered to.
struct backend_settings {
  enum class auth_type : std::uint8_t { none, token };
  std::string base_url;
  auth_type auth = auth_type::none;
  std::string token;                          ///< sent as `Authorization: Bearer <token>`
  std::string table;                          ///< the application's outbox table
  std::chrono::milliseconds timeout{10'000};  ///< per attempt, where the job sets none
  std::size_t concurrency = 4;                ///< requests in flight at once
};

/// What both processes need.
struct common_settings {
  db_settings db;
  capture_settings capture;
  watchman_settings watchman;
  limit_settings limits;
  stream_settings streams;
  log_settings log;
  /// Bearer secret of every protected endpoint and between our own processes. Empty: none asked.
  std::string auth_secret;
  std::map<std::string, backend_settings> backends;
  /// Outbox tables; those of `backends` count by themselves.
  std::vector<std::string> job_tables;
  edge_removal removal = edge_removal::bump_then_delete;
  std::chrono::milliseconds heartbeat_interval{5'000};
  /// The base URL under which SurrealDB (and, for an SSP, the scheduler and clients) reach this
  /// process. Empty: derived from the listening address.
  std::string advertise_addr;
  /// How long a terminating process may take to hand over its work. The default lets it end within
  /// ten seconds of SIGTERM.
  std::chrono::seconds drain_timeout{8};
  /// Actor worker threads; 0 means one per core.
  std::size_t worker_threads = 0;

  /// job_tables and the tables of all backends, sorted, each once.
  std::vector<std::string> outbox_tables() const;
};

struct scheduler_settings : common_settings {
  std::string id;  ///< empty: "scheduler-<uuid>" at start
  std::string ingest_host = "0.0.0.0";
  std::uint16_t ingest_port = 9667;
  load_balance balance = load_balance::least_queries;
  std::chrono::milliseconds heartbeat_timeout{15'000};
  std::chrono::seconds bootstrap_timeout{120};
  std::chrono::milliseconds ssp_poll_interval{3'000};
  std::size_t max_buffer_per_ssp = 10'000;  ///< unacknowledged changes, then 409
  std::string replica_db_path = "./data/replica";
  std::chrono::seconds snapshot_update_interval{300};  ///< checkpoint and log truncation
  std::chrono::seconds snapshot_max_age{600};          ///< longest freeze of one snapshot
  std::string wal_path = "./data/event_wal.log";
  wal_sync sync = wal_sync::always;
  std::chrono::milliseconds wal_sync_interval{100};
  std::size_t wal_segment_bytes = 64 * 1024 * 1024;
  std::size_t clone_parallel = 2;            ///< tables cloned at once
  std::size_t clone_page_rows = 5'000;       ///< rows per SELECT while cloning
  std::size_t rebalance_moves_per_sec = 20;  ///< views moved to a joining SSP; 0 turns it off
  bool demo_page = false;                    ///< the demo's page is served
};

struct ssp_settings : common_settings {
  ssp_settings() {
    db.url = "127.0.0.1:8000";
    db.ns = "test";
    db.database = "test";
  }

  std::string id;  ///< empty: "ssp-<uuid>" at start
  std::string listen_host = "0.0.0.0";
  std::uint16_t listen_port = 8667;
  std::string scheduler_url;  ///< empty: single mode, attached straight to SurrealDB
  std::chrono::seconds ttl_cleanup_interval{60};
  std::size_t edge_batch_rows = 100;  ///< edges per transaction written to SurrealDB
  /// How often views look at `time::now()` where it does more than be compared with a row's time.
  std::chrono::milliseconds time_granularity{1'000};
  asking_settings asking;

  bool single_mode() const noexcept { return scheduler_url.empty(); }
};

}  // namespace spooky::config
