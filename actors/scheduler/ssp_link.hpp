#pragma once

#include "actors/interfaces.hpp"
#include "machines/pool/ssp_link.hpp"

#include <optional>
#include <vector>

namespace spooky::actors {

struct ssp_link_parts {
  ssp_peer peer;
  coordinator_actor coordinator;
  load_balancer_actor balancer;
  view_registry_actor registry;
};

struct ssp_link_state {
  ssp_link_state() = default;
  static inline const char* name = "ssp_link";

  ssp_link_parts parts;
  std::optional<link_lifecycle> lifecycle;  ///< set at the start
};

using ssp_link_ptr = ssp_link_actor::stateful_pointer<ssp_link_state>;

/// The lifecycle of one SSP, from its admission on: `link_lifecycle` decides, its states are the
/// behaviours. `since` is what was delivered after the position it was admitted at and before this
/// link existed.
ssp_link_actor::behavior_type ssp_link(ssp_link_ptr self, ssp_link_parts parts,
                                       ssp_link_config config, const ssp_registration& who,
                                       const ssp_admission& admission,
                                       const std::vector<log_slice>& since);

}  // namespace spooky::actors
