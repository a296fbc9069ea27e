#include "actors/front/ssp_front.hpp"

#include "actors/front/routes.hpp"
#include "actors/front/status_json.hpp"
#include "machines/ssp/view_answer.hpp"
#include "protocol/job_codec.hpp"
#include "protocol/log_codec.hpp"
#include "protocol/registration_codec.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

caf::timestamp now(ssp_front_ptr self) {
  return caf::timestamp{self->clock().now().time_since_epoch()};
}

std::int64_t uptime(ssp_front_ptr self) {
  return std::chrono::duration_cast<std::chrono::seconds>(now(self) - self->state.started).count();
}

value seq_value(sequence_number seq) { return value{static_cast<std::int64_t>(seq.raw())}; }

net::http_response done() { return json_answer(200, value{object{{"ok", value{true}}}}); }

void refuse(ssp_front_ptr self, const exchange& request, const error& why) {
  self->state.pending.done();
  request.respond->send(net::error_response(why));
}

void answer_at_once(ssp_front_ptr self, const exchange& request, const value& body) {
  self->state.pending.done();
  request.respond->send(json_answer(200, body));
}

// -- ingest -------------------------------------------------------------------------------------

void ingest(ssp_front_ptr self, ingest_exchange& request) {
  auto& state = self->state;
  if (!state.pending.admit(request.respond)) return;
  ask_and_answer<committed>(
      self, state.pending, request.respond, state.parts.intake, state.config.limits.request_timeout,
      [](const committed& place) {
        return json_answer(200, value{object{{"seq", seq_value(place.last)}}});
      },
      ingest_changes_atom_v, std::move(request.batches));
}

void ingest_log(ssp_front_ptr self, const log_exchange& request) {
  auto& state = self->state;
  if (!state.pending.admit(request.respond)) return;
  ask_and_answer<sequence_number>(
      self, state.pending, request.respond, state.parts.ssp, state.config.limits.request_timeout,
      [](sequence_number applied) { return json_answer(200, applied_answer(applied)); },
      ingest_log_atom_v, request.slice);
}

// -- views --------------------------------------------------------------------------------------

void register_view(ssp_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto view = read_registration(request.body, state.config.system_prefix);
  if (!view.ok()) return refuse(self, request, view.failure());
  ask_and_answer<snapshot_result_ptr>(
      self, state.pending, request.respond, state.parts.ssp,
      state.config.limits.registration_timeout,
      [view = *view](const snapshot_result_ptr& shown) {
        return json_answer(200, to_body(answer_of(*view, *shown)));
      },
      register_view_atom_v, *view);
}

/// Asks the SSP to end or to let go of the view that the body names.
template <class Atom>
void end_view(ssp_front_ptr self, const exchange& request, Atom verb) {
  auto& state = self->state;
  const auto view = read_claim(request.body, state.config.system_prefix);
  if (!view.ok()) return refuse(self, request, view.failure());
  const auto end = [&](auto order, const auto& what) {
    ask_and_answer<ack>(
        self, state.pending, request.respond, state.parts.ssp,
        state.config.limits.registration_timeout, [](const ack&) { return done(); }, order, what);
  };
  if (view->whole_query && std::is_same_v<Atom, unregister_view_atom>)
    end(unregister_query_atom_v, query_key{view->id.raw()});
  else
    end(verb, *view);
}

void view_heartbeat(ssp_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto id = read_view_id(request.body["id"], state.config.system_prefix);
  if (!id.ok()) return refuse(self, request, id.failure());
  ask_and_answer<ack>(
      self, state.pending, request.respond, state.parts.edges, state.config.limits.request_timeout,
      [](const ack&) { return done(); }, touch_view_atom_v, *id);
}

/// The view that the path names, with or without its table.
result<view_id> path_view(ssp_front_ptr self, const exchange& request) {
  return read_view_id(value{request.request->path_parameter("id")},
                      self->state.config.system_prefix);
}

void show_view(ssp_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto named = path_view(self, request);
  if (!named.ok()) return refuse(self, request, named.failure());
  ask_and_answer<snapshot_result_ptr>(
      self, state.pending, request.respond, state.parts.circuit,
      state.config.limits.request_timeout,
      [id = *named](const snapshot_result_ptr& shown) {
        view_registration view;
        view.id = id;
        return json_answer(200, to_body(answer_of(view, *shown)));
      },
      read_view_atom_v, *named);
}

void debug_view(ssp_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto id = path_view(self, request);
  if (!id.ok()) return refuse(self, request, id.failure());
  ask_and_answer<value>(
      self, state.pending, request.respond, state.parts.circuit,
      state.config.limits.request_timeout, [](const value& plan) { return json_answer(200, plan); },
      explain_view_atom_v, *id);
}

void debug_deps(ssp_front_ptr self, const exchange& request) {
  auto& state = self->state;
  ask_and_answer<value>(
      self, state.pending, request.respond, state.parts.circuit,
      state.config.limits.request_timeout, [](const value& map) { return json_answer(200, map); },
      explain_tables_atom_v);
}

void reset(ssp_front_ptr self, const exchange& request) {
  auto& state = self->state;
  ask_and_answer<ack>(
      self, state.pending, request.respond, state.parts.ssp,
      state.config.limits.registration_timeout, [](const ack&) { return done(); },
      reset_ssp_atom_v);
}

// -- jobs ---------------------------------------------------------------------------------------

void dispatch_job(ssp_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto job = read_assignment(request.body);
  if (!job.ok()) return refuse(self, request, job.failure());
  ask_and_answer<ack>(
      self, state.pending, request.respond, state.parts.jobs, state.config.limits.request_timeout,
      [id = state.config.id](const ack&) {
        return json_answer(202, value{object{{"ssp_id", value{id}}}});
      },
      assign_job_atom_v, *job);
}

// -- log ----------------------------------------------------------------------------------------

spdlog::level::level_enum level_of(const value& level) {
  if (!level.is_string()) return spdlog::level::info;
  const auto known = spdlog::level::from_str(std::string{level.as_string()});
  return known == spdlog::level::off ? spdlog::level::info : known;
}

void log_line(ssp_front_ptr self, const exchange& request) {
  if (!request.body["message"].is_string())
    return refuse(self, request, fail(errc::invalid_argument, "field 'message' must be a string"));
  auto message = std::string{request.body["message"].as_string()};
  // One request is one line, whatever a client sends.
  std::replace_if(
      message.begin(), message.end(), [](unsigned char c) { return c < ' '; }, ' ');
  spdlog::log(level_of(request.body["level"]), "client: {}", message);
  answer_at_once(self, request, value{object{{"ok", value{true}}}});
}

// -- status -------------------------------------------------------------------------------------

template <class Show>
void with_status(ssp_front_ptr self, const exchange& request, Show show) {
  ask_and_answer<ssp_status>(self, self->state.pending, request.respond, self->state.parts.ssp,
                             self->state.config.limits.request_timeout, show, ssp_status_atom_v);
}

void show_metrics(ssp_front_ptr self, const exchange& request, const edge_status& edges,
                  const job_totals& jobs) {
  const bool text = request.request->headers.get("Accept").starts_with("text/plain");
  with_status(self, request, [self, text, edges, jobs](ssp_status status) {
    status.edges_pending = edges.pending;
    return text ? ssp_metrics_text(status, jobs, uptime(self))
                : ssp_metrics(self->state.config.id, status, jobs, uptime(self));
  });
}

void add_job_metrics(ssp_front_ptr self, const exchange& request, const edge_status& edges) {
  self->request(self->state.parts.jobs, self->state.config.limits.request_timeout,
                job_totals_atom_v)
      .then([self, request,
             edges](const job_totals& jobs) { show_metrics(self, request, edges, jobs); },
            [self, request](const caf::error& reason) { refuse(self, request, from_caf(reason)); });
}

void metrics(ssp_front_ptr self, const exchange& request) {
  self->request(self->state.parts.edges, self->state.config.limits.request_timeout,
                edge_status_atom_v)
      .then([self, request](const edge_status& edges) { add_job_metrics(self, request, edges); },
            [self, request](const caf::error& reason) { refuse(self, request, from_caf(reason)); });
}

// -- dispatch -----------------------------------------------------------------------------------

using handler = void (*)(ssp_front_ptr, const exchange&);

const std::map<std::string_view, handler>& handlers() {
  static const std::map<std::string_view, handler> table{
      {"view/register", register_view},
      {"view/unregister",
       [](ssp_front_ptr self, const exchange& request) {
         end_view(self, request, unregister_view_atom_v);
       }},
      {"view/release",
       [](ssp_front_ptr self, const exchange& request) {
         end_view(self, request, release_view_atom_v);
       }},
      {"view/heartbeat", view_heartbeat},
      {"view", show_view},
      {"debug/view", debug_view},
      {"debug/deps", debug_deps},
      {"reset", reset},
      {"job/dispatch", dispatch_job},
      {"log", log_line},
      {"health", [](ssp_front_ptr self,
                    const exchange& request) { with_status(self, request, ssp_health_answer); }},
      {"info",
       [](ssp_front_ptr self, const exchange& request) {
         with_status(self, request, [self](const ssp_status& status) {
           return ssp_info(self->state.config.id, status);
         });
       }},
      {"metrics", metrics},
      {"version",
       [](ssp_front_ptr self, const exchange& request) {
         answer_at_once(self, request,
                        value{object{{"version", value{self->state.config.version}},
                                     {"mode", value{"streaming"}}}});
       }},
  };
  return table;
}

/// Changes that carry a seq come from a scheduler; without one, from a producer.
void pass_changes(const ssp_http_front_actor& front, result<change_batch> batch, bool single,
                  const std::shared_ptr<net::responder>& respond) {
  if (!batch.ok()) return respond->send(net::error_response(batch.failure()));
  const auto& changes = batch->changes;
  const auto numbered =
      std::count_if(changes.begin(), changes.end(), [](const change& c) { return c.seq != 0; });
  if (numbered == 0)
    return caf::anon_send(front, exchange_atom_v,
                          ingest_exchange{{std::move(batch).value()}, single, respond});
  bool rising = static_cast<std::size_t>(numbered) == changes.size();
  for (std::size_t i = 1; rising && i < changes.size(); ++i)
    rising = changes[i].seq == changes[i - 1].seq + 1;
  if (!rising)
    return respond->send(net::error_response(
        fail(errc::invalid_argument, "field 'seq' must rise by one from change to change")));
  log_slice slice{changes.front().seq, changes.back().seq, nullptr, 0};
  change_batches batches;
  batches.push_back(std::move(batch).value());
  slice.batches = std::make_shared<const change_batches>(std::move(batches));
  caf::anon_send(front, exchange_atom_v, log_exchange{std::move(slice), respond});
}

void pass_batch(const ssp_http_front_actor& front, const net::http_request& request,
                const surrealql::schema* types, const std::shared_ptr<net::responder>& respond) {
  if (request.headers.get("Content-Type") != log_media_type)
    return pass_changes(front, read_ingest_batch(request, types), false, respond);
  auto slice = decode_slice(request.body);
  if (!slice.ok()) return respond->send(net::error_response(slice.failure()));
  const auto epoch = read_epoch_text(request.headers.get(log_epoch_header));
  if (!epoch.ok()) return respond->send(net::error_response(epoch.failure()));
  slice->epoch = *epoch;
  caf::anon_send(front, exchange_atom_v, log_exchange{std::move(slice).value(), respond});
}

}  // namespace

ssp_http_front_actor::behavior_type ssp_front(ssp_front_ptr self, ssp_front_parts parts,
                                              ssp_front_config config) {
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
      [self](exchange_atom, const log_exchange& request) { ingest_log(self, request); },
  };
}

std::shared_ptr<net::router> ssp_routes(const ssp_http_front_actor& front,
                                        const ssp_front_config& config) {
  auto routes = std::make_shared<net::router>();
  routes->require_bearer(config.auth_secret);
  const auto& types = config.types;
  routes->add("POST", "/ingest",
              [front, types](const net::http_request& request,
                             const std::shared_ptr<net::responder>& respond) {
                const auto known = types ? types->current() : nullptr;
                pass_changes(front, read_ingest(request, known.get()), true, respond);
              });
  routes->add("POST", "/ingest/batch",
              [front, types](const net::http_request& request,
                             const std::shared_ptr<net::responder>& respond) {
                const auto known = types ? types->current() : nullptr;
                pass_batch(front, request, known.get(), respond);
              });
  for (const auto* name : {"view/register", "view/unregister", "view/release", "view/heartbeat",
                           "reset", "job/dispatch", "log"})
    add_exchange(*routes, front, "POST", (std::string{"/"} + name).c_str(), name);
  for (const auto* name : {"health", "info", "metrics", "version", "debug/deps"})
    add_exchange(*routes, front, "GET", (std::string{"/"} + name).c_str(), name);
  add_exchange(*routes, front, "GET", "/view/{id}", "view");
  add_exchange(*routes, front, "GET", "/debug/view/{id}", "debug/view");
  return routes;
}

}  // namespace spooky::actors
