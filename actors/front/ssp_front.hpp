#pragma once

#include "actors/front/front.hpp"
#include "actors/interfaces.hpp"
#include "net/router.hpp"

#include <memory>
#include <vector>

namespace spooky::actors {

struct ssp_front_parts {
  ssp_actor ssp;
  circuit_actor circuit;
  edge_writer_actor edges;
  job_runner_actor jobs;
  change_intake intake;  ///< takes what producers post to /ingest
  watchman_actor watchman;
};

struct ssp_front_state : front_state<ssp_front_parts> {
  static inline const char* name = "ssp_front";
};

using ssp_front_ptr = ssp_http_front_actor::stateful_pointer<ssp_front_state>;

/// Serves the endpoints of ssp_endpoints().
ssp_http_front_actor::behavior_type ssp_front(ssp_front_ptr self, ssp_front_parts parts,
                                              front_config config);

/// The routes to it.
std::shared_ptr<net::router> ssp_routes(const ssp_http_front_actor& front,
                                        const front_config& config);

/// What can be said of its endpoints before there is a front.
std::vector<endpoint_terms> ssp_terms();

}  // namespace spooky::actors
