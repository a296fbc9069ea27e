#pragma once

#include "actors/interfaces.hpp"
#include "machines/pool/delivery_queue.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace spooky::actors {

struct ssp_link_config {
  std::chrono::milliseconds poll_interval{3'000};  ///< health polls, and the tick of this link
  std::chrono::milliseconds heartbeat_timeout{15'000};
  std::chrono::seconds bootstrap_timeout{120};
  std::chrono::milliseconds delivery_timeout{30'000};
  std::chrono::milliseconds registration_timeout{60'000};
  std::size_t max_buffered = 10'000;  ///< unacknowledged changes, then Overflowed
  std::size_t batch_changes = 1'000;  ///< per delivery, unless one transaction is larger
  /// How long a Ready SSP may not be told of log that does not concern it.
  std::chrono::milliseconds quiet_interval{50};
};

struct ssp_link_parts {
  ssp_peer peer;
  coordinator_actor coordinator;
  load_balancer_actor balancer;
  view_registry_actor registry;
};

struct ssp_link_state {
  ssp_link_state() : queue(0) {}
  static inline const char* name = "ssp_link";

  ssp_link_parts parts;
  ssp_link_config config;
  delivery_queue queue;
  link_status status;
  std::vector<std::string> held;  ///< views the SSP said it holds when it joined
  std::uint64_t revision = 0;     ///< of the interest stated last
  bool in_flight = false;
  bool flush_due = false;    ///< a flush_atom is on its way
  unsigned failures = 0;     ///< deliveries failed in a row
  unsigned unreachable = 0;  ///< connections refused in a row while its heartbeat is overdue
  caf::timestamp joined_at{};
  caf::timestamp ticked_at{};
  caf::timestamp resume_at{};  ///< no delivery before this, after a failure
};

using ssp_link_ptr = ssp_link_actor::stateful_pointer<ssp_link_state>;

/// The lifecycle of one SSP, from its admission on. `since` is what was delivered after the
/// position it was admitted at and before this link existed. Bootstrapping buffers and polls the
/// SSP's health; Replaying sends the buffer in order; Ready sends live and takes views. One that
/// resumes starts with Replaying. Overflowed answers heartbeats with conflict until the SSP
/// registers again; Gone ends the link.
ssp_link_actor::behavior_type ssp_link(ssp_link_ptr self, ssp_link_parts parts,
                                       ssp_link_config config, const ssp_registration& who,
                                       const ssp_admission& admission,
                                       const std::vector<log_slice>& since);

}  // namespace spooky::actors
