#pragma once

#include "actors/messages.hpp"
#include "net/http.hpp"

#include <cstdint>
#include <string>

/// `/metrics` of both processes. Every figure is a row of a table in metrics.cpp.
namespace spooky::actors {

net::http_response scheduler_metrics(const scheduler_status& status,
                                     const placement_status& placement, const job_totals& jobs,
                                     std::int64_t uptime_seconds, caf::timestamp now);
net::http_response ssp_metrics(const std::string& id, const ssp_status& status,
                               const job_totals& jobs, std::int64_t uptime_seconds);

/// The same figures for Prometheus.
net::http_response scheduler_metrics_text(const scheduler_status& status,
                                          const placement_status& placement, const job_totals& jobs,
                                          std::int64_t uptime_seconds, caf::timestamp now);
net::http_response ssp_metrics_text(const ssp_status& status, const job_totals& jobs,
                                    std::int64_t uptime_seconds);

/// The object `capture` of `/metrics` and `/health`.
value capture_json(const capture_report& capture);
/// The object `clone` of `/metrics` and `/health`.
value clone_json(const clone_progress& clone);

/// All figures as Markdown tables: the part of docs/operations.md between the `metrics` markers.
std::string metrics_reference();

}  // namespace spooky::actors
