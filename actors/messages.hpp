#pragma once

#include "actors/format.hpp"
#include "intents/intent.hpp"
#include "machines/capture/page.hpp"
#include "machines/capture/tables.hpp"
#include "machines/drift.hpp"
#include "machines/feed/delta_feed.hpp"
#include "machines/jobs/attempt.hpp"
#include "machines/pool/frozen_snapshot.hpp"
#include "machines/pool/link_status.hpp"
#include "machines/pool/placement_status.hpp"
#include "machines/progress.hpp"
#include "machines/ssp/circuit_position.hpp"
#include "machines/ssp/lane_work.hpp"
#include "machines/ssp/ssp_status.hpp"
#include "net/bearer.hpp"
#include "net/http.hpp"
#include "net/message_stream.hpp"
#include "protocol/job.hpp"
#include "protocol/job_figures.hpp"
#include "protocol/log.hpp"
#include "protocol/pool.hpp"
#include "protocol/stream.hpp"
#include "protocol/table_rows.hpp"
#include "protocol/tree.hpp"
#include "protocol/view.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"
#include "views/results/view_delta.hpp"
#include "views/results/view_snapshot.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/all.hpp>

/// What actors tell each other. Messages are values nobody changes after sending; what is large is
/// shared behind a pointer to const. Those that also travel between processes are declared in
/// protocol/, those that machines decide about in machines/; here are the rest, and the list of all
/// that CAF carries. All of them are local: between processes only versioned, pre-encoded bytes
/// travel.
namespace spooky::actors {

// Actors speak the words of what they carry out.
using namespace machines;
using namespace intents;

/// An answer that says no more than "done".
struct ack {};

// -- database -----------------------------------------------------------------------------------

/// What the database is asked for, answered with an intents::answer.
struct db_query {
  intent asked;
  std::chrono::milliseconds timeout{30'000};
};

/// A LIVE query's notification.
struct db_notification {
  value live_id;
  std::string action;
  value record;
  value result;
};

// -- scheduler ----------------------------------------------------------------------------------

/// What `/metrics`, `/health` and `/info` of the scheduler are made of.
struct scheduler_status {
  std::string state;   ///< "cloning" or "ready", "+frozen" while a snapshot is pinned
  std::string detail;  ///< progress or trouble, for people; may be empty
  bool database_connected = false;
  std::string disk;  ///< why a disk takes nothing; empty: it does
  sequence_number seq = 0;
  sequence_number replica_seq = 0;
  std::uint64_t ingested = 0;
  std::vector<link_status> links;
  capture_report capture;
  std::optional<clone_progress> clone;  ///< while cloning
  drift_report drift;                   ///< what the watchman has found
};

// -- views --------------------------------------------------------------------------------------

using snapshot_result_ptr = std::shared_ptr<const views::view_snapshot>;
using view_delta_ptr = std::shared_ptr<const views::view_delta>;

// -- SSP ----------------------------------------------------------------------------------------

/// What the circuit tells of itself.
struct circuit_status {
  sequence_number applied = 0;
  std::size_t views = 0;
  std::size_t heavy_views = 0;  ///< of these, in the lane
  std::size_t tables = 0;
};

using lane_work_ptr = std::shared_ptr<const lane_work>;
using lane_report_ptr = std::shared_ptr<const lane_report>;

/// A view as the circuit keeps it.
struct watched_view {
  registration_ptr registration;
  snapshot_result_ptr shown;
  std::vector<std::string> tables;  ///< that its text names
  /// Its caller sees all there is, so that the database answers a system user the same.
  bool sees_all = false;
};

/// What came of a circuit's views when it started over.
struct restore_outcome {
  std::vector<view_id> lost;  ///< refused for good: they are held no longer
};

/// What a client follows of a view, on its way to the view's feed.
struct stream_subscription {
  view_id view;
  subscriber_id who;
  stream_shape shape;
  std::optional<stream_place> since;
  std::shared_ptr<net::message_stream> to;
};

/// The progress of edges into the database.
struct edge_status {
  std::size_t pending = 0;  ///< edge writes waiting or in flight
  std::uint64_t written = 0;
  std::uint64_t failures = 0;
  std::string last_error;
};

// -- HTTP ---------------------------------------------------------------------------------------

/// One HTTP request on its way through a front, its body decoded where the endpoint has one.
struct exchange {
  std::size_t endpoint = 0;  ///< its row in the front's table
  caf::duration time;        ///< for whoever is asked
  std::shared_ptr<const net::http_request> request;
  value body;
  std::shared_ptr<net::responder> respond;
  net::caller_kinds callers = net::nobody;  ///< who sent it
};

/// Ingest decoded by the connection, so that the actor only forwards it.
struct ingest_exchange {
  change_batches batches;
  bool single = false;  ///< answer `{seq}`, else `{first_seq, last_seq, count}`
  caf::duration time;
  std::shared_ptr<net::responder> respond;
};

/// A stretch of the log decoded by the connection.
struct log_exchange {
  log_slice slice;
  caf::duration time;
  std::shared_ptr<net::responder> respond;
};

/// A client that asks for a stream: by a WebSocket's handshake, or for server-sent events.
struct stream_exchange {
  std::shared_ptr<const net::http_request> request;
  net::caller_kinds callers = net::nobody;
  bool single = false;                       ///< of the one view that the path names
  std::shared_ptr<net::ws_session> session;  ///< null: events
  std::shared_ptr<net::responder> respond;   ///< null: a WebSocket
};

}  // namespace spooky::actors

#define SPOOKY_LOCAL_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::actors::type)
SPOOKY_LOCAL_MESSAGE(ack)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::sequence_number)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::view_id)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::query_key)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<spooky::view_id>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::ssp_id)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::table_name)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::change_batches)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::committed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::log_slice)
SPOOKY_LOCAL_MESSAGE(db_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::intents::answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::intents::watch_table)
SPOOKY_LOCAL_MESSAGE(db_notification)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::feed_start)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::captured_table)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::compared_table)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::left_out_rows)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::page_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::page_difference_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::clone_progress)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::drift_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<spooky::record_id>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::capture_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::frozen_snapshot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::ssp_registration)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::ssp_admission)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::ssp_interest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::ssp_heartbeat)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::ssp_health)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::link_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::pool_roll)
SPOOKY_LOCAL_MESSAGE(scheduler_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::registration_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::registrations)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::view_assignment)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::view_claim)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::ssp_load)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::drain_progress)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::placement_status)
SPOOKY_LOCAL_MESSAGE(snapshot_result_ptr)
SPOOKY_LOCAL_MESSAGE(view_delta_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::table_rows_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::ssp_status)
SPOOKY_LOCAL_MESSAGE(circuit_status)
SPOOKY_LOCAL_MESSAGE(watched_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::array)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::intents::standing_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::tree_nodes)
SPOOKY_LOCAL_MESSAGE(lane_work_ptr)
SPOOKY_LOCAL_MESSAGE(lane_report_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::circuit_position)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::circuit_start)
SPOOKY_LOCAL_MESSAGE(restore_outcome)
SPOOKY_LOCAL_MESSAGE(edge_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::job_assignment)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::job_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::job_totals)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::job_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::job_answer)
SPOOKY_LOCAL_MESSAGE(exchange)
SPOOKY_LOCAL_MESSAGE(ingest_exchange)
SPOOKY_LOCAL_MESSAGE(log_exchange)
SPOOKY_LOCAL_MESSAGE(stream_exchange)
SPOOKY_LOCAL_MESSAGE(stream_subscription)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::machines::subscriber_id)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::stream_ending)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::view_release)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::error)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::value)
#undef SPOOKY_LOCAL_MESSAGE
