#pragma once

#include "actors/clock.hpp"
#include "actors/front/allowed_queries.hpp"
#include "actors/front/endpoint.hpp"
#include "actors/front/http_body.hpp"
#include "actors/front/pending.hpp"
#include "actors/front/stream_session.hpp"
#include "actors/known_types.hpp"
#include "protocol/registration_codec.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

/// What the fronts of both processes have in common. `Self` is a pointer to the front's actor,
/// whose state is a front_state.
namespace spooky::actors {

using responder_ptr = std::shared_ptr<net::responder>;

struct front_config {
  std::string id;
  std::string version;
  std::string url;  ///< under which clients reach the process
  std::string system_prefix = "_spooky_";
  front_secrets secrets;
  bool figures_are_open = true;  ///< `/metrics` and `/info` need no secret
  bool takes_log = false;        ///< an SSP whose changes a scheduler numbers
  front_limits limits;
  stream_terms streams;
  bool passes_streams = false;               ///< a scheduler to which clients of streams are led
  bool demo_page = false;                    ///< the demo's page is served
  std::shared_ptr<const known_types> types;  ///< of the fields that JSON bodies carry; may be empty
  std::shared_ptr<allowed_queries> queries;  ///< that may be registered; empty: all
  /// Whether a table's changes are posted, as its events do; empty: any table's.
  std::function<bool(const std::string& table)> is_posted;
};

/// `Parts`: the actors that a front asks.
template <class Parts>
struct front_state {
  Parts parts;
  front_config config;
  pending_requests pending{0};
  std::size_t streams = 0;  ///< clients that follow views
  caf::timestamp started{};
};

/// To be called first: fills the state.
template <class Self, class Parts>
void start_front(Self self, Parts parts, front_config config) {
  self->state.parts = std::move(parts);
  self->state.pending = pending_requests{config.limits.pending};
  self->state.config = std::move(config);
  self->state.started = now(self);
}

template <class Self>
std::int64_t uptime(Self self) {
  return std::chrono::duration_cast<std::chrono::seconds>(now(self) - self->state.started).count();
}

/// Answers an error without asking anyone.
template <class Self>
void refuse(Self self, const exchange& request, const error& why) {
  self->state.pending.done();
  request.respond->send(net::error_response(why));
}

template <class Self>
void answer_at_once(Self self, const exchange& request, const value& body) {
  self->state.pending.done();
  request.respond->send(json_answer(200, body));
}

template <class Self>
void answer_version(Self self, const exchange& request, const char* mode) {
  answer_at_once(
      self, request,
      value{object{{"version", value{self->state.config.version}}, {"mode", value{mode}}}});
}

/// Answers 403 without asking anyone.
template <class Self>
void forbid(Self self, const exchange& request, const std::string& why) {
  self->state.pending.done();
  request.respond->send(net::forbidden_response(why));
}

/// Asks `whom`, and answers the client with what `show` makes of the reply, or with the error.
/// Reply is named by the caller: `ask_and_answer<ack>(...)`. @pre admitted by the state's
/// `pending`. `request` is any of the exchanges.
template <class Reply, class Self, class Request, class Whom, class Show, class... Args>
void ask_and_answer(Self self, const Request& request, const Whom& whom, Show show,
                    Args&&... args) {
  self->request(whom, request.time, std::forward<Args>(args)...)
      .then(
          [self, respond = request.respond, show](const Reply& reply) {
            self->state.pending.done();
            respond->send(show(reply));
          },
          [self, respond = request.respond](const caf::error& reason) {
            self->state.pending.done();
            respond->send(net::error_response(from_caf(reason)));
          });
}

/// Asks for something that the answer needs besides; an error ends the request.
template <class Reply, class Self, class Whom, class Next, class... Args>
void ask_and_go_on(Self self, const exchange& request, const Whom& whom, Next next,
                   Args&&... args) {
  self->request(whom, request.time, std::forward<Args>(args)...)
      .then([next](const Reply& reply) { next(reply); },
            [self, request](const caf::error& reason) { refuse(self, request, from_caf(reason)); });
}

/// The view that the path names, with or without its table.
template <class Self>
auto path_view(Self self, const exchange& request) {
  return read_view_id(value{request.request->path_parameter("id")},
                      self->state.config.system_prefix);
}

}  // namespace spooky::actors
