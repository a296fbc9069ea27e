#include "actors/front/status_json.hpp"

#include "actors/front/http_body.hpp"
#include "actors/front/metrics.hpp"
#include "protocol/fields.hpp"
#include "protocol/pool_codec.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace spooky::actors {

namespace {

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

value entity(const char* kind, const std::string& id, std::string_view status, std::size_t views) {
  return value{object{{"entity", value{kind}},
                      {"id", value{id}},
                      {"status", value{status}},
                      {"views", fields::of_count(views)}}};
}

/// Without rows: everybody may read it.
std::string drift_detail(const drift_report& drift) {
  return fmt::format(
      "the watchman found and repaired {} difference(s), the last of kind {} in table {}; POST "
      "/drift/seen lists them and ends this",
      drift.unseen_count(), to_string(drift.unseen.front().what.kind),
      drift.unseen.front().what.table);
}

/// What is worst, for people.
std::string main_trouble(const scheduler_status& status) {
  if (!status.disk.empty()) return status.disk;
  if (!status.detail.empty()) return status.detail;
  if (!status.capture.troubles.empty()) return status.capture.troubles.front();
  return status.drift.unseen.empty() ? std::string{} : drift_detail(status.drift);
}

void add_drift(object& body, const drift_report& drift) {
  if (!drift.unseen.empty())
    body.set("drift", value{object{{"unseen", fields::of_count(drift.unseen_count())}}});
}

}  // namespace

net::http_response scheduler_health(const scheduler_status& status) {
  const bool healthy = ready_links(status) > 0 && status.disk.empty();
  object body{{"status", value{healthy ? "healthy" : "unavailable"}},
              {"state", value{status.state}},
              {"detail", value{main_trouble(status)}},
              {"db", value{presence(status.database_connected)}},
              {"seq", fields::of_number(status.seq)},
              {"replica_seq", fields::of_number(status.replica_seq)},
              {"capture", capture_json(status.capture)}};
  if (status.clone) body.set("clone", clone_json(*status.clone));
  add_drift(body, status.drift);
  return json_answer(healthy ? 200 : 503, value{std::move(body)});
}

net::http_response scheduler_info(const std::string& id, const scheduler_status& status) {
  array entities{entity("scheduler", id, status.state, total_views(status))};
  for (const auto& link : status.links)
    entities.push_back(entity("ssp", link.id, to_string(link.state), link.views));
  return json_answer(200, value{std::move(entities)});
}

net::http_response ssp_health_answer(const ssp_status& status) {
  const bool ready = status.state == "ready";
  auto body = health_fields({ready, false, status.state, status.reason});
  body.set("db", value{presence(status.database_connected)});
  body.set("seq", fields::of_number(status.applied));
  if (status.scheduler_connected)
    body.set("scheduler", value{presence(*status.scheduler_connected)});
  else
    body.set("capture", capture_json(status.capture));
  add_drift(body, status.drift);
  return json_answer(ready ? 200 : 503, value{std::move(body)});
}

net::http_response drift_answer(const drift_report& report, caf::timestamp now) {
  array found;
  for (const auto& each : report.unseen)
    found.emplace_back(
        object{{"kind", value{to_string(each.what.kind)}},
               {"table", value{each.what.table}},
               {"row", value{each.what.row}},
               {"seconds_ago", value{std::chrono::duration<double>(now - each.at).count()}}});
  return json_answer(200, value{object{{"drift", value{std::move(found)}},
                                       {"unlisted", fields::of_count(report.unlisted)}}});
}

net::http_response ssp_info(const std::string& id, const ssp_status& status) {
  return json_answer(200, value{array{entity("ssp", id, status.state, status.views)}});
}

}  // namespace spooky::actors
