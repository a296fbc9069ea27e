#include "actors/front/scheduler_front.hpp"

#include "actors/front/routes.hpp"
#include "actors/front/status_json.hpp"
#include "net/url.hpp"
#include "protocol/fields.hpp"
#include "protocol/job_codec.hpp"
#include "protocol/pool_codec.hpp"
#include "protocol/registration_codec.hpp"
#include "protocol/table_codec.hpp"

#include <map>
#include <string_view>
#include <utility>

namespace spooky::actors {

namespace {

using responder_ptr = std::shared_ptr<net::responder>;

caf::timestamp now(scheduler_front_ptr self) {
  return caf::timestamp{self->clock().now().time_since_epoch()};
}

std::int64_t uptime(scheduler_front_ptr self) {
  return std::chrono::duration_cast<std::chrono::seconds>(now(self) - self->state.started).count();
}

value number(std::uint64_t n) { return value{static_cast<std::int64_t>(n)}; }

value seq_value(sequence_number seq) { return value{static_cast<std::int64_t>(seq.raw())}; }

net::http_response done() { return json_answer(200, value{object{{"ok", value{true}}}}); }

/// Answers an error without asking anyone.
void refuse(scheduler_front_ptr self, const exchange& request, const error& why) {
  self->state.pending.done();
  request.respond->send(net::error_response(why));
}

// -- ingest -------------------------------------------------------------------------------------

net::http_response ingest_answer(bool single, const committed& place) {
  if (single) return json_answer(200, value{object{{"seq", seq_value(place.last)}}});
  return json_answer(200, value{object{{"first_seq", seq_value(place.first)},
                                       {"last_seq", seq_value(place.last)},
                                       {"count", number(place.last - place.first + 1)}}});
}

void ingest(scheduler_front_ptr self, ingest_exchange& request) {
  auto& state = self->state;
  if (!state.pending.admit(request.respond)) return;
  // A timer for each would cost half the throughput (notes, cpp-stack-facts trap 3): where no
  // answer comes, the HTTP server's own sweep gives one.
  ask_and_answer<committed>(
      self, state.pending, request.respond, state.parts.intake, caf::infinite,
      [single = request.single](const committed& place) { return ingest_answer(single, place); },
      ingest_changes_atom_v, std::move(request.batches));
}

// -- views --------------------------------------------------------------------------------------

net::http_response assignment_answer(const query_key& query, const view_assignment& where) {
  object answer = where.answer.is_object() ? where.answer.as_object() : object{};
  answer.set("query_id", value{query.raw()});
  answer.set("ssp_id", value{where.ssp.raw()});
  answer.set("ssp_url", value{where.ssp_url});
  return json_answer(200, value{std::move(answer)});
}

void register_view(scheduler_front_ptr self, const exchange& request,
                   const result<registration_ptr>& view) {
  auto& state = self->state;
  if (!view.ok()) return refuse(self, request, view.failure());
  ask_and_answer<view_assignment>(
      self, state.pending, request.respond, state.parts.registry,
      state.config.limits.registration_timeout,
      [query = (*view)->query](const view_assignment& where) {
        return assignment_answer(query, where);
      },
      register_view_atom_v, *view);
}

void unregister_view(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto claim = read_claim(request.body, state.config.system_prefix);
  if (!claim.ok()) return refuse(self, request, claim.failure());
  const auto end = [&](auto verb, const auto& what) {
    ask_and_answer<ack>(
        self, state.pending, request.respond, state.parts.registry,
        state.config.limits.registration_timeout, [](const ack&) { return done(); }, verb, what);
  };
  if (claim->whole_query)
    end(unregister_query_atom_v, query_key{claim->id.raw()});
  else
    end(unregister_view_atom_v, claim->id);
}

/// The view that the path names, with or without its table.
void show_owner(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto id =
      read_view_id(value{request.request->path_parameter("id")}, state.config.system_prefix);
  if (!id.ok()) return refuse(self, request, id.failure());
  ask_and_answer<view_assignment>(
      self, state.pending, request.respond, state.parts.registry,
      state.config.limits.request_timeout,
      [](const view_assignment& where) {
        return json_answer(200, value{object{{"ssp_id", value{where.ssp.raw()}},
                                             {"ssp_url", value{where.ssp_url}}}});
      },
      owner_atom_v, *id);
}

// -- the pool -----------------------------------------------------------------------------------

/// A registration whose `url` is one.
result<ssp_registration> read_ssp(const value& body) {
  SPOOKY_ASSIGN(auto who, read_ssp_registration(body));
  if (const auto url = net::parse_url(who.url); !url.ok())
    return fields::wrong("url", "is no URL: " + url.failure().message);
  return who;
}

void drain_ssp(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto id = read_ssp_id(request.body);
  if (!id.ok()) return refuse(self, request, id.failure());
  ask_and_answer<drain_progress>(
      self, state.pending, request.respond, state.parts.registry,
      state.config.limits.request_timeout,
      [](const drain_progress& progress) {
        return json_answer(progress.views == 0 ? 200 : 202, to_body(progress));
      },
      drain_ssp_atom_v, *id);
}

void leave_pool(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto id = read_ssp_id(request.body);
  if (!id.ok()) return refuse(self, request, id.failure());
  ask_and_answer<ack>(
      self, state.pending, request.respond, state.parts.registry,
      state.config.limits.request_timeout, [](const ack&) { return done(); }, leave_atom_v, *id);
}

net::http_response admission_answer(const ssp_admission& admission) {
  return json_answer(202, to_body(admission));
}

void register_ssp(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto who = read_ssp(request.body);
  if (!who.ok()) return refuse(self, request, who.failure());
  ask_and_answer<ssp_admission>(self, state.pending, request.respond, state.parts.coordinator,
                                state.config.limits.request_timeout, admission_answer,
                                register_ssp_atom_v, *who);
}

void take_interest(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto interest = read_interest(request.body);
  if (!interest.ok()) return refuse(self, request, interest.failure());
  ask_and_answer<sequence_number>(
      self, state.pending, request.respond, state.parts.coordinator,
      state.config.limits.request_timeout,
      [](sequence_number from) { return json_answer(200, interest_answer(from)); }, interest_atom_v,
      *interest);
}

void heartbeat(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto beat = read_heartbeat(request.body);
  if (!beat.ok()) return refuse(self, request, beat.failure());
  ask_and_answer<ack>(
      self, state.pending, request.respond, state.parts.coordinator,
      state.config.limits.request_timeout, [](const ack&) { return done(); }, heartbeat_atom_v,
      *beat);
}

// -- jobs ---------------------------------------------------------------------------------------

void dispatch_job(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto job = read_assignment(request.body);
  if (!job.ok()) return refuse(self, request, job.failure());
  ask_and_answer<ssp_id>(
      self, state.pending, request.respond, state.parts.jobs, state.config.limits.request_timeout,
      [](const ssp_id& ssp) { return json_answer(200, to_body(ssp)); }, assign_job_atom_v, *job);
}

void job_result(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto report = read_report(request.body);
  if (!report.ok()) return refuse(self, request, report.failure());
  ask_and_answer<ack>(
      self, state.pending, request.respond, state.parts.jobs, state.config.limits.request_timeout,
      [](const ack&) { return done(); }, report_job_atom_v, *report);
}

// -- the snapshot -------------------------------------------------------------------------------

void proxy_query(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto at_least = read_at_least(request.body);
  if (!at_least.ok()) return refuse(self, request, at_least.failure());
  auto& workers = state.parts.proxy_workers;
  const auto worker = workers[state.next_worker++ % workers.size()];
  self->request(state.parts.coordinator, state.config.limits.request_timeout, hold_snapshot_atom_v,
                *at_least)
      .then(
          [self, worker, request](const frozen_snapshot& snapshot) {
            self->state.pending.done();
            self->send(worker, run_proxy_atom_v, snapshot, request);
          },
          [self, request](const caf::error& reason) { refuse(self, request, from_caf(reason)); });
}

// -- status -------------------------------------------------------------------------------------

template <class Show>
void with_status(scheduler_front_ptr self, const exchange& request, Show show) {
  ask_and_answer<scheduler_status>(
      self, self->state.pending, request.respond, self->state.parts.coordinator,
      self->state.config.limits.request_timeout, show, scheduler_status_atom_v);
}

void show_metrics(scheduler_front_ptr self, const exchange& request, const job_totals& jobs) {
  const bool text = request.endpoint == "metrics/prometheus" ||
                    request.request->headers.get("Accept").starts_with("text/plain");
  const auto show = [self, text, jobs](const placement_status& placement,
                                       const scheduler_status& status) {
    return text ? scheduler_metrics_text(status, placement, jobs, uptime(self), now(self))
                : scheduler_metrics(status, placement, jobs, uptime(self), now(self));
  };
  self->request(self->state.parts.registry, self->state.config.limits.request_timeout,
                placement_status_atom_v)
      .then(
          [self, request, show](const placement_status& placement) {
            with_status(self, request, [show, placement](const scheduler_status& status) {
              return show(placement, status);
            });
          },
          [self, request](const caf::error& reason) { refuse(self, request, from_caf(reason)); });
}

void metrics(scheduler_front_ptr self, const exchange& request) {
  self->request(self->state.parts.jobs, self->state.config.limits.request_timeout,
                job_totals_atom_v)
      .then([self, request](const job_totals& jobs) { show_metrics(self, request, jobs); },
            [self, request](const caf::error& reason) { refuse(self, request, from_caf(reason)); });
}

void answer_at_once(scheduler_front_ptr self, const exchange& request, const value& body) {
  self->state.pending.done();
  request.respond->send(json_answer(200, body));
}

// -- dispatch -----------------------------------------------------------------------------------

using handler = void (*)(scheduler_front_ptr, const exchange&);

const std::map<std::string_view, handler>& handlers() {
  static const std::map<std::string_view, handler> table{
      {"query/register",
       [](scheduler_front_ptr self, const exchange& request) {
         register_view(self, request,
                       read_query_registration(request.body, self->state.config.system_prefix));
       }},
      {"view/register",
       [](scheduler_front_ptr self, const exchange& request) {
         register_view(self, request,
                       read_registration(request.body, self->state.config.system_prefix));
       }},
      {"view/unregister", unregister_view},
      {"view/owner", show_owner},
      {"ssp/drain", drain_ssp},
      {"ssp/leave", leave_pool},
      {"ssp/register", register_ssp},
      {"ssp/heartbeat", heartbeat},
      {"job/dispatch", dispatch_job},
      {"job/result", job_result},
      {"ssp/interest", take_interest},
      {"proxy/query", proxy_query},
      {"proxy/ignored",
       [](scheduler_front_ptr self, const exchange& request) {
         answer_at_once(self, request, value{object{}});
       }},
      {"health", [](scheduler_front_ptr self,
                    const exchange& request) { with_status(self, request, scheduler_health); }},
      {"info",
       [](scheduler_front_ptr self, const exchange& request) {
         with_status(self, request, [self](const scheduler_status& status) {
           return scheduler_info(self->state.config.id, status);
         });
       }},
      {"metrics", metrics},
      {"metrics/prometheus", metrics},
      {"version",
       [](scheduler_front_ptr self, const exchange& request) {
         answer_at_once(self, request,
                        value{object{{"version", value{self->state.config.version}},
                                     {"mode", value{"scheduler"}}}});
       }},
  };
  return table;
}

}  // namespace

http_front_actor::behavior_type scheduler_front(scheduler_front_ptr self,
                                                scheduler_front_parts parts,
                                                scheduler_front_config config) {
  self->state.parts = std::move(parts);
  self->state.pending = pending_requests{config.limits.pending};
  self->state.config = std::move(config);
  self->state.started = now(self);
  return {
      [self](exchange_atom, const exchange& request) {
        if (self->state.pending.admit(request.respond))
          handlers().at(request.endpoint)(self, request);
      },
      [self](exchange_atom, ingest_exchange& request) { ingest(self, request); },
  };
}

std::shared_ptr<net::router> scheduler_routes(const http_front_actor& front,
                                              const scheduler_front_config& config) {
  auto routes = std::make_shared<net::router>();
  routes->require_bearer(config.auth_secret,
                         {"/health", "/version", "/info", "/metrics", "/metrics/prometheus"});
  add_ingest(*routes, front, config.types);
  for (const auto* name :
       {"query/register", "view/register", "view/unregister", "ssp/register", "ssp/heartbeat",
        "ssp/interest", "ssp/drain", "ssp/leave", "job/dispatch", "job/result", "proxy/query"})
    add_exchange(*routes, front, "POST", (std::string{"/"} + name).c_str(), name);
  add_exchange(*routes, front, "POST", "/proxy/signin", "proxy/ignored");
  add_exchange(*routes, front, "POST", "/proxy/use", "proxy/ignored");
  add_exchange(*routes, front, "GET", "/view/{id}/owner", "view/owner");
  for (const auto* name : {"health", "info", "metrics", "metrics/prometheus", "version"})
    add_exchange(*routes, front, "GET", (std::string{"/"} + name).c_str(), name);
  return routes;
}

}  // namespace spooky::actors
