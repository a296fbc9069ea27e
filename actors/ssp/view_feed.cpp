#include "actors/ssp/view_feed.hpp"

#include "actors/clock.hpp"
#include "protocol/deadlines.hpp"

#include <utility>

namespace spooky::actors {

namespace {

/// Sends a client what there is for it, as long as it takes it.
void serve(view_feed_ptr self, subscriber_id who, const view_feed_state::follower& follower) {
  auto& feed = *self->state.feed;
  while (const auto message = feed.next(who, now(self))) {
    if (!follower.stream->send(message)) return feed.refused(who);
    feed.taken(who);
  }
}

void serve_all(view_feed_ptr self) {
  for (const auto& [who, follower] : self->state.followers) serve(self, who, follower);
}

void show_if_lacking(view_feed_ptr self);

void show_later(view_feed_ptr self) {
  self->state.pausing = true;
  self->delayed_send(self, self->state.config.pause, show_again_atom_v);
}

/// The circuit answers behind all deltas that it has sent before: what it shows contains them.
void show_if_lacking(view_feed_ptr self) {
  auto& state = self->state;
  if (state.asking || state.pausing || !state.feed->lacks_snapshot(now(self))) return;
  state.asking = true;
  self->request(state.parts.circuit, deadlines::front_request, read_view_atom_v,
                state.registration->id)
      .then(
          [self, of = state.feed->name()](const snapshot_result_ptr& shown) {
            self->state.asking = false;
            // Opened anew since: it is shown as it is now, not as it was.
            if (self->state.feed->name() != of) return show_if_lacking(self);
            self->state.feed->show(shown);
            serve_all(self);
            // Only who has been further elsewhere still waits.
            if (self->state.feed->lacks_snapshot(now(self))) show_later(self);
          },
          [self](const caf::error&) {
            self->state.asking = false;
            show_later(self);
          });
}

void follow(view_feed_ptr self, const stream_subscription& client,
            const stream_session_actor& session) {
  auto& state = self->state;
  state.followers.insert_or_assign(client.who, view_feed_state::follower{client.to, session});
  self->monitor(session);
  state.feed->join(client.who, client.shape, client.since, now(self));
  serve(self, client.who, state.followers.at(client.who));
  show_if_lacking(self);
}

void leave(view_feed_ptr self, subscriber_id who) {
  auto& state = self->state;
  const auto found = state.followers.find(who);
  if (found == state.followers.end()) return;
  self->demonitor(found->second.session.address());
  state.followers.erase(found);
  state.feed->leave(who);
  if (state.followers.empty())
    self->delayed_send(self, state.config.linger, forget_deltas_atom_v, ++state.left);
}

/// A session has ended: its connection is gone.
void lost(view_feed_ptr self, const caf::actor_addr& session) {
  for (const auto& [who, follower] : self->state.followers)
    if (follower.session.address() == session) return leave(self, who);
}

void close(view_feed_ptr self, const stream_ending& how) {
  const auto& id = self->state.registration->id;
  for (const auto& [who, follower] : self->state.followers)
    self->send(follower.session, view_ended_atom_v, id, how);
  self->quit();
}

}  // namespace

view_feed_actor::behavior_type view_feed(view_feed_ptr self, registration_ptr registration,
                                         std::string name, view_feed_parts parts,
                                         view_feed_config config) {
  auto& state = self->state;
  state.feed.emplace(std::move(name), config.limits);
  state.registration = std::move(registration);
  state.parts = std::move(parts);
  state.config = config;
  self->set_down_handler([self](const caf::down_msg& down) { lost(self, down.source); });
  return {
      [self](delta_atom, const view_delta_ptr& delta) {
        self->send(self->state.parts.edges, write_delta_atom_v, self->state.registration, delta);
        self->state.feed->change(delta);
        if (self->state.followers.empty()) return;
        serve_all(self);
        show_if_lacking(self);
      },
      [self](refresh_view_atom, const registration_ptr& again, std::string& anew) {
        self->state.registration = again;
        if (anew.empty()) return;
        self->state.feed->begin_anew(std::move(anew), now(self));
        show_if_lacking(self);
      },
      [self](close_feed_atom, const stream_ending& how) { close(self, how); },
      [self](follow_view_atom, const stream_subscription& client,
             const stream_session_actor& session) { follow(self, client, session); },
      [self](leave_view_atom, subscriber_id who) { leave(self, who); },
      [self](drained_atom, subscriber_id who) {
        self->state.feed->drained(who);
        const auto found = self->state.followers.find(who);
        if (found == self->state.followers.end()) return;
        serve(self, who, found->second);
        show_if_lacking(self);
      },
      [self](show_again_atom) {
        self->state.pausing = false;
        serve_all(self);
        show_if_lacking(self);
      },
      [self](forget_deltas_atom, std::uint64_t left) {
        if (left == self->state.left) self->state.feed->forget();
      },
  };
}

}  // namespace spooky::actors
