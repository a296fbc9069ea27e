#pragma once

#include "actors/edge/pending.hpp"
#include "actors/interfaces.hpp"
#include "actors/known_types.hpp"
#include "net/router.hpp"

#include <memory>
#include <string>

namespace spooky::actors {

struct ssp_edge_config {
  std::string id;
  std::string version;
  std::string system_prefix = "_spooky_";
  std::string auth_secret;
  edge_limits limits;
  std::shared_ptr<const known_types> types;  ///< of the fields that JSON bodies carry; may be empty
};

struct ssp_edge_parts {
  ssp_actor ssp;
  circuit_actor circuit;
  edge_writer_actor edges;
  job_runner_actor jobs;
  change_intake intake;  ///< takes what producers post to /ingest
};

struct ssp_edge_state {
  ssp_edge_state() : pending(0) {}
  static inline const char* name = "ssp_edge";

  ssp_edge_parts parts;
  ssp_edge_config config;
  pending_requests pending;
  caf::timestamp started{};
};

using ssp_edge_ptr = ssp_http_edge_actor::stateful_pointer<ssp_edge_state>;

/// Serves an SSP's endpoints.
ssp_http_edge_actor::behavior_type ssp_edge(ssp_edge_ptr self, ssp_edge_parts parts,
                                            ssp_edge_config config);

/// The SSP's routes. Bodies are decoded on the connection's thread.
std::shared_ptr<net::router> ssp_routes(const ssp_http_edge_actor& edge,
                                        const ssp_edge_config& config);

}  // namespace spooky::actors
