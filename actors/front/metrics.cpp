#include "actors/front/metrics.hpp"

#include "actors/front/http_body.hpp"
#include "actors/front/metric.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace spooky::actors {

namespace {

value number(std::uint64_t n) { return value{static_cast<std::int64_t>(n)}; }

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

std::size_t running_jobs(const job_totals& jobs) {
  std::size_t running = 0;
  for (const auto& one : jobs) running += one.running;
  return running;
}

// -- the tables -----------------------------------------------------------------------------------

struct scheduler_figures {
  const scheduler_status& status;
  const placement_status& placement;
  const job_totals& jobs;
  std::int64_t uptime_seconds;
};

constexpr metric<scheduler_figures> scheduler_table[] = {
    {"total_ssps", "spooky_ssps", "gauge", "SSPs in the pool",
     [](const scheduler_figures& f) { return number(f.status.links.size()); }},
    {"ready_ssps", "spooky_ssps_ready", "gauge", "SSPs that take views",
     [](const scheduler_figures& f) { return number(ready_links(f.status)); }},
    {"total_queries", "spooky_views", "gauge", "Views held by the pool",
     [](const scheduler_figures& f) { return number(total_views(f.status)); }},
    {"registered_views", "spooky_views_registered", "gauge", "Views registered with the scheduler",
     [](const scheduler_figures& f) { return number(f.placement.views); }},
    {"waiting_views", "spooky_views_waiting", "gauge", "Registered views without an SSP",
     [](const scheduler_figures& f) { return number(f.placement.waiting); }},
    {"doomed_views", "spooky_views_doomed", "gauge",
     "Unregistered views whose edges are still in the database",
     [](const scheduler_figures& f) { return number(f.placement.doomed); }},
    {"running_jobs", "", "", "Jobs in work, of all tables",
     [](const scheduler_figures& f) { return number(running_jobs(f.jobs)); }},
    {"seq", "spooky_seq", "gauge", "Highest durable seq",
     [](const scheduler_figures& f) { return number(f.status.seq.raw()); }},
    {"replica_seq", "spooky_replica_seq", "gauge", "Highest seq applied to the replica",
     [](const scheduler_figures& f) { return number(f.status.replica_seq.raw()); }},
    {"ingested", "spooky_ingested_total", "counter",
     "Positions of the log made durable since the start",
     [](const scheduler_figures& f) { return number(f.status.ingested); }},
    {"uptime_seconds", "spooky_uptime_seconds", "gauge", "Time since start",
     [](const scheduler_figures& f) { return value{f.uptime_seconds}; }},
};

struct ssp_figures {
  const ssp_status& status;
  const job_totals& jobs;
  std::int64_t uptime_seconds;
};

constexpr metric<ssp_figures> ssp_table[] = {
    {"views", "spooky_views", "gauge", "Views held",
     [](const ssp_figures& f) { return number(f.status.views); }},
    {"applied_seq", "spooky_applied_seq", "gauge", "Highest seq applied",
     [](const ssp_figures& f) { return number(f.status.applied.raw()); }},
    {"edges_pending", "spooky_edges_pending", "gauge", "Edge writes that wait",
     [](const ssp_figures& f) { return number(f.status.edges_pending); }},
    {"running_jobs", "", "", "Jobs in work, of all tables",
     [](const ssp_figures& f) { return number(running_jobs(f.jobs)); }},
    {"uptime_seconds", "spooky_uptime_seconds", "gauge", "Time since start",
     [](const ssp_figures& f) { return value{f.uptime_seconds}; }},
};

/// An SSP as the scheduler sees it.
struct link_figures {
  const link_status& link;
  caf::timestamp now;
};

constexpr metric<link_figures> link_table[] = {
    {"views", "spooky_ssp_views", "gauge", "Views held by an SSP",
     [](const link_figures& f) { return number(f.link.views); }},
    {"query_count", "", "", "The same as `views`",
     [](const link_figures& f) { return number(f.link.views); }},
    {"cpu_usage", "spooky_ssp_cpu_usage", "gauge", "Cpu in an SSP's last heartbeat",
     [](const link_figures& f) { return value{f.link.cpu}; }},
    {"memory_usage", "spooky_ssp_memory_bytes", "gauge", "Memory in an SSP's last heartbeat",
     [](const link_figures& f) { return number(f.link.memory); }},
    {"last_heartbeat_seconds_ago", "spooky_ssp_heartbeat_age_seconds", "gauge",
     "Time since an SSP's last heartbeat",
     [](const link_figures& f) {
       return value{std::chrono::duration<double>(f.now - f.link.last_heartbeat).count()};
     }},
    {"buffered", "spooky_ssp_buffered", "gauge", "Changes not acknowledged by an SSP",
     [](const link_figures& f) { return number(f.link.buffered); }},
    {"sent_seq", "spooky_ssp_sent_seq", "gauge", "Highest seq sent to an SSP",
     [](const link_figures& f) { return number(f.link.sent.raw()); }},
    {"acked_seq", "spooky_ssp_acked_seq", "gauge", "Highest seq acknowledged by an SSP",
     [](const link_figures& f) { return number(f.link.acked.raw()); }},
    {"epoch", "spooky_ssp_epoch", "gauge", "The number of an SSP's registration",
     [](const link_figures& f) { return number(f.link.epoch.raw()); }},
};

constexpr metric<job_figures> job_table[] = {
    {"waiting", "spooky_jobs_waiting", "gauge", "Jobs that wait",
     [](const job_figures& f) { return number(f.waiting); }},
    {"running", "spooky_jobs_running", "gauge", "Jobs in work",
     [](const job_figures& f) { return number(f.running); }},
    {"succeeded", "spooky_jobs_succeeded_total", "counter", "Jobs that succeeded",
     [](const job_figures& f) { return number(f.succeeded); }},
    {"failed", "spooky_jobs_failed_total", "counter", "Jobs that failed for good",
     [](const job_figures& f) { return number(f.failed); }},
    {"retried", "spooky_jobs_retried_total", "counter", "Attempts that are repeated",
     [](const job_figures& f) { return number(f.retried); }},
    {"rejected", "spooky_jobs_rejected_total", "counter", "Outcomes of attempts taken over",
     [](const job_figures& f) { return number(f.rejected); }},
};

constexpr metric<capture_report> capture_table[] = {
    {"tables", "spooky_capture_tables", "gauge", "Tables captured",
     [](const capture_report& f) { return number(f.tables); }},
    {"comparing", "spooky_capture_comparing", "gauge", "Tables being compared with the database",
     [](const capture_report& f) { return number(f.comparing); }},
    {"compared_rows", "spooky_capture_compared_rows", "gauge", "Rows compared since the start",
     [](const capture_report& f) { return number(f.compared_rows); }},
    {"repaired", "spooky_capture_repaired", "gauge", "Changes found by comparing since the start",
     [](const capture_report& f) { return number(f.repaired); }},
    {"", "spooky_capture_troubles", "gauge",
     "Tables and sources that are not captured as asked for; JSON has the list `troubles`",
     [](const capture_report& f) { return number(f.troubles.size()); }},
};

constexpr metric<clone_progress> clone_table[] = {
    {"rows", "spooky_clone_rows", "gauge", "Rows copied by the clone under way",
     [](const clone_progress& f) { return number(f.rows); }},
    {"expected_rows", "spooky_clone_expected_rows", "gauge", "Rows it will copy",
     [](const clone_progress& f) { return number(f.expected); }},
    {"rows_per_second", "spooky_clone_rows_per_second", "gauge", "Its present rate",
     [](const clone_progress& f) { return value{f.rows_per_second}; }},
    {"eta_seconds", "spooky_clone_eta_seconds", "gauge", "Time left at that rate",
     [](const clone_progress& f) {
       const auto left = f.seconds_left();
       return left ? value{*left} : value::null();
     }},
    {"tables", "spooky_clone_tables", "gauge", "Tables it copies",
     [](const clone_progress& f) { return number(f.tables); }},
    {"tables_done", "spooky_clone_tables_done", "gauge", "Of these: copied",
     [](const clone_progress& f) { return number(f.tables_done); }},
};

constexpr metric<drift_report> watchman_table[] = {
    {"looks", "spooky_watchman_looks_total", "counter",
     "Pages of tables, or views, compared with the database since the start",
     [](const drift_report& f) { return number(f.looks); }},
    {"rounds", "spooky_watchman_rounds_total", "counter", "Times that all of them were compared",
     [](const drift_report& f) { return number(f.rounds); }},
    {"unseen", "spooky_drift_unseen", "gauge", "Differences found that nobody has looked at",
     [](const drift_report& f) { return number(f.unseen_count()); }},
    {"unmended", "spooky_drift_unmended", "gauge", "Differences that a repair did not change",
     [](const drift_report& f) { return number(f.unmended); }},
};

/// What was found of one kind in one table.
struct drift_figures {
  drift_kind kind = drift_kind::row_changed;
  std::string table;
  std::uint64_t total = 0;
};

constexpr metric<drift_figures> drift_table[] = {
    {"total", "spooky_drift_total", "counter", "Differences confirmed and repaired since the start",
     [](const drift_figures& f) { return number(f.total); }},
};

// -- JSON -----------------------------------------------------------------------------------------

template <class Source, std::size_t Rows>
object figures(const metric<Source> (&table)[Rows], const std::type_identity_t<Source>& source) {
  object body;
  add_json(body, table, source);
  return body;
}

value jobs_json(const job_totals& jobs) {
  object tables;
  for (const auto& one : jobs) {
    auto body = figures(job_table, one);
    body.set("backend", one.backend.empty() ? value::null() : value{one.backend});
    tables.set(one.table, value{std::move(body)});
  }
  return value{std::move(tables)};
}

std::vector<drift_figures> drift_of(const drift_report& report) {
  std::vector<drift_figures> each;
  for (const auto& [place, total] : report.totals)
    each.push_back({place.first, place.second, total});
  return each;
}

value watchman_json(const drift_report& report) {
  auto body = figures(watchman_table, report);
  array found;
  for (const auto& each : drift_of(report)) {
    auto entry = figures(drift_table, each);
    entry.set("kind", value{to_string(each.kind)});
    entry.set("table", value{each.table});
    found.emplace_back(std::move(entry));
  }
  body.set("drift", value{std::move(found)});
  return value{std::move(body)};
}

value link_json(const link_status& link, caf::timestamp now) {
  auto body = figures(link_table, {link, now});
  body.set("id", value{link.id.raw()});
  body.set("url", value{link.url});
  body.set("state", value{to_string(link.state)});
  return value{std::move(body)};
}

// -- Prometheus -----------------------------------------------------------------------------------

/// A label's value as Prometheus reads it: a table's name may hold anything.
std::string label(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

void add_jobs(std::string& text, const job_totals& jobs) {
  add_text(text, job_table, std::span<const job_figures>{jobs}, [](const job_figures& one) {
    return fmt::format("{{table=\"{}\",backend=\"{}\"}}", label(one.table), label(one.backend));
  });
}

void add_links(std::string& text, const std::vector<link_status>& links, caf::timestamp now) {
  std::vector<link_figures> sources;
  sources.reserve(links.size());
  for (const auto& link : links) sources.push_back({link, now});
  add_text(text, link_table, std::span<const link_figures>{sources}, [](const link_figures& f) {
    return fmt::format("{{ssp=\"{}\"}}", label(f.link.id.raw()));
  });
}

void add_watchman(std::string& text, const drift_report& report) {
  add_text(text, watchman_table, report);
  const auto found = drift_of(report);
  add_text(text, drift_table, std::span<const drift_figures>{found}, [](const drift_figures& f) {
    return fmt::format("{{kind=\"{}\",table=\"{}\"}}", to_string(f.kind), label(f.table));
  });
}

net::http_response prometheus(std::string text) {
  net::http_response response;
  response.content_type = "text/plain; version=0.0.4";
  response.body = std::move(text);
  return response;
}

// -- the reference --------------------------------------------------------------------------------

std::string code(std::string_view name) {
  return name.empty() ? std::string{"-"} : fmt::format("`{}`", name);
}

template <class Source, std::size_t Rows>
std::string listed(std::string_view title, const metric<Source> (&table)[Rows]) {
  auto text =
      fmt::format("### {}\n\n| JSON | Prometheus | meaning |\n| --- | --- | --- |\n", title);
  for (const auto& row : table)
    text += fmt::format("| {} | {} | {} |\n", code(row.key), code(row.name), row.meaning);
  return text;
}

}  // namespace

std::string prometheus_number(const value& figure) {
  if (figure.type() == value_type::integer) return std::to_string(figure.as_integer());
  return figure.is_number() ? fmt::format("{}", figure.as_floating()) : std::string{};
}

void add_heading(std::string& text, std::string_view name, std::string_view type,
                 std::string_view meaning) {
  fmt::format_to(std::back_inserter(text), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, meaning);
}

value capture_json(const capture_report& capture) {
  auto body = figures(capture_table, capture);
  array troubles;
  for (const auto& trouble : capture.troubles) troubles.emplace_back(trouble);
  body.set("troubles", value{std::move(troubles)});
  return value{std::move(body)};
}

value clone_json(const clone_progress& clone) { return value{figures(clone_table, clone)}; }

net::http_response scheduler_metrics(const scheduler_status& status,
                                     const placement_status& placement, const job_totals& jobs,
                                     std::int64_t uptime_seconds, caf::timestamp now) {
  auto scheduler = figures(scheduler_table, {status, placement, jobs, uptime_seconds});
  scheduler.set("state", value{status.state});
  scheduler.set("jobs", jobs_json(jobs));
  scheduler.set("capture", capture_json(status.capture));
  if (status.clone) scheduler.set("clone", clone_json(*status.clone));
  scheduler.set("watchman", watchman_json(status.drift));
  array ssps;
  for (const auto& link : status.links) ssps.push_back(link_json(link, now));
  return json_answer(200, value{object{{"scheduler", value{std::move(scheduler)}},
                                       {"ssps", value{std::move(ssps)}}}});
}

net::http_response scheduler_metrics_text(const scheduler_status& status,
                                          const placement_status& placement, const job_totals& jobs,
                                          std::int64_t uptime_seconds, caf::timestamp now) {
  std::string text;
  add_text(text, scheduler_table, scheduler_figures{status, placement, jobs, uptime_seconds});
  add_text(text, capture_table, status.capture);
  if (status.clone) add_text(text, clone_table, *status.clone);
  add_watchman(text, status.drift);
  add_links(text, status.links, now);
  add_jobs(text, jobs);
  return prometheus(std::move(text));
}

net::http_response ssp_metrics(const std::string& id, const ssp_status& status,
                               const job_totals& jobs, std::int64_t uptime_seconds) {
  auto body = figures(ssp_table, {status, jobs, uptime_seconds});
  body.set("id", value{id});
  body.set("state", value{status.state});
  body.set("jobs", jobs_json(jobs));
  body.set("watchman", watchman_json(status.drift));
  return json_answer(200, value{object{{"ssp", value{std::move(body)}}}});
}

net::http_response ssp_metrics_text(const ssp_status& status, const job_totals& jobs,
                                    std::int64_t uptime_seconds) {
  std::string text;
  add_text(text, ssp_table, ssp_figures{status, jobs, uptime_seconds});
  add_watchman(text, status.drift);
  add_jobs(text, jobs);
  return prometheus(std::move(text));
}

std::string metrics_reference() {
  return listed("Scheduler: `scheduler`", scheduler_table) + "\n" +
         listed("Its SSPs: each of `ssps`, label `ssp`", link_table) + "\n" +
         listed("SSP: `ssp`", ssp_table) + "\n" +
         listed("Outbox tables: each of `jobs`, labels `table` and `backend`", job_table) + "\n" +
         listed("Capture: `capture`", capture_table) + "\n" +
         listed("The initial clone, while it runs: `clone`", clone_table) + "\n" +
         listed("The watchman: `watchman`", watchman_table) + "\n" +
         listed("What it found: each of `drift` in `watchman`, labels `kind` and `table`",
                drift_table);
}

}  // namespace spooky::actors
