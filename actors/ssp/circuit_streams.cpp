#include "actors/ssp/circuit_streams.hpp"

#include "actors/exceptions.hpp"

namespace spooky::actors {

std::string next_feed_name(circuit_state& state) {
  return state.config.instance + "-" + std::to_string(++state.feeds);
}

view_feed_actor spawn_feed(circuit_ptr self, const registration_ptr& view) {
  return spawn_child(self, view_feed, view, next_feed_name(self->state),
                     view_feed_parts{self->state.parts.edges, circuit_actor{self}},
                     self->state.config.feeds);
}

void show_anew(circuit_ptr self, const live_view& view) {
  self->send(view.actor, refresh_view_atom_v, view.registration, next_feed_name(self->state));
}

caf::result<stream_feed> find_feed(const circuit_state& state, const view_id& id) {
  const auto view = state.views.find(id);
  if (view == state.views.end())
    return to_caf(fail(errc::not_found, "no view " + id + " is registered here"));
  return stream_feed{view->second.actor};
}

void follow_view(circuit_ptr self, const stream_subscription& client,
                 const stream_session_actor& session) {
  const auto view = self->state.views.find(client.view);
  if (view == self->state.views.end())
    self->send(session, view_ended_atom_v, client.view, stream_ending{stream_end::unknown});
  else
    self->send(view->second.actor, follow_view_atom_v, client, session);
}

void leave_view(circuit_ptr self, const view_id& id, subscriber_id who) {
  const auto view = self->state.views.find(id);
  if (view != self->state.views.end()) self->send(view->second.actor, leave_view_atom_v, who);
}

}  // namespace spooky::actors
