#pragma once

#include "actors/interfaces.hpp"
#include "net/surreal_client.hpp"

#include <memory>
#include <vector>

namespace spooky::actors {

/// What SurrealDB answered, as intents read it.
db_answer to_answer(std::vector<net::statement_result> outcome);

/// A database_actor over SurrealDB's WebSocket RPC. The client reconnects by itself while this
/// actor lives; what was in flight when a connection broke fails with unavailable.
/// @pre `client` is not started yet: the actor starts it, and stops it when it ends.
database_actor spawn_database_port(caf::actor_system& system,
                                   std::shared_ptr<net::surreal_client> client);

}  // namespace spooky::actors
