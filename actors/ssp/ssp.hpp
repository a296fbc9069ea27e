#pragma once

#include "actors/interfaces.hpp"
#include "machines/ssp/lifecycle.hpp"

#include <deque>
#include <functional>
#include <optional>

namespace spooky::actors {

/// What the process uses, for heartbeats.
struct process_usage {
  double cpu = 0;            ///< share of one core since the last sample
  std::uint64_t memory = 0;  ///< resident bytes
};

struct ssp_parts {
  circuit_actor circuit;
  edge_writer_actor edges;
  database_actor database;
  scheduler_peer scheduler;  ///< a local_log in single mode
  std::function<process_usage()> sample_usage;
};

struct ssp_state {
  ssp_state() = default;
  static inline const char* name = "ssp";

  ssp_parts parts;
  std::optional<ssp_lifecycle> lifecycle;  ///< set at the start
  /// Who waits for a reset, and for the end of draining.
  std::deque<caf::typed_response_promise<ack>> resets;
  std::deque<caf::typed_response_promise<ack>> drains;
};

using ssp_ptr = ssp_actor::stateful_pointer<ssp_state>;

/// An SSP: `ssp_lifecycle` decides, its states are the behaviours.
ssp_actor::behavior_type ssp(ssp_ptr self, ssp_parts parts, ssp_config config);

}  // namespace spooky::actors
