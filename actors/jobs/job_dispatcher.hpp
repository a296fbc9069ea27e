#pragma once

#include "actors/interfaces.hpp"
#include "intents/jobs/job_records.hpp"
#include "machines/jobs/job_ledger.hpp"
#include "protocol/deadlines.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace spooky::actors {

/// An outbox table as the dispatcher needs to know it.
struct outbox_table {
  std::string backend;          ///< empty: none
  std::size_t concurrency = 4;  ///< jobs in work at once, over all SSPs
};

struct job_dispatcher_config {
  job_format format;
  std::map<std::string, outbox_table> tables;
  std::size_t pending_jobs = 10'000;  ///< known at once; the rest is found by a later scan
  std::chrono::milliseconds request_timeout{30'000};                  ///< of the database
  std::chrono::milliseconds dispatch_timeout = deadlines::job.asked;  ///< of an SSP
  std::chrono::milliseconds tick{1'000};
  std::chrono::milliseconds scan_interval{30'000};     ///< longer where a scan takes long
  std::chrono::milliseconds confirm_interval{30'000};  ///< held jobs are asked after this often
  /// How long an SSP that holds jobs may be absent from the pool: after a restart of the scheduler
  /// its SSPs need a moment to come back.
  std::chrono::milliseconds orphan_grace{20'000};
};

struct job_dispatcher_parts {
  database_actor database;
  /// Opens the way to an SSP that is new in the pool, or new under its id.
  std::function<job_peer(const link_status&)> open_peer;
};

struct job_dispatcher_state {
  job_dispatcher_state() : ledger(0) {}
  static inline const char* name = "job_dispatcher";

  job_dispatcher_parts parts;
  job_dispatcher_config config;
  job_ledger ledger;
  struct member {
    job_peer peer;
    registration_epoch epoch = 0;
    bool ready = false;
    unsigned failures = 0;          ///< dispatches failed in a row
    caf::timestamp resume_at{};     ///< no dispatch before this, after a failure
    std::set<std::string> unknown;  ///< outbox tables it does not have, its settings being others
  };
  std::map<ssp_id, member> pool;
  std::map<std::string, job_figures> figures;  ///< by table; only what only grows
  std::uint64_t wake = 0;                      ///< the newest wake-up timer
  caf::timestamp wakes_at{};                   ///< when it fires; in the past: there is none
  std::uint64_t seed = 0;
  bool connected = false;
  bool missed = false;  ///< there were jobs without room
  std::size_t scanning = 0;
  caf::timestamp scan_began{};
  caf::timestamp next_scan{};
};

using job_dispatcher_ptr = job_dispatcher_actor::stateful_pointer<job_dispatcher_state>;

/// Finds jobs in what becomes durable, and by scanning the outbox tables when the database connects
/// and now and then after, so that no death or lost message makes it forget one. A job is handed to
/// the ready SSP that runs the fewest of its table; what an SSP held that is gone is handed to
/// another, to be taken over. Never runs anything itself, and writes nothing: what the database
/// says of a job decides, this only knows whom to ask.
job_dispatcher_actor::behavior_type job_dispatcher(job_dispatcher_ptr self,
                                                   job_dispatcher_parts parts,
                                                   job_dispatcher_config config);

}  // namespace spooky::actors
