#pragma once

#include "actors/ssp/circuit.hpp"

#include <string>

/// What a circuit has to do with the streams of its views: their feeds.
namespace spooky::actors {

/// A name that no other feed has, here or in another process.
std::string next_feed_name(circuit_state& state);
/// The feed of a view that is about to be registered.
view_feed_actor spawn_feed(circuit_ptr self, const registration_ptr& view);
/// The view shows something else than its deltas tell: its clients are shown it again.
void show_anew(circuit_ptr self, const live_view& view);

/// The feed of a view; not_found for an unknown one.
caf::result<stream_feed> find_feed(const circuit_state& state, const view_id& id);
/// Has the feed take a client; who is told where the view is not here.
void follow_view(circuit_ptr self, const stream_subscription& client,
                 const stream_session_actor& session);
void leave_view(circuit_ptr self, const view_id& id, subscriber_id who);

}  // namespace spooky::actors
