#include "actors/front/status_json.hpp"

#include "actors/front/http_body.hpp"
#include "actors/front/metrics.hpp"
#include "protocol/fields.hpp"
#include "protocol/pool_codec.hpp"

#include <algorithm>
#include <utility>

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

/// What is worst, for people.
const std::string& main_trouble(const scheduler_status& status) {
  if (!status.disk.empty()) return status.disk;
  if (!status.detail.empty() || status.capture.troubles.empty()) return status.detail;
  return status.capture.troubles.front();
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
  return json_answer(ready ? 200 : 503, value{std::move(body)});
}

net::http_response ssp_info(const std::string& id, const ssp_status& status) {
  return json_answer(200, value{array{entity("ssp", id, status.state, status.views)}});
}

}  // namespace spooky::actors
