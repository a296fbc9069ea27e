#pragma once

#include "actors/front/routes.hpp"
#include "actors/front/scheduler_front.hpp"

#include <vector>

namespace spooky::actors {

using scheduler_endpoint = endpoint<scheduler_front_ptr, http_front_actor>;

/// Every endpoint of the scheduler. Routes, dispatch, the paths that need no secret, body limits
/// and the tests of docs/openapi.yaml and docs/protocol.md follow from it.
const std::vector<scheduler_endpoint>& scheduler_endpoints();

}  // namespace spooky::actors
