#pragma once

#include "actors/front/endpoint.hpp"
#include "config/access.hpp"

#include <string>
#include <vector>

namespace spooky::process {

/// The secret of the database's functions and events that goes with a node's: who reads it in the
/// database does not know the node's.
std::string database_secret_of(const std::string& node_secret);

/// What each kind of caller is known by, stand-ins resolved.
actors::front_secrets secrets_of(const config::common_settings& settings,
                                 const config::access_settings& access);

/// What a process sends of secrets of one kind; empty: none.
std::string sent(const std::vector<std::string>& secrets);

}  // namespace spooky::process
