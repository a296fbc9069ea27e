#pragma once

#include "net/http.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"
#include "views/engine.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/all.hpp>

namespace spooky::storage {
class replica_snapshot;
}

/// Every message of the system. Messages are values nobody changes after sending; what is large is
/// shared behind a pointer to const. All of them are local: between processes only versioned,
/// pre-encoded bytes travel (notes, cpp-stack-facts section 4).
namespace spooky::actors {

/// An answer that says no more than "done".
struct ack {};

// -- changes ------------------------------------------------------------------------------------

/// Transactions on their way to the log, in commit order.
using change_batches = std::vector<change_batch>;

/// The place the log gave to what was appended. `first > last` for nothing but duplicates.
struct committed {
  sequence_number first = 0;
  sequence_number last = 0;
};

/// A durable, sequenced stretch of the log: whole transactions, gap-free. On its way to an SSP it
/// holds only changes of the tables the SSP needs, and still stands for everything first..last.
struct log_slice {
  sequence_number first = 0;
  sequence_number last = 0;
  std::shared_ptr<const change_batches> batches;
  /// Which registration of the SSP it was sent for (link_status::epoch); 0: none.
  std::uint64_t epoch = 0;

  /// How many positions of the log it covers.
  std::size_t span() const { return batches ? static_cast<std::size_t>(last - first + 1) : 0; }
};

// -- database -----------------------------------------------------------------------------------

struct db_query {
  std::string text;
  object vars;
  std::chrono::milliseconds timeout{30'000};
};

/// One statement's outcome inside a query's answer.
struct db_statement {
  bool ok = true;
  value result;            ///< when ok
  std::string message;     ///< when not
  bool retryable = false;  ///< a transaction conflict: nothing was written, try again
  bool missing = false;    ///< the table or record it names does not exist
};
using db_answer = std::vector<db_statement>;

/// A LIVE query's notification.
struct db_notification {
  value live_id;
  std::string action;
  value record;
  value result;
};

// -- capture ------------------------------------------------------------------------------------

/// A table whose rows the sink has been given, and under what circumstances.
struct copied_table {
  std::int64_t id =
      -1;            ///< SurrealDB's number of the table; another one: defined anew. -1: unknown
  std::string mode;  ///< how it was captured, as in the settings; empty: unknown
};

/// Where capture goes on.
struct feed_start {
  std::uint64_t stamp = 0;          ///< newest versionstamp taken, or where the clone began
  std::vector<std::uint64_t> seen;  ///< versionstamps taken within the overlap window
  /// Up to this time of the database the feed has been read to its end; 0: as far as `stamp`.
  std::chrono::milliseconds read_through{0};
  std::map<std::string, copied_table> tables;  ///< tables whose rows have been copied
};

/// A table as the source that captures it is told of it.
struct captured_table {
  std::string name;
  bool exists = true;  ///< false: what the sink holds of it is to be retracted
  /// What the sink holds may differ from the database's rows: they are to be compared.
  bool compare = false;
  std::chrono::milliseconds retention{0};  ///< of its change feed; 0: it has none
};

/// A table that has been compared with the sink's rows, and is the same now.
struct compared_table {
  std::string name;
  std::uint64_t rows = 0;     ///< looked at in the database
  std::uint64_t changes = 0;  ///< differences found and delivered
};

/// Asks how a stretch of a table differs between database and replica.
struct page_request {
  std::string table;
  std::optional<record_id> after;  ///< the stretch begins after this record; nothing: at the start
  sequence_number applied = 0;     ///< the replica must contain everything up to here
};

/// What makes the replica equal to the database within the stretch.
struct page_difference {
  std::vector<change> changes;       ///< whole records as the database has them; deletes
  std::optional<record_id> reached;  ///< where the next stretch begins; nothing: the table's end
  std::uint64_t rows = 0;            ///< rows of the database looked at
};
using page_difference_ptr = std::shared_ptr<const page_difference>;

/// How far the initial copy is.
struct clone_progress {
  std::uint64_t rows = 0;      ///< copied so far
  std::uint64_t expected = 0;  ///< counted before the copy began
  double rows_per_second = 0;
  std::size_t tables = 0;
  std::size_t tables_done = 0;

  /// Seconds left at the present rate; nothing before a rate is known.
  std::optional<double> seconds_left() const {
    if (rows_per_second <= 0) return std::nullopt;
    return static_cast<double>(expected > rows ? expected - rows : 0) / rows_per_second;
  }
};

/// How capture fares, for `/health` and `/metrics`.
struct capture_report {
  std::vector<std::string> troubles;  ///< what is not captured as asked for, and the way out
  std::size_t tables = 0;             ///< captured ones
  std::size_t comparing = 0;          ///< tables being compared with the database or waiting for it
  std::uint64_t compared_rows = 0;    ///< looked at since the start
  std::uint64_t repaired = 0;         ///< changes found by comparing since the start
};

// -- scheduler ----------------------------------------------------------------------------------

using snapshot_ptr = std::shared_ptr<const storage::replica_snapshot>;

/// A pinned snapshot and the exact position it shows (I4).
struct frozen_snapshot {
  sequence_number seq = 0;
  snapshot_ptr snapshot;
};

/// The tables whose changes an SSP is sent; nothing: those of all tables.
using table_interest = std::optional<std::vector<std::string>>;

/// `/ssp/register`.
struct ssp_registration {
  std::string id;
  std::string url;
  std::string version;
  std::vector<std::string> views;  ///< views it already holds
  std::string instance;            ///< tells processes with one id apart; empty: unknown
  table_interest tables;           ///< what it is to be sent
  std::uint64_t revision = 0;      ///< of `tables`, see ssp_interest
  std::string log_id;              ///< the log that `applied` belongs to; empty: it holds no rows
  sequence_number applied = 0;
};

/// The answer to a registration.
struct ssp_admission {
  /// The SSP is sent everything above: the snapshot's position, or its own if it resumes.
  sequence_number seq = 0;
  bool resumed = false;     ///< it keeps the rows and views it holds
  std::string log_id;       ///< of the log; empty from a scheduler that sends all tables' changes
  std::uint64_t epoch = 0;  ///< of this registration: what carries another is not for this one
};

/// `/ssp/interest`: the tables that an SSP needs from now on, in place of those it said before.
struct ssp_interest {
  std::string id;
  std::string instance;
  std::uint64_t revision = 0;  ///< rises with each statement, so that a late one changes nothing
  std::vector<std::string> tables;
};

/// `/ssp/heartbeat`.
struct ssp_heartbeat {
  std::string id;
  std::size_t views = 0;
  double cpu = 0;            ///< share of one core, 0..n
  std::uint64_t memory = 0;  ///< resident bytes
  std::optional<sequence_number> applied;
  std::string instance;           ///< as in its registration; empty: unknown
  std::vector<std::string> lost;  ///< views it could not restore when it joined
};

/// What an SSP's own `/health` says.
struct ssp_health {
  bool ready = false;
  bool failed = false;
  std::string state;
  std::string reason;
};

enum class link_state : std::uint8_t {
  bootstrapping,
  replaying,
  ready,
  draining,  ///< ready, but its views move away and it gets no new ones
  overflowed,
  gone
};
std::string_view to_string(link_state state) noexcept;

/// One line of the pool's status.
struct link_status {
  std::string id;
  std::string url;
  link_state state = link_state::bootstrapping;
  std::size_t views = 0;
  double cpu = 0;
  std::uint64_t memory = 0;
  sequence_number sent = 0;
  sequence_number acked = 0;
  std::size_t buffered = 0;
  std::uint64_t epoch = 0;
  caf::timestamp last_heartbeat{};
};

/// Every SSP that is not gone.
using pool_roll = std::vector<link_status>;

/// What `/metrics`, `/health` and `/info` of the scheduler are made of.
struct scheduler_status {
  std::string state;   ///< "cloning" or "ready", "+frozen" while a snapshot is pinned
  std::string detail;  ///< progress or trouble, for people; may be empty
  bool database_connected = false;
  sequence_number seq = 0;
  sequence_number replica_seq = 0;
  std::uint64_t ingested = 0;
  std::vector<link_status> links;
  capture_report capture;
  std::optional<clone_progress> clone;  ///< while cloning
};

// -- views --------------------------------------------------------------------------------------

/// What a client asks for when it registers a view, already validated.
struct view_registration {
  std::string id;  ///< the key of its `_spooky_query` record, without the table
  std::string surql;
  object params;
  std::string client_id;
  std::optional<duration> ttl;
  std::optional<datetime> last_active_at;
  std::string format;
  bool edges = true;
  bool rows = true;  ///< the answer to the registration carries the rows
  /// The fence of the placement it comes from: who writes under a lower one is refused by the
  /// database. Nothing where there is no scheduler.
  std::optional<std::uint64_t> epoch;
};
using registration_ptr = std::shared_ptr<const view_registration>;
using registrations = std::vector<registration_ptr>;

/// A view as it was placed under an epoch; without one: as it is held, whatever its epoch.
struct view_claim {
  std::string id;
  std::optional<std::uint64_t> epoch;
};

/// What an SSP is charged with: views, and what they cost (see placement_table).
struct ssp_load {
  std::size_t views = 0;
  double cost = 0;
};

/// How far the draining of an SSP is.
struct drain_progress {
  std::size_t views = 0;  ///< still to move; 0: it may leave
  std::string obstacle;   ///< why they do not move at present; empty: they do
};

/// All views the scheduler knows of.
struct placement_status {
  std::size_t views = 0;
  std::size_t waiting = 0;  ///< of these: without an SSP
  std::size_t doomed = 0;   ///< unregistered, but edges and record are still in the database
};

/// Where a registered view lives.
struct view_assignment {
  std::string query_id;
  std::string ssp_id;
  std::string ssp_url;
  value answer;  ///< the SSP's own answer: initial result summary
};

using snapshot_result_ptr = std::shared_ptr<const views::view_snapshot>;
using view_delta_ptr = std::shared_ptr<const views::view_delta>;

// -- SSP ----------------------------------------------------------------------------------------

/// A table's records at one position.
struct table_rows {
  std::string table;
  /// The position; 0: they contain everything that was delivered before they were.
  sequence_number seq = 0;
  array rows;
  std::vector<std::uint64_t> versions;  ///< parallel to rows; empty: none are known
};
using table_rows_ptr = std::shared_ptr<const table_rows>;

/// What `/metrics`, `/health` and `/info` of an SSP are made of.
struct ssp_status {
  std::string state;  ///< "bootstrapping", "ready" or "failed"
  std::string reason;
  bool database_connected = false;
  std::optional<bool> scheduler_connected;  ///< nothing in single mode
  sequence_number applied = 0;
  std::size_t views = 0;
  std::size_t edges_pending = 0;
  capture_report capture;  ///< single mode
};

/// What the circuit tells of itself.
struct circuit_status {
  sequence_number applied = 0;
  std::size_t views = 0;
  std::size_t tables = 0;
};

/// Where a circuit stands that is about to join: what the registration says of it.
struct circuit_position {
  sequence_number applied = 0;
  std::vector<std::string> tables;  ///< that it needs changes of
  std::uint64_t revision = 0;
};

/// Where a circuit starts over.
struct circuit_start {
  sequence_number seq = 0;
  table_interest tables;  ///< of which it is sent every change above `seq`
};

/// What came of a circuit's views when it started over.
struct restore_outcome {
  std::vector<std::string> lost;  ///< refused for good: they are held no longer
};

/// The progress of edges into the database.
struct edge_status {
  std::size_t pending = 0;  ///< edge writes waiting or in flight
  std::uint64_t written = 0;
  std::uint64_t failures = 0;
  std::string last_error;
};

// -- jobs ---------------------------------------------------------------------------------------

/// A record of an outbox table that an SSP is to run.
struct job_assignment {
  record_id job;
  /// The SSP that ran it and is gone: it may be taken over from there. Empty: from nobody.
  std::string from;
};

enum class job_state : std::uint8_t { pending, running, completed, failed };
std::string_view to_string(job_state state) noexcept;

/// What became of a job.
struct job_report {
  record_id job;
  job_state state = job_state::pending;
  std::string ssp;                           ///< who runs it, or ran it; empty: not said
  std::uint64_t retries = 0;                 ///< when pending: retries done, with the next one
  std::chrono::milliseconds retry_after{0};  ///< when pending: not to be run again before
  bool ran = true;                           ///< an attempt was made, so this counts
};

/// The jobs of one outbox table, in one process.
struct job_figures {
  std::string table;
  std::string backend;  ///< empty: the table has none
  std::size_t waiting = 0;
  std::size_t running = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t retried = 0;
  std::uint64_t rejected = 0;  ///< outcomes of attempts that others had taken over
};
using job_totals = std::vector<job_figures>;

/// One attempt, as it is sent to a backend.
struct job_call {
  std::string path;  ///< appended to the backend's base URL; "/" and visible ASCII
  std::shared_ptr<const std::string> body;  ///< JSON; null: none
  std::string idempotency_key;
  std::chrono::milliseconds timeout{10'000};
};

/// What a backend answered; any status.
struct job_answer {
  unsigned status = 0;
  std::optional<std::chrono::milliseconds> retry_after;  ///< the pause it asks for
  std::string excerpt;  ///< how an error's body begins, fit for a log and without our token
};

// -- HTTP ---------------------------------------------------------------------------------------

/// One HTTP request on its way through an edge actor, its body decoded where the endpoint has one.
struct exchange {
  std::string endpoint;  ///< the route's name, for example "view/register"
  std::shared_ptr<const net::http_request> request;
  value body;
  std::shared_ptr<net::responder> respond;
};

/// Ingest decoded by the connection, so that the actor only forwards it.
struct ingest_exchange {
  change_batches batches;
  bool single = false;  ///< answer `{seq}`, else `{first_seq, last_seq, count}`
  std::shared_ptr<net::responder> respond;
};

/// A stretch of the log decoded by the connection.
struct log_exchange {
  log_slice slice;
  std::shared_ptr<net::responder> respond;
};

}  // namespace spooky::actors

#define SPOOKY_LOCAL_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::actors::type)
SPOOKY_LOCAL_MESSAGE(ack)
SPOOKY_LOCAL_MESSAGE(change_batches)
SPOOKY_LOCAL_MESSAGE(committed)
SPOOKY_LOCAL_MESSAGE(log_slice)
SPOOKY_LOCAL_MESSAGE(db_query)
SPOOKY_LOCAL_MESSAGE(db_answer)
SPOOKY_LOCAL_MESSAGE(db_notification)
SPOOKY_LOCAL_MESSAGE(feed_start)
SPOOKY_LOCAL_MESSAGE(captured_table)
SPOOKY_LOCAL_MESSAGE(compared_table)
SPOOKY_LOCAL_MESSAGE(page_request)
SPOOKY_LOCAL_MESSAGE(page_difference_ptr)
SPOOKY_LOCAL_MESSAGE(clone_progress)
SPOOKY_LOCAL_MESSAGE(capture_report)
SPOOKY_LOCAL_MESSAGE(frozen_snapshot)
SPOOKY_LOCAL_MESSAGE(ssp_registration)
SPOOKY_LOCAL_MESSAGE(ssp_admission)
SPOOKY_LOCAL_MESSAGE(ssp_interest)
SPOOKY_LOCAL_MESSAGE(ssp_heartbeat)
SPOOKY_LOCAL_MESSAGE(ssp_health)
SPOOKY_LOCAL_MESSAGE(link_status)
SPOOKY_LOCAL_MESSAGE(pool_roll)
SPOOKY_LOCAL_MESSAGE(scheduler_status)
SPOOKY_LOCAL_MESSAGE(registration_ptr)
SPOOKY_LOCAL_MESSAGE(registrations)
SPOOKY_LOCAL_MESSAGE(view_assignment)
SPOOKY_LOCAL_MESSAGE(view_claim)
SPOOKY_LOCAL_MESSAGE(ssp_load)
SPOOKY_LOCAL_MESSAGE(drain_progress)
SPOOKY_LOCAL_MESSAGE(placement_status)
SPOOKY_LOCAL_MESSAGE(snapshot_result_ptr)
SPOOKY_LOCAL_MESSAGE(view_delta_ptr)
SPOOKY_LOCAL_MESSAGE(table_rows_ptr)
SPOOKY_LOCAL_MESSAGE(ssp_status)
SPOOKY_LOCAL_MESSAGE(circuit_status)
SPOOKY_LOCAL_MESSAGE(circuit_position)
SPOOKY_LOCAL_MESSAGE(circuit_start)
SPOOKY_LOCAL_MESSAGE(restore_outcome)
SPOOKY_LOCAL_MESSAGE(edge_status)
SPOOKY_LOCAL_MESSAGE(job_assignment)
SPOOKY_LOCAL_MESSAGE(job_report)
SPOOKY_LOCAL_MESSAGE(job_totals)
SPOOKY_LOCAL_MESSAGE(job_call)
SPOOKY_LOCAL_MESSAGE(job_answer)
SPOOKY_LOCAL_MESSAGE(exchange)
SPOOKY_LOCAL_MESSAGE(ingest_exchange)
SPOOKY_LOCAL_MESSAGE(log_exchange)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::error)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::value)
#undef SPOOKY_LOCAL_MESSAGE
