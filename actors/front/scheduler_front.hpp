#pragma once

#include "actors/front/front.hpp"
#include "actors/front/stream_relay.hpp"
#include "actors/interfaces.hpp"
#include "net/router.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace spooky::actors {

struct scheduler_front_parts {
  coordinator_actor coordinator;
  view_registry_actor registry;
  proxy_pool_actor proxy;
  job_dispatcher_actor jobs;
  change_intake intake;  ///< takes what is posted to /ingest
  watchman_actor watchman;
  capture_actor capture;  ///< is asked whether all that was committed has been delivered
  stream_opener open_stream = {};
};

struct scheduler_front_state : front_state<scheduler_front_parts> {
  static inline const char* name = "scheduler_front";
};

using scheduler_front_ptr = http_front_actor::stateful_pointer<scheduler_front_state>;

/// Serves the endpoints of scheduler_endpoints().
http_front_actor::behavior_type scheduler_front(scheduler_front_ptr self,
                                                scheduler_front_parts parts, front_config config);

/// The routes to it.
std::shared_ptr<net::router> scheduler_routes(const http_front_actor& front,
                                              const front_config& config);

/// What can be said of its endpoints before there is a front.
std::vector<endpoint_terms> scheduler_terms();

}  // namespace spooky::actors
