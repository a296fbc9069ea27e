#pragma once

#include "actors/front/pending.hpp"
#include "actors/interfaces.hpp"
#include "actors/known_types.hpp"
#include "net/router.hpp"

#include <memory>
#include <string>

namespace spooky::actors {

struct ssp_front_config {
  std::string id;
  std::string version;
  std::string system_prefix = "_spooky_";
  std::string auth_secret;
  front_limits limits;
  std::shared_ptr<const known_types> types;  ///< of the fields that JSON bodies carry; may be empty
};

struct ssp_front_parts {
  ssp_actor ssp;
  circuit_actor circuit;
  edge_writer_actor edges;
  job_runner_actor jobs;
  change_intake intake;  ///< takes what producers post to /ingest
};

struct ssp_front_state {
  ssp_front_state() : pending(0) {}
  static inline const char* name = "ssp_front";

  ssp_front_parts parts;
  ssp_front_config config;
  pending_requests pending;
  caf::timestamp started{};
};

using ssp_front_ptr = ssp_http_front_actor::stateful_pointer<ssp_front_state>;

/// Serves an SSP's endpoints.
ssp_http_front_actor::behavior_type ssp_front(ssp_front_ptr self, ssp_front_parts parts,
                                              ssp_front_config config);

/// The SSP's routes. Bodies are decoded on the connection's thread.
std::shared_ptr<net::router> ssp_routes(const ssp_http_front_actor& front,
                                        const ssp_front_config& config);

}  // namespace spooky::actors
