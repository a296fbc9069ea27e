#pragma once

#include "actors/interfaces.hpp"
#include "actors/ports/http_call.hpp"

namespace spooky::actors {

/// A scheduler_peer over the scheduler's HTTP endpoints.
/// `loader` is another client than `where.client`, with an I/O thread of its own: it decodes tables
/// there as they arrive, so that nothing else waits for them, and the sender does.
scheduler_peer spawn_scheduler_http_peer(caf::actor_system& system, http_peer where,
                                         std::shared_ptr<net::http_client> loader);

}  // namespace spooky::actors
