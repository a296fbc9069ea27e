#include "actors/front/stream_session.hpp"

#include "actors/clock.hpp"
#include "protocol/deadlines.hpp"
#include "protocol/stream_codec.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace spooky::actors {

namespace {

/// What a client may say before it is read; more ends its connection.
constexpr std::size_t most_unread = 256;
constexpr std::size_t longest_request = std::size_t{64} << 10;
/// Ends and refusals that wait until a client has room; more end its connection.
constexpr std::size_t most_untold = 1'024;
/// A client that is silent is pinged after half of it.
constexpr std::chrono::seconds silence{60};

void step(stream_session_ptr self, const session_event::any& event);

/// A WebSocket's own codes are for what its protocol says; from 4000 on they are ours.
std::uint16_t code_of(stream_end why) {
  switch (why) {
    case stream_end::refused:
    case stream_end::expired:
      return 4401;
    case stream_end::moved:
      return 4410;
    case stream_end::gone:
    case stream_end::unknown:
      break;
  }
  return 4404;
}

subscriber_id number_of(stream_session_ptr self) { return subscriber_id{self->id()}; }

void hang_up(stream_session_ptr self, std::uint16_t code, const std::string& reason) {
  self->state.stream->close(code, reason);
  self->quit();
}

/// What a client has no room for now it is told when it has: not to know that a view has ended is
/// to show it for ever.
void say(stream_session_ptr self, std::string text) {
  auto& state = self->state;
  auto message = std::make_shared<const std::string>(std::move(text));
  if (state.untold.empty() && state.stream->send(message)) return;
  if (state.untold.size() >= most_untold)
    return hang_up(self, net::ws_close::policy_error, "what is sent is not read");
  state.untold.push_back(std::move(message));
}

/// Whether the client has been told everything.
bool tell_untold(stream_session_ptr self) {
  auto& untold = self->state.untold;
  while (!untold.empty() && self->state.stream->send(untold.front())) untold.pop_front();
  return untold.empty();
}

// -- effects ------------------------------------------------------------------------------------

/// First the feed, to which drained() goes; then the client, by way of the source, which knows
/// best whether the view is still here. Who has left meanwhile follows nothing.
void follow(stream_session_ptr self, const session_effect::follow& wanted) {
  const auto number = ++self->state.follows;
  self->state.followed.insert_or_assign(wanted.view, number);
  const auto still = [self, view = wanted.view, number] {
    const auto found = self->state.followed.find(view);
    return found != self->state.followed.end() && found->second == number;
  };
  self->request(self->state.source, deadlines::front_request, find_feed_atom_v, wanted.view)
      .then(
          [self, wanted, still](const stream_feed& feed) {
            if (!still()) return;
            auto& state = self->state;
            state.feeds.insert_or_assign(wanted.view, feed);
            self->send(state.source, follow_view_atom_v,
                       stream_subscription{wanted.view, number_of(self),
                                           stream_shape{wanted.rows, state.opening.format},
                                           wanted.since, state.stream},
                       stream_session_actor{self});
          },
          [self, view = wanted.view, still](const caf::error&) {
            if (still()) step(self, session_event::ended{view, {stream_end::unknown}});
          });
}

void forget(stream_session_ptr self, const view_id& view) {
  self->state.feeds.erase(view);
  self->state.followed.erase(view);
}

struct runner {
  stream_session_ptr self;

  void operator()(const session_effect::follow& effect) const { follow(self, effect); }
  void operator()(const session_effect::leave& effect) const {
    forget(self, effect.view);
    self->send(self->state.source, leave_view_atom_v, effect.view, number_of(self));
  }
  void operator()(const session_effect::tell_end& effect) const {
    forget(self, effect.view);
    say(self, encode_end(effect.view, effect.how, self->state.opening.format));
  }
  void operator()(const session_effect::refuse& effect) const {
    say(self, encode_refusal(effect.view, effect.why, self->state.opening.format));
  }
  void operator()(const session_effect::close& effect) const {
    hang_up(self, code_of(effect.why), std::string{to_text(effect.why)});
  }
  void operator()(const session_effect::close_idle&) const {
    hang_up(self, net::ws_close::normal, "nothing is followed");
  }
  void operator()(const session_effect::look_at& effect) const {
    self->delayed_send(self, std::max(effect.when - now(self), timespan::zero()), token_due_atom_v);
  }
};

void step(stream_session_ptr self, const session_event::any& event) {
  for (const auto& effect : self->state.session->on(event, now(self)))
    std::visit(runner{self}, effect);
}

// -- the connection -----------------------------------------------------------------------------

session_event::any event_of(stream_session_ptr self, const std::string& message) {
  const auto& state = self->state;
  auto read = read_stream_request(message, state.opening.format);
  if (!read.ok()) return session_event::misread{read.failure()};
  const auto let_in = [&](const view_id& view, const std::string& token) {
    return admitted(state.terms, state.opening.trusted, view, token, now(self));
  };
  if (auto* asked = std::get_if<stream_request::subscribe>(&*read))
    return session_event::subscribe{*asked, let_in(asked->view, asked->token)};
  if (auto* asked = std::get_if<stream_request::renew>(&*read))
    return session_event::renew{asked->view, let_in(asked->view, asked->token)};
  return session_event::unsubscribe{std::get<stream_request::unsubscribe>(*read).view};
}

net::message_stream_callbacks callbacks_to(stream_session_ptr self) {
  const stream_session_actor session{self};
  net::message_stream_callbacks callbacks;
  callbacks.on_message = [session, unread = self->state.unread](std::string message) {
    if (++*unread > most_unread)
      caf::anon_send(session, client_gone_atom_v);
    else
      caf::anon_send(session, client_said_atom_v, std::move(message));
  };
  callbacks.on_drained = [session] { caf::anon_send(session, drained_atom_v); };
  callbacks.on_close = [session] { caf::anon_send(session, client_gone_atom_v); };
  return callbacks;
}

/// Browsers ask whether a page of another origin may read events.
net::http_headers headers_for(const net::http_request& request) {
  net::http_headers headers;
  if (const auto* origin = request.headers.find("Origin")) {
    headers.set("Access-Control-Allow-Origin", *origin);
    headers.set("Vary", "Origin");
  }
  return headers;
}

void open(stream_session_ptr self) {
  auto& state = self->state;
  auto& client = state.opening.client;
  if (client.session) {
    net::ws_limits limits;
    limits.max_message_bytes = longest_request;
    limits.max_queue_bytes = state.terms.queue_bytes;
    limits.max_queue_messages = state.terms.queue_messages;
    limits.idle_timeout = silence;
    limits.compress = state.terms.compress;
    state.stream =
        net::accept_stream(std::exchange(client.session, nullptr),
                           state.opening.format == stream_format::cbor, callbacks_to(self), limits);
  } else {
    state.stream =
        net::begin_events(std::exchange(client.respond, nullptr), headers_for(*client.request),
                          callbacks_to(self), state.terms.queue_bytes, state.terms.queue_messages);
    self->delayed_send(self, state.terms.sign_of_life, sign_of_life_atom_v);
  }
}

}  // namespace

machines::admission admitted(const stream_terms& terms, bool trusted, const view_id& view,
                             std::string_view token, machines::timestamp now) {
  if (trusted || !terms.tokens.asked()) return for_ever;
  const auto wall = terms.wall_clock();
  const auto end = terms.tokens.verify(view.raw(), token, wall);
  if (!end) return std::nullopt;
  return now + (*end - wall);
}

stream_session_actor::behavior_type stream_session(stream_session_ptr self,
                                                   caf::strong_actor_ptr front,
                                                   stream_source source, stream_terms terms,
                                                   stream_opening opening) {
  auto& state = self->state;
  self->monitor(front);
  self->set_down_handler([self](const caf::down_msg&) {
    hang_up(self, net::ws_close::going_away, "the process stops");
  });
  state.source = std::move(source);
  state.terms = std::move(terms);
  state.opening = std::move(opening);
  open(self);
  const bool single = state.opening.client.single;
  state.session.emplace(session_terms{single ? 1 : state.terms.views, single});
  for (const auto& effect : state.session->begin(now(self))) std::visit(runner{self}, effect);
  if (state.opening.first) step(self, *state.opening.first);
  return {
      [self](client_said_atom, const std::string& message) {
        --*self->state.unread;
        // The one view of its connection is in the path; only its token can be renewed.
        step(self, event_of(self, message));
      },
      [self](drained_atom) {
        if (!tell_untold(self)) return;
        for (const auto& [view, feed] : self->state.feeds)
          self->send(feed, drained_atom_v, number_of(self));
      },
      [self](client_gone_atom) { hang_up(self, net::ws_close::policy_error, "too many messages"); },
      [self](view_ended_atom, const view_id& view, const stream_ending& how) {
        step(self, session_event::ended{view, how});
      },
      [self](token_due_atom) { step(self, session_event::due{}); },
      [self](sign_of_life_atom) {
        // Who has something to read already needs no sign.
        self->state.stream->send(std::make_shared<const std::string>(": \n\n"));
        self->delayed_send(self, self->state.terms.sign_of_life, sign_of_life_atom_v);
      },
  };
}

}  // namespace spooky::actors
