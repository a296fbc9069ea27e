#pragma once

#include "actors/interfaces.hpp"
#include "machines/ssp/held_views.hpp"
#include "protocol/deadlines.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace spooky::actors {

/// What the process uses, for heartbeats.
struct process_usage {
  double cpu = 0;            ///< share of one core since the last sample
  std::uint64_t memory = 0;  ///< resident bytes
};

struct ssp_config {
  ssp_id id;
  std::string url;  ///< under which the scheduler and clients reach it
  std::string version;
  std::string instance;  ///< of this process: another one with the same id has another
  std::chrono::milliseconds heartbeat_interval{5'000};
  std::chrono::seconds sweep_interval{60};
  std::chrono::milliseconds request_timeout = deadlines::to_scheduler.asked;
  std::chrono::milliseconds bootstrap_timeout = deadlines::bootstrap;
  std::chrono::milliseconds retry_initial{100};
  std::chrono::milliseconds retry_limit{5'000};
  std::chrono::milliseconds drain_poll{100};  ///< pause between questions how far draining is
  std::size_t restoring_at_once = 32;
};

struct ssp_parts {
  circuit_actor circuit;
  edge_writer_actor edges;
  database_actor database;
  scheduler_peer scheduler;  ///< empty in single mode
  capture_actor capture;     ///< empty with a scheduler
  std::function<process_usage()> sample_usage;
  log_listener jobs = {};  ///< single mode: who finds jobs among the changes; may be empty
};

struct ssp_state {
  ssp_state() = default;
  static inline const char* name = "ssp";

  ssp_parts parts;
  ssp_config config;
  ssp_status status;
  held_views views;              ///< told to the scheduler when joining
  std::vector<view_id> lost;     ///< views not restored that the scheduler does not know of yet
  std::string log_id;            ///< the log the circuit's rows belong to; empty: it has none
  registration_epoch epoch = 0;  ///< of the registration that holds
  unsigned attempts = 0;
  bool starting = false;     ///< joining or restoring is under way
  std::uint64_t round = 0;   ///< counts starts; answers to an earlier one are void
  sequence_number next = 0;  ///< single mode: the next seq to give
  registrations to_restore;  ///< single mode: views of an earlier run
  std::size_t restoring = 0;
  caf::timestamp drain_until{};  ///< the pool is left then, with views or without
  caf::typed_response_promise<ack> drained;
};

using ssp_ptr = ssp_actor::stateful_pointer<ssp_state>;

/// An SSP attached to a scheduler: joins, loads what its views need, says it is ready, and keeps
/// saying so. 404 on a heartbeat: joins again, and keeps what it holds if the scheduler's log
/// allows that. 409: starts over from a new snapshot, or, when another process has taken its id,
/// fails until that one is gone. Draining: its
/// views move to others before it leaves the pool for good.
ssp_actor::behavior_type cluster_ssp(ssp_ptr self, ssp_parts parts, ssp_config config);

/// An SSP attached straight to SurrealDB. Gives changes their seq itself and restores the views
/// that the database knows of.
ssp_actor::behavior_type single_ssp(ssp_ptr self, ssp_parts parts, ssp_config config);

}  // namespace spooky::actors
