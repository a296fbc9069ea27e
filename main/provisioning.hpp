#pragma once

#include "actors/actor_owner.hpp"
#include "actors/interfaces.hpp"
#include "config/access.hpp"

#include <string>

namespace spooky::process {

/// Spawns the provisioner where the settings ask for it. `secret` is what the database's functions
/// and events send, `endpoint` is the URL under which the
/// database reaches the process that takes registrations.
void provision(caf::actor_system& system, const actors::actor_owner& owner,
               const actors::database_actor& database, const config::common_settings& settings,
               const std::string& secret, const std::string& endpoint);

}  // namespace spooky::process
