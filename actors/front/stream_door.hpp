#pragma once

#include "actors/exceptions.hpp"
#include "actors/front/front.hpp"
#include "actors/front/stream_session.hpp"
#include "actors/interfaces.hpp"
#include "net/router.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

/// How clients that follow views are let in, by the fronts of both processes.
namespace spooky::actors {

/// What is answered, whatever the view, to who shows no secret of a node or an operator and nothing
/// that may be a token: 403 where the secret is another's.
std::optional<net::http_response> stopped_at_door(const net::http_request& request,
                                                  net::caller_kinds callers);

/// Routes a path's WebSockets to the front, and its server-sent events where it names one view.
void serve_streams(net::router& routes, const http_front_actor& front, const endpoint_terms& terms);

/// What the client asks for, if it is let in while so many others are; else it is answered.
std::optional<stream_opening> let_in(stream_exchange& client, const front_config& config,
                                     std::size_t others, machines::timestamp now);
/// Answers who is let in but finds nothing.
void turn_away(const stream_exchange& client, const error& why);

/// What is answered to who shows neither.
error needs_token();
/// Whether who sent the request may see the view: as a node or an operator, or by its token.
bool may_see(const exchange& request, const view_id& view, const front_config& config,
             machines::timestamp now);

/// Where a view's stream is, at that address.
std::string stream_url(const std::string& address, const view_id& view);

template <class Self>
void begin_session(Self self, const stream_source& source, stream_opening opening) {
  auto& state = self->state;
  ++state.streams;
  const auto session =
      self->system().spawn(guarded(stream_session), caf::strong_actor_ptr{self->ctrl()}, source,
                           state.config.streams, std::move(opening));
  self->monitor(session);
}

/// Gives the client a session of its own, or refuses it. `open_source`: gives what its views are
/// followed by.
template <class Self, class Open>
void open_stream(Self self, stream_exchange& client, Open open_source) {
  auto& state = self->state;
  auto opening = let_in(client, state.config, state.streams, now(self));
  if (!opening) return;
  const stream_source source = open_source();
  if (!opening->first) return begin_session(self, source, std::move(*opening));
  const auto view = opening->first->asked.view;
  self->request(source, caf::duration{state.config.limits.request_timeout}, find_feed_atom_v, view)
      .then([self, source,
             opening](const stream_feed&) { begin_session(self, source, std::move(*opening)); },
            [opening](const caf::error& reason) { turn_away(opening->client, from_caf(reason)); });
}

/// To be called first: one of the front's sessions that has ended makes room for another.
template <class Self>
void count_streams(Self self) {
  self->set_down_handler([self](const caf::down_msg&) { --self->state.streams; });
}

}  // namespace spooky::actors
