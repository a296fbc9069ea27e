#pragma once

#include "actors/edge/pending.hpp"
#include "actors/interfaces.hpp"
#include "actors/known_types.hpp"
#include "net/router.hpp"

#include <memory>
#include <string>
#include <vector>

namespace spooky::actors {

struct scheduler_edge_config {
  std::string id;
  std::string version;
  std::string system_prefix = "_spooky_";
  std::string auth_secret;
  edge_limits limits;
  std::shared_ptr<const known_types> types;  ///< of the fields that JSON bodies carry; may be empty
};

struct scheduler_edge_parts {
  coordinator_actor coordinator;
  view_registry_actor registry;
  std::vector<proxy_worker_actor> proxy_workers;
  job_dispatcher_actor jobs;
  change_intake intake;  ///< takes what is posted to /ingest
};

struct scheduler_edge_state {
  scheduler_edge_state() : pending(0) {}
  static inline const char* name = "scheduler_edge";

  scheduler_edge_parts parts;
  scheduler_edge_config config;
  pending_requests pending;
  std::size_t next_worker = 0;
  caf::timestamp started{};
};

using scheduler_edge_ptr = http_edge_actor::stateful_pointer<scheduler_edge_state>;

/// Serves the scheduler's endpoints.
http_edge_actor::behavior_type scheduler_edge(scheduler_edge_ptr self, scheduler_edge_parts parts,
                                              scheduler_edge_config config);

/// The scheduler's routes. Bodies are decoded on the connection's thread: what cannot be read is
/// answered there and reaches no actor.
std::shared_ptr<net::router> scheduler_routes(const http_edge_actor& edge,
                                              const scheduler_edge_config& config);

}  // namespace spooky::actors
