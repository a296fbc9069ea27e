#pragma once

#include "actors/interfaces.hpp"
#include "machines/database_version.hpp"
#include "machines/ssp/memory_log.hpp"
#include "protocol/deadlines.hpp"

#include <chrono>
#include <cstddef>
#include <deque>

namespace spooky::actors {

struct local_log_parts {
  database_actor database;
  capture_actor capture;  ///< started when the first registration comes
  log_listener jobs;      ///< who finds jobs among the changes; may be empty
};

struct local_log_config {
  std::chrono::milliseconds request_timeout = deadlines::to_scheduler.asked;
  std::chrono::milliseconds delivery_timeout = deadlines::bootstrap;
  std::size_t max_kept = 10'000;      ///< changes that the SSP has not applied
  std::size_t batch_changes = 1'000;  ///< per delivery, unless one transaction is larger
};

struct local_log_state {
  local_log_state() = default;
  static inline const char* name = "local_log";

  /// Changes whose producer waits until the SSP has applied them.
  struct offer {
    committed place;
    caf::typed_response_promise<committed> promise;
  };

  local_log_parts parts;
  local_log_config config;
  ssp_actor reader;
  database_version version;
  memory_log log{config.max_kept, config.batch_changes};
  std::deque<offer> offers;
};

using local_log_ptr = local_log_actor::stateful_pointer<local_log_state>;

/// The scheduler's part in single mode. A producer is answered when the SSP has applied what it
/// offered; while the SSP bootstraps, at once, for it loads its tables by the same producers. A
/// table's rows carry the seq up to which the log's changes are contained in them.
local_log_actor::behavior_type local_log(local_log_ptr self, local_log_parts parts,
                                         local_log_config config);

}  // namespace spooky::actors
