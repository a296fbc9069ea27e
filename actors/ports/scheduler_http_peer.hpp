#pragma once

#include "actors/interfaces.hpp"
#include "actors/ports/http_call.hpp"

namespace spooky::actors {

/// A scheduler_peer over the scheduler's HTTP endpoints.
scheduler_peer spawn_scheduler_http_peer(caf::actor_system& system, http_peer where);

}  // namespace spooky::actors
