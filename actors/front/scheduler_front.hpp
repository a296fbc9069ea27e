#pragma once

#include "actors/front/pending.hpp"
#include "actors/interfaces.hpp"
#include "actors/known_types.hpp"
#include "net/router.hpp"

#include <memory>
#include <string>
#include <vector>

namespace spooky::actors {

struct scheduler_front_config {
  std::string id;
  std::string version;
  std::string system_prefix = "_spooky_";
  std::string auth_secret;
  front_limits limits;
  std::shared_ptr<const known_types> types;  ///< of the fields that JSON bodies carry; may be empty
};

struct scheduler_front_parts {
  coordinator_actor coordinator;
  view_registry_actor registry;
  std::vector<proxy_worker_actor> proxy_workers;
  job_dispatcher_actor jobs;
  change_intake intake;  ///< takes what is posted to /ingest
};

struct scheduler_front_state {
  scheduler_front_state() : pending(0) {}
  static inline const char* name = "scheduler_front";

  scheduler_front_parts parts;
  scheduler_front_config config;
  pending_requests pending;
  std::size_t next_worker = 0;
  caf::timestamp started{};
};

using scheduler_front_ptr = http_front_actor::stateful_pointer<scheduler_front_state>;

/// Serves the scheduler's endpoints.
http_front_actor::behavior_type scheduler_front(scheduler_front_ptr self,
                                                scheduler_front_parts parts,
                                                scheduler_front_config config);

/// The scheduler's routes. Bodies are decoded on the connection's thread: what cannot be read is
/// answered there and reaches no actor.
std::shared_ptr<net::router> scheduler_routes(const http_front_actor& front,
                                              const scheduler_front_config& config);

}  // namespace spooky::actors
