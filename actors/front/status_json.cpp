#include "actors/front/status_json.hpp"

#include "actors/front/http_body.hpp"
#include "protocol/job_codec.hpp"
#include "protocol/pool_codec.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace spooky::actors {

namespace {

value number(std::uint64_t n) { return value{static_cast<std::int64_t>(n)}; }

const char* presence(bool connected) { return connected ? "connected" : "away"; }

std::size_t ready_links(const scheduler_status& status) {
  return static_cast<std::size_t>(
      std::count_if(status.links.begin(), status.links.end(),
                    [](const link_status& link) { return link.state == link_state::ready; }));
}

std::size_t total_views(const scheduler_status& status) {
  std::size_t views = 0;
  for (const auto& link : status.links) views += link.views;
  return views;
}

double seconds_ago(caf::timestamp then, caf::timestamp now) {
  return std::chrono::duration<double>(now - then).count();
}

value entity(const char* kind, const std::string& id, std::string_view status, std::size_t views) {
  return value{object{{"entity", value{kind}},
                      {"id", value{id}},
                      {"status", value{status}},
                      {"views", number(views)}}};
}

value link_figures(const link_status& link, caf::timestamp now) {
  return value{object{{"id", value{link.id.raw()}},
                      {"url", value{link.url}},
                      {"state", value{to_string(link.state)}},
                      {"query_count", number(link.views)},
                      {"views", number(link.views)},
                      {"cpu_usage", value{link.cpu}},
                      {"memory_usage", number(link.memory)},
                      {"last_heartbeat_seconds_ago", value{seconds_ago(link.last_heartbeat, now)}},
                      {"buffered", number(link.buffered)},
                      {"sent_seq", number(link.sent.raw())},
                      {"acked_seq", number(link.acked.raw())},
                      {"epoch", number(link.epoch.raw())}}};
}

value capture_figures(const capture_report& capture) {
  array troubles;
  for (const auto& trouble : capture.troubles) troubles.emplace_back(trouble);
  return value{object{{"tables", number(capture.tables)},
                      {"comparing", number(capture.comparing)},
                      {"compared_rows", number(capture.compared_rows)},
                      {"repaired", number(capture.repaired)},
                      {"troubles", value{std::move(troubles)}}}};
}

value clone_figures(const clone_progress& clone) {
  const auto left = clone.seconds_left();
  return value{object{{"rows", number(clone.rows)},
                      {"expected_rows", number(clone.expected)},
                      {"rows_per_second", value{clone.rows_per_second}},
                      {"eta_seconds", left ? value{*left} : value::null()},
                      {"tables", number(clone.tables)},
                      {"tables_done", number(clone.tables_done)}}};
}

net::http_response prometheus(std::string text) {
  net::http_response response;
  response.content_type = "text/plain; version=0.0.4";
  response.body = std::move(text);
  return response;
}

void gauge(std::string& text, std::string_view name, std::string_view help, double figure) {
  fmt::format_to(std::back_inserter(text), "# HELP {0} {1}\n# TYPE {0} gauge\n{0} {2}\n", name,
                 help, figure);
}

/// One metric over all outbox tables.
template <class Figure>
void per_table(std::string& text, std::string_view name, std::string_view type,
               std::string_view help, const job_totals& jobs, Figure figure) {
  fmt::format_to(std::back_inserter(text), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  for (const auto& one : jobs)
    fmt::format_to(std::back_inserter(text), "{}{{table=\"{}\",backend=\"{}\"}} {}\n", name,
                   one.table, one.backend, one.*figure);
}

void job_figures_text(std::string& text, const job_totals& jobs) {
  if (jobs.empty()) return;
  per_table(text, "spooky_jobs_waiting", "gauge", "Jobs that wait", jobs, &job_figures::waiting);
  per_table(text, "spooky_jobs_running", "gauge", "Jobs in work", jobs, &job_figures::running);
  per_table(text, "spooky_jobs_succeeded_total", "counter", "Jobs that succeeded", jobs,
            &job_figures::succeeded);
  per_table(text, "spooky_jobs_failed_total", "counter", "Jobs that failed for good", jobs,
            &job_figures::failed);
  per_table(text, "spooky_jobs_retried_total", "counter", "Attempts that are repeated", jobs,
            &job_figures::retried);
  per_table(text, "spooky_jobs_rejected_total", "counter", "Outcomes of attempts taken over", jobs,
            &job_figures::rejected);
}

void capture_gauges(std::string& text, const capture_report& capture) {
  gauge(text, "spooky_capture_tables", "Tables captured", static_cast<double>(capture.tables));
  gauge(text, "spooky_capture_comparing", "Tables being compared with the database",
        static_cast<double>(capture.comparing));
  gauge(text, "spooky_capture_repaired", "Changes found by comparing since the start",
        static_cast<double>(capture.repaired));
  gauge(text, "spooky_capture_troubles", "Tables and sources that are not captured as asked for",
        static_cast<double>(capture.troubles.size()));
}

void clone_gauges(std::string& text, const clone_progress& clone) {
  gauge(text, "spooky_clone_rows", "Rows copied by the clone under way",
        static_cast<double>(clone.rows));
  gauge(text, "spooky_clone_expected_rows", "Rows it will copy",
        static_cast<double>(clone.expected));
  gauge(text, "spooky_clone_rows_per_second", "Its present rate", clone.rows_per_second);
}

}  // namespace

net::http_response scheduler_health(const scheduler_status& status) {
  const bool healthy = ready_links(status) > 0;
  const auto& troubles = status.capture.troubles;
  const bool quiet = status.detail.empty() && !troubles.empty();
  object body{{"status", value{healthy ? "healthy" : "unavailable"}},
              {"state", value{status.state}},
              {"detail", value{quiet ? troubles.front() : status.detail}},
              {"db", value{presence(status.database_connected)}},
              {"seq", number(status.seq.raw())},
              {"replica_seq", number(status.replica_seq.raw())},
              {"capture", capture_figures(status.capture)}};
  if (status.clone) body.set("clone", clone_figures(*status.clone));
  return json_answer(healthy ? 200 : 503, value{std::move(body)});
}

net::http_response scheduler_info(const std::string& id, const scheduler_status& status) {
  array entities{entity("scheduler", id, status.state, total_views(status))};
  for (const auto& link : status.links)
    entities.push_back(entity("ssp", link.id, to_string(link.state), link.views));
  return json_answer(200, value{std::move(entities)});
}

net::http_response scheduler_metrics(const scheduler_status& status,
                                     const placement_status& placement, const job_totals& jobs,
                                     std::int64_t uptime_seconds, caf::timestamp now) {
  object scheduler{{"total_ssps", number(status.links.size())},
                   {"ready_ssps", number(ready_links(status))},
                   {"total_queries", number(total_views(status))},
                   {"registered_views", number(placement.views)},
                   {"waiting_views", number(placement.waiting)},
                   {"doomed_views", number(placement.doomed)},
                   {"running_jobs", number(running_jobs(jobs))},
                   {"jobs", to_json_figures(jobs)},
                   {"uptime_seconds", value{uptime_seconds}},
                   {"state", value{status.state}},
                   {"seq", number(status.seq.raw())},
                   {"replica_seq", number(status.replica_seq.raw())},
                   {"ingested", number(status.ingested)},
                   {"capture", capture_figures(status.capture)}};
  if (status.clone) scheduler.set("clone", clone_figures(*status.clone));
  array ssps;
  for (const auto& link : status.links) ssps.push_back(link_figures(link, now));
  return json_answer(200, value{object{{"scheduler", value{std::move(scheduler)}},
                                       {"ssps", value{std::move(ssps)}}}});
}

net::http_response scheduler_metrics_text(const scheduler_status& status,
                                          const placement_status& placement, const job_totals& jobs,
                                          std::int64_t uptime_seconds, caf::timestamp now) {
  std::string text;
  gauge(text, "spooky_ssps", "SSPs in the pool", static_cast<double>(status.links.size()));
  gauge(text, "spooky_ssps_ready", "SSPs that take views",
        static_cast<double>(ready_links(status)));
  gauge(text, "spooky_views", "Views held by the pool", static_cast<double>(total_views(status)));
  gauge(text, "spooky_views_registered", "Views registered with the scheduler",
        static_cast<double>(placement.views));
  gauge(text, "spooky_views_waiting", "Registered views without an SSP",
        static_cast<double>(placement.waiting));
  gauge(text, "spooky_seq", "Highest durable seq", static_cast<double>(status.seq.raw()));
  gauge(text, "spooky_replica_seq", "Highest seq applied to the replica",
        static_cast<double>(status.replica_seq.raw()));
  gauge(text, "spooky_uptime_seconds", "Time since start", static_cast<double>(uptime_seconds));
  capture_gauges(text, status.capture);
  if (status.clone) clone_gauges(text, *status.clone);
  text +=
      "# HELP spooky_ssp_buffered Changes not acknowledged by an SSP\n"
      "# TYPE spooky_ssp_buffered gauge\n";
  for (const auto& link : status.links)
    fmt::format_to(std::back_inserter(text), "spooky_ssp_buffered{{ssp=\"{}\"}} {}\n", link.id,
                   link.buffered);
  text +=
      "# HELP spooky_ssp_heartbeat_age_seconds Time since an SSP's last heartbeat\n"
      "# TYPE spooky_ssp_heartbeat_age_seconds gauge\n";
  for (const auto& link : status.links)
    fmt::format_to(std::back_inserter(text), "spooky_ssp_heartbeat_age_seconds{{ssp=\"{}\"}} {}\n",
                   link.id, seconds_ago(link.last_heartbeat, now));
  job_figures_text(text, jobs);
  return prometheus(std::move(text));
}

net::http_response ssp_health_answer(const ssp_status& status) {
  const bool ready = status.state == "ready";
  auto body = health_fields({ready, false, status.state, status.reason});
  body.set("db", value{presence(status.database_connected)});
  body.set("seq", number(status.applied.raw()));
  if (status.scheduler_connected)
    body.set("scheduler", value{presence(*status.scheduler_connected)});
  else
    body.set("capture", capture_figures(status.capture));
  return json_answer(ready ? 200 : 503, value{std::move(body)});
}

net::http_response ssp_info(const std::string& id, const ssp_status& status) {
  return json_answer(200, value{array{entity("ssp", id, status.state, status.views)}});
}

net::http_response ssp_metrics(const std::string& id, const ssp_status& status,
                               const job_totals& jobs, std::int64_t uptime_seconds) {
  return json_answer(
      200, value{object{{"ssp", value{object{{"id", value{id}},
                                             {"state", value{status.state}},
                                             {"views", number(status.views)},
                                             {"applied_seq", number(status.applied.raw())},
                                             {"edges_pending", number(status.edges_pending)},
                                             {"running_jobs", number(running_jobs(jobs))},
                                             {"jobs", to_json_figures(jobs)},
                                             {"uptime_seconds", value{uptime_seconds}}}}}}});
}

net::http_response ssp_metrics_text(const ssp_status& status, const job_totals& jobs,
                                    std::int64_t uptime_seconds) {
  std::string text;
  gauge(text, "spooky_views", "Views held", static_cast<double>(status.views));
  gauge(text, "spooky_applied_seq", "Highest seq applied",
        static_cast<double>(status.applied.raw()));
  gauge(text, "spooky_edges_pending", "Edge writes that wait",
        static_cast<double>(status.edges_pending));
  gauge(text, "spooky_uptime_seconds", "Time since start", static_cast<double>(uptime_seconds));
  job_figures_text(text, jobs);
  return prometheus(std::move(text));
}

}  // namespace spooky::actors
