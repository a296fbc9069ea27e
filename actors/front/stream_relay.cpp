#include "actors/front/stream_relay.hpp"

#include "actors/errors.hpp"
#include "protocol/deadlines.hpp"
#include "protocol/stream_codec.hpp"

#include <utility>
#include <vector>

namespace spooky::actors {

namespace {

using upstream = stream_relay_state::upstream;

stream_format format_of(stream_relay_ptr self) { return self->state.client->shape.format; }

void tell_end(stream_relay_ptr self, const view_id& view, const stream_ending& how) {
  self->state.views.erase(view);
  self->send(self->state.session, view_ended_atom_v, view, how);
}

// -- connections to SSPs --------------------------------------------------------------------------

net::ws_callbacks callbacks_of(stream_relay_ptr self, std::uint64_t number) {
  net::ws_callbacks callbacks;
  const stream_relay_actor relay{self};
  callbacks.on_message = [relay, number](std::string message, bool) {
    caf::anon_send(relay, client_said_atom_v, number, std::move(message));
  };
  callbacks.on_close = [relay, number](std::uint16_t, const std::string&) {
    caf::anon_send(relay, client_gone_atom_v, number);
  };
  return callbacks;
}

std::uint64_t upstream_to(stream_relay_ptr self, const std::string& address) {
  auto& state = self->state;
  for (const auto& [number, open] : state.upstreams)
    if (open.address == address) return number;
  const auto number = ++state.numbers;
  state.upstreams[number] = {
      address, state.parts.open(address, format_of(self), callbacks_of(self, number))};
  return number;
}

void ask(stream_relay_ptr self, const upstream& ssp, const stream_request::any& request) {
  auto message = encode_request(request, format_of(self));
  // What an SSP does not take, its connection's end answers.
  if (format_of(self) == stream_format::cbor)
    ssp.session->send_binary(std::move(message));
  else
    ssp.session->send_text(std::move(message));
}

void pass_on(stream_relay_ptr self, upstream& ssp, std::shared_ptr<const std::string> message) {
  if (self->state.client->to->send(message))
    ssp.session->read_on();
  else
    ssp.refused = std::move(message);
}

void said(stream_relay_ptr self, std::uint64_t number, std::string message) {
  auto& state = self->state;
  const auto found = state.upstreams.find(number);
  if (found == state.upstreams.end()) return;
  auto& ssp = found->second;
  const auto ended = read_end(message, format_of(self));
  if (!ended) return pass_on(self, ssp, std::make_shared<const std::string>(std::move(message)));
  const auto view = state.views.find(ended->first);
  if (view != state.views.end() && view->second.upstream == number)
    tell_end(self, ended->first, ended->second);
  ssp.session->read_on();
}

void lost(stream_relay_ptr self, std::uint64_t number) {
  auto& state = self->state;
  state.upstreams.erase(number);
  std::vector<view_id> gone;
  for (const auto& [view, where] : state.views)
    if (where.upstream == number) gone.push_back(view);
  for (const auto& view : gone) tell_end(self, view, {stream_end::unknown});
}

// -- the client -----------------------------------------------------------------------------------

void drained(stream_relay_ptr self) {
  for (auto& [number, ssp] : self->state.upstreams)
    if (auto message = std::exchange(ssp.refused, nullptr)) pass_on(self, ssp, std::move(message));
}

void follow(stream_relay_ptr self, const stream_subscription& client,
            const stream_session_actor& session) {
  auto& state = self->state;
  if (!state.client) {
    state.client = client;
    state.session = session;
    self->monitor(session);
  }
  const auto number = ++state.numbers;
  state.views[client.view] = {number, 0};
  // That there is room again is told to those who are followed then, and there may have been none.
  drained(self);
  const auto still = [self, view = client.view, number] {
    const auto found = self->state.views.find(view);
    return found != self->state.views.end() && found->second.request == number;
  };
  self->request(state.parts.owners, deadlines::front_request, owner_atom_v, client.view)
      .then(
          [self, client, still](const view_assignment& where) {
            if (!still()) return;
            const auto ssp = upstream_to(self, where.ssp_url);
            self->state.views[client.view].upstream = ssp;
            stream_request::subscribe wanted{client.view, {}, client.shape.rows, client.since};
            ask(self, self->state.upstreams.at(ssp), wanted);
          },
          [self, view = client.view, still](const caf::error&) {
            if (still()) tell_end(self, view, {stream_end::unknown});
          });
}

void leave(stream_relay_ptr self, const view_id& view) {
  auto& state = self->state;
  const auto found = state.views.find(view);
  if (found == state.views.end()) return;
  if (const auto ssp = state.upstreams.find(found->second.upstream); ssp != state.upstreams.end())
    ask(self, ssp->second, stream_request::unsubscribe{view});
  state.views.erase(found);
}

caf::result<stream_feed> find_feed(stream_relay_ptr self, const view_id& view) {
  auto promise = self->make_response_promise<stream_feed>();
  self->request(self->state.parts.owners, deadlines::front_request, owner_atom_v, view)
      .then(
          [self, promise](const view_assignment&) mutable {
            promise.deliver(stream_feed{stream_relay_actor{self}});
          },
          [promise](const caf::error& reason) mutable { promise.deliver(reason); });
  return promise;
}

}  // namespace

stream_relay_actor::behavior_type stream_relay(stream_relay_ptr self, stream_relay_parts parts) {
  self->state.parts = std::move(parts);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  return {
      [self](client_said_atom, std::uint64_t number, std::string& message) {
        said(self, number, std::move(message));
      },
      [self](client_gone_atom, std::uint64_t number) { lost(self, number); },
      [self](find_feed_atom, const view_id& view) { return find_feed(self, view); },
      [self](follow_view_atom, const stream_subscription& client,
             const stream_session_actor& session) { follow(self, client, session); },
      [self](leave_view_atom, const view_id& view, subscriber_id) { leave(self, view); },
      [self](drained_atom, subscriber_id) { drained(self); },
  };
}

}  // namespace spooky::actors
