#pragma once

#include "actors/interfaces.hpp"
#include "actors/known_types.hpp"
#include "net/router.hpp"

#include <memory>
#include <string>

namespace spooky::actors {

/// Adds a route whose requests reach the front actor as an exchange called `endpoint`; a POST body
/// is decoded first, and answered with 400 where it cannot be.
void add_exchange(net::router& routes, const http_front_actor& front, const char* method,
                  const char* pattern, std::string endpoint);

/// `/ingest` and `/ingest/batch` with producers' bodies. `types` may be empty.
void add_ingest(net::router& routes, const http_front_actor& front,
                const std::shared_ptr<const known_types>& types);

}  // namespace spooky::actors
