#include "actors/front/metrics.hpp"

#include "surrealql/codec/json.hpp"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace std::chrono_literals;

namespace {

const caf::timestamp now{100s};

scheduler_status pool_of_two() {
  scheduler_status status;
  status.state = "ready";
  status.seq = 9;
  status.replica_seq = 8;
  status.ingested = 7;
  status.links.resize(2);
  status.links[0].id = "a";
  status.links[0].state = link_state::ready;
  status.links[0].views = 3;
  status.links[0].cpu = 0.25;
  status.links[0].buffered = 5;
  status.links[0].last_heartbeat = caf::timestamp{98500ms};
  status.links[1].id = "b";
  status.links[1].views = 1;
  status.links[1].last_heartbeat = now;
  status.capture.tables = 2;
  status.capture.troubles = {"table x is not captured"};
  return status;
}

job_totals two_tables() {
  job_totals jobs(2);
  jobs[0] = {"mail", "post", 1, 2, 3, 4, 5, 6};
  jobs[1].table = "letter";
  jobs[1].running = 10;
  return jobs;
}

value body_of(const net::http_response& response) { return *surrealql::parse_json(response.body); }

value of_scheduler(const scheduler_status& status) {
  return body_of(scheduler_metrics(status, {4, 1, 2}, two_tables(), 60, now));
}

std::string text_of_scheduler(const scheduler_status& status) {
  return scheduler_metrics_text(status, {4, 1, 2}, two_tables(), 60, now).body;
}

/// The samples, without comments.
std::set<std::string> samples(const std::string& text) {
  std::set<std::string> found;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with('#')) found.insert(line);
  return found;
}

}  // namespace

TEST_CASE("the scheduler's figures as JSON") {
  const auto body = of_scheduler(pool_of_two());
  const auto& scheduler = body["scheduler"];
  CHECK(scheduler["total_ssps"] == value{2});
  CHECK(scheduler["ready_ssps"] == value{1});
  CHECK(scheduler["total_queries"] == value{4});
  CHECK(scheduler["registered_views"] == value{4});
  CHECK(scheduler["waiting_views"] == value{1});
  CHECK(scheduler["doomed_views"] == value{2});
  CHECK(scheduler["running_jobs"] == value{12});
  CHECK(scheduler["uptime_seconds"] == value{60});
  CHECK(scheduler["seq"] == value{9});
  CHECK(scheduler["replica_seq"] == value{8});
  CHECK(scheduler["ingested"] == value{7});
  CHECK(scheduler["capture"]["tables"] == value{2});
  CHECK(scheduler["capture"]["troubles"] == value{array{value{"table x is not captured"}}});
  CHECK(scheduler["clone"].is_none());
  CHECK(scheduler["jobs"]["mail"]["backend"] == value{"post"});
  CHECK(scheduler["jobs"]["mail"]["rejected"] == value{6});
  CHECK(scheduler["jobs"]["letter"]["backend"].is_null());
  const auto& link = body["ssps"].as_array()[0];
  CHECK(link["id"] == value{"a"});
  CHECK(link["views"] == value{3});
  CHECK(link["query_count"] == value{3});
  CHECK(link["last_heartbeat_seconds_ago"] == value{1.5});
}

TEST_CASE("the scheduler's figures for Prometheus") {
  const auto text = text_of_scheduler(pool_of_two());
  const auto found = samples(text);
  for (const auto* sample :
       {"spooky_ssps 2", "spooky_ssps_ready 1", "spooky_views 4", "spooky_views_registered 4",
        "spooky_views_waiting 1", "spooky_seq 9", "spooky_replica_seq 8",
        "spooky_uptime_seconds 60", "spooky_capture_tables 2", "spooky_capture_troubles 1",
        "spooky_ssp_buffered{ssp=\"a\"} 5", "spooky_ssp_buffered{ssp=\"b\"} 0",
        "spooky_ssp_heartbeat_age_seconds{ssp=\"a\"} 1.5",
        "spooky_jobs_waiting{table=\"mail\",backend=\"post\"} 1",
        "spooky_jobs_rejected_total{table=\"mail\",backend=\"post\"} 6"})
    CHECK_MESSAGE(found.contains(sample), sample);
  CHECK(text.find("# TYPE spooky_jobs_rejected_total counter\n") != std::string::npos);
  CHECK(text.find("# HELP spooky_ssps SSPs in the pool\n# TYPE spooky_ssps gauge\n") !=
        std::string::npos);
  CHECK(text.find("spooky_clone") == std::string::npos);
}

TEST_CASE("a clone's figures are there while it runs, its end as soon as there is a rate") {
  auto status = pool_of_two();
  status.clone = clone_progress{10, 100, 0, 3, 1};
  CHECK(of_scheduler(status)["scheduler"]["clone"]["eta_seconds"].is_null());
  CHECK(text_of_scheduler(status).find("spooky_clone_eta_seconds") == std::string::npos);
  status.clone->rows_per_second = 45;
  CHECK(of_scheduler(status)["scheduler"]["clone"]["eta_seconds"] == value{2});
  CHECK(samples(text_of_scheduler(status)).contains("spooky_clone_eta_seconds 2"));
}

TEST_CASE("an SSP's figures") {
  ssp_status status;
  status.state = "ready";
  status.views = 3;
  status.applied = 8;
  status.edges_pending = 2;
  status.drift.looks = 7;
  status.drift.totals[{drift_kind::edge_extra, "e\"\n\\"}] = 4;
  status.drift.unlisted = 1;
  const auto body = body_of(ssp_metrics("s", status, two_tables(), 60))["ssp"];
  CHECK(body["id"] == value{"s"});
  CHECK(body["state"] == value{"ready"});
  CHECK(body["views"] == value{3});
  CHECK(body["applied_seq"] == value{8});
  CHECK(body["edges_pending"] == value{2});
  CHECK(body["running_jobs"] == value{12});
  CHECK(body["jobs"]["letter"]["running"] == value{10});
  const auto found = samples(ssp_metrics_text(status, {}, 60).body);
  CHECK(found ==
        std::set<std::string>{"spooky_views 3", "spooky_applied_seq 8", "spooky_edges_pending 2",
                              "spooky_uptime_seconds 60", "spooky_watchman_looks_total 7",
                              "spooky_watchman_rounds_total 0", "spooky_drift_unseen 1",
                              "spooky_drift_unmended 0",
                              "spooky_drift_total{kind=\"edge_extra\",table=\"e\\\"\\n\\\\\"} 4"});
}

TEST_CASE("docs/operations.md lists the metrics as they are") {
  constexpr std::string_view begin_mark = "<!-- metrics: generated -->\n";
  constexpr std::string_view end_mark = "<!-- end of metrics -->\n";
  const std::string path = std::string(SPOOKY_TEST_DATA) + "/../../docs/operations.md";
  std::ostringstream read;
  read << std::ifstream(path).rdbuf();
  std::string text = read.str();
  const auto begin = text.find(begin_mark);
  const auto end = text.find(end_mark);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  const auto from = begin + begin_mark.size();
  const std::string wanted = "\n" + metrics_reference() + "\n";
  if (std::getenv("SPOOKY_UPDATE_EXPECTED") != nullptr) {
    text.replace(from, end - from, wanted);
    std::ofstream(path) << text;
    return;
  }
  CHECK_MESSAGE(text.substr(from, end - from) == wanted,
                "run the test with SPOOKY_UPDATE_EXPECTED=1 to write the tables anew");
}
