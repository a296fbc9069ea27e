#pragma once

#include "actors/front/routes.hpp"
#include "actors/front/ssp_front.hpp"

#include <vector>

namespace spooky::actors {

using ssp_endpoint = endpoint<ssp_front_ptr, ssp_http_front_actor>;

/// Every endpoint of an SSP; see scheduler_endpoints().
const std::vector<ssp_endpoint>& ssp_endpoints();

}  // namespace spooky::actors
