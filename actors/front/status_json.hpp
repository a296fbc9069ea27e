#pragma once

#include "actors/messages.hpp"
#include "net/http.hpp"

#include <string>

namespace spooky::actors {

/// The bodies of `/health`, `/info` and `/metrics` of both processes, as the contract has them.
net::http_response scheduler_health(const scheduler_status& status);
net::http_response scheduler_info(const std::string& id, const scheduler_status& status);
net::http_response scheduler_metrics(const scheduler_status& status,
                                     const placement_status& placement, const job_totals& jobs,
                                     std::int64_t uptime_seconds, caf::timestamp now);
net::http_response ssp_health_answer(const ssp_status& status);
net::http_response ssp_info(const std::string& id, const ssp_status& status);
net::http_response ssp_metrics(const std::string& id, const ssp_status& status,
                               const job_totals& jobs, std::int64_t uptime_seconds);

/// The same figures for Prometheus.
net::http_response scheduler_metrics_text(const scheduler_status& status,
                                          const placement_status& placement, const job_totals& jobs,
                                          std::int64_t uptime_seconds, caf::timestamp now);
net::http_response ssp_metrics_text(const ssp_status& status, const job_totals& jobs,
                                    std::int64_t uptime_seconds);

}  // namespace spooky::actors
