#pragma once

#include "actors/messages.hpp"
#include "net/http.hpp"

#include <string>

namespace spooky::actors {

/// The bodies of `/health` and `/info` of both processes, as the contract has them.
net::http_response scheduler_health(const scheduler_status& status);
net::http_response scheduler_info(const std::string& id, const scheduler_status& status);
net::http_response ssp_health_answer(const ssp_status& status);
/// What a watchman has found and nobody has looked at yet.
net::http_response drift_answer(const drift_report& report, caf::timestamp now);
net::http_response ssp_info(const std::string& id, const ssp_status& status);

}  // namespace spooky::actors
