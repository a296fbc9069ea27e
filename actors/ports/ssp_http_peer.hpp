#pragma once

#include "actors/interfaces.hpp"
#include "actors/ports/http_call.hpp"

namespace spooky::actors {

/// An ssp_peer over the SSP's HTTP endpoints. It ends when its last handle is dropped.
ssp_peer spawn_ssp_http_peer(caf::actor_system& system, http_peer where);

}  // namespace spooky::actors
