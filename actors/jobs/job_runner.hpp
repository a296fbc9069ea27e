#pragma once

#include "actors/interfaces.hpp"
#include "intents/jobs/job_records.hpp"
#include "machines/jobs/outbox_job.hpp"
#include "protocol/deadlines.hpp"
#include "surrealql/values/record_order.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>

namespace spooky::actors {

/// Where the jobs of one outbox table go.
struct job_route {
  std::string backend;  ///< its name; empty: the table has none, and its jobs fail
  job_backend service;  ///< empty likewise
  std::chrono::milliseconds timeout{10'000};
  std::size_t concurrency = 4;
};

struct job_runner_config {
  job_format format;
  std::size_t pending_jobs = 10'000;                  ///< accepted and not begun, of all tables
  std::chrono::milliseconds request_timeout{30'000};  ///< of the database
  std::chrono::milliseconds report_timeout = deadlines::job.asked;
  std::chrono::milliseconds retry_initial{100};  ///< for outcomes the database did not take
  std::chrono::milliseconds retry_limit{5'000};
};

struct job_runner_state {
  job_runner_state() = default;
  static inline const char* name = "job_runner";

  /// A job here, from its acceptance to its written outcome.
  struct run {
    record_id job;
    ssp_id from;                ///< whom it may be taken over from
    std::uint64_t attempt = 0;  ///< 0: not claimed yet
    outbox_job what;
    job_outcome outcome;
    std::chrono::milliseconds pause{0};  ///< when the outcome is "pending": before the next attempt
    bool with_error = true;              ///< false: the table refuses our errors
    unsigned failures = 0;               ///< of writing the outcome
  };
  /// The jobs of one table.
  struct lane {
    job_route route;
    std::deque<std::uint64_t> queue;
    std::size_t active = 0;
    bool refused = false;  ///< the database lets no job of it be taken, and that was said
    job_figures counted;   ///< only what only grows
  };

  database_actor database;
  job_sink sink;
  job_runner_config config;
  std::map<std::string, lane> lanes;
  std::unordered_map<std::uint64_t, run> runs;
  record_map<std::uint64_t> numbers;
  std::uint64_t last_number = 0;
  std::uint64_t seed = 0;
  std::vector<caf::typed_response_promise<ack>> stopping;
};

using job_runner_ptr = job_runner_actor::stateful_pointer<job_runner_state>;

/// Runs the jobs it is given, each claimed in the database before and settled there after, so that
/// of all SSPs only the holder of the newest attempt decides what becomes of a job. An attempt that
/// may go better later sets the job back to pending; when and where it is repeated is the
/// dispatcher's business. Its behaviours: accepting, and draining once it is told to stop.
job_runner_actor::behavior_type job_runner(job_runner_ptr self, database_actor database,
                                           std::map<std::string, job_route> routes,
                                           job_runner_config config);

}  // namespace spooky::actors
