#pragma once

#include "actors/messages.hpp"
#include "net/http.hpp"

#include <string>

namespace spooky::actors {

/// The bodies of `/health` and `/info` of both processes, as the contract has them.
net::http_response scheduler_health(const scheduler_status& status);
net::http_response scheduler_info(const std::string& id, const scheduler_status& status);
net::http_response ssp_health_answer(const ssp_status& status);
net::http_response ssp_info(const std::string& id, const ssp_status& status);

}  // namespace spooky::actors
