#include "actors/scheduler/view_registry.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

using assignment_promise = caf::typed_response_promise<view_assignment>;

caf::timestamp now(view_registry_ptr self) {
  return caf::timestamp{self->clock().now().time_since_epoch()};
}

// -- notes --------------------------------------------------------------------------------------

void forget_note(view_registry_ptr self, const std::string& id) {
  self->request(self->state.parts.replica, self->state.config.registration_timeout,
                caf::delete_atom_v, std::string{"views"}, id)
      .then([](const ack&) {},
            [id](const caf::error& reason) {
              spdlog::error("view {}: its note was not removed: {}", id, from_caf(reason).message);
            });
}

/// Writes the note, then runs `done` with its outcome.
template <class Done>
void write_note(view_registry_ptr self, const registered_view& view, Done done) {
  self->request(self->state.parts.replica, self->state.config.registration_timeout, caf::put_atom_v,
                std::string{"views"}, view.registration->id,
                to_note(*view.registration, view.ssp_id))
      .then([done](const ack&) mutable { done(caf::error{}); },
            [done](const caf::error& reason) mutable { done(reason); });
}

// -- placing ------------------------------------------------------------------------------------

/// A registration has an outcome. True if the view was unregistered meanwhile.
bool settled(view_registry_ptr self, const std::string& id) {
  auto& state = self->state;
  const bool dropped = state.dropped.contains(id);
  const auto it = state.under_way.find(id);
  if (it != state.under_way.end() && --it->second == 0) {
    state.under_way.erase(it);
    state.dropped.erase(id);
  }
  return dropped;
}

/// The SSP has a view that nobody wants any more.
void take_back(view_registry_ptr self, const std::string& id, const ssp_link_actor& link) {
  self->request(link, self->state.config.registration_timeout, unregister_atom_v,
                view_claim{id, {}})
      .then([](const ack&) {},
            [id](const caf::error& reason) {
              spdlog::warn("view {} was not removed: {}", id, from_caf(reason).message);
            });
}

/// The SSP has a view that lives on another one now.
void release(view_registry_ptr self, const std::string& id, const std::string& ssp_id) {
  self->request(self->state.parts.balancer, self->state.config.registration_timeout, find_atom_v,
                ssp_id)
      .then(
          [self, id](const std::string&, const std::string&, const ssp_link_actor& link) {
            self->request(link, self->state.config.registration_timeout, release_atom_v,
                          view_claim{id, {}})
                .then([](const ack&) {}, [](const caf::error&) {});
          },
          [](const caf::error&) {});
}

void registered(view_registry_ptr self, const registration_ptr& view, view_assignment where,
                const ssp_link_actor& link, assignment_promise promise) {
  if (settled(self, view->id)) {
    take_back(self, view->id, link);
    promise.deliver(
        to_caf(fail(errc::not_found, "view " + view->id + " was unregistered meanwhile")));
    return;
  }
  auto& entry = self->state.views[view->id];
  if (self->state.draining.contains(entry.ssp_id) && entry.ssp_id != where.ssp_id)
    release(self, view->id, entry.ssp_id);
  entry = registered_view{view, where.ssp_id, false, false};
  write_note(self, entry, [promise, where = std::move(where)](const caf::error& reason) mutable {
    if (reason)
      promise.deliver(reason);
    else
      promise.deliver(std::move(where));
  });
}

void not_registered(view_registry_ptr self, const std::string& id, const caf::error& reason,
                    assignment_promise promise) {
  settled(self, id);
  const auto it = self->state.views.find(id);
  if (it != self->state.views.end()) it->second.placing = false;
  promise.deliver(reason);
}

void register_on(view_registry_ptr self, const registration_ptr& view, const std::string& ssp_id,
                 const std::string& url, const ssp_link_actor& link, assignment_promise promise) {
  self->request(link, self->state.config.registration_timeout, register_atom_v, view)
      .then(
          [self, view, ssp_id, url, link, promise](const value& answer) {
            registered(self, view, {view->id, ssp_id, url, answer}, link, promise);
          },
          [self, view, promise](const caf::error& reason) {
            not_registered(self, view->id, reason, promise);
          });
}

/// Registers `view` on the SSP that has it, or on the one the balancer picks.
void place(view_registry_ptr self, const registration_ptr& view, const std::string& sticky,
           assignment_promise promise) {
  const auto on_pick = [self, view, promise](const std::string& id, const std::string& url,
                                             const ssp_link_actor& link) {
    register_on(self, view, id, url, link, promise);
  };
  const auto on_error = [self, view, promise](const caf::error& reason) {
    not_registered(self, view->id, reason, promise);
  };
  auto& state = self->state;
  if (sticky.empty()) {
    self->request(state.parts.balancer, state.config.registration_timeout, pick_atom_v)
        .then(on_pick, on_error);
  } else {
    self->request(state.parts.balancer, state.config.registration_timeout, pick_atom_v, sticky)
        .then(on_pick, on_error);
  }
}

/// Whether the message at hand is place_again()'s.
bool from_itself(view_registry_ptr self) {
  return self->current_sender() == caf::actor_cast<caf::strong_actor_ptr>(self);
}

caf::result<view_assignment> register_view(view_registry_ptr self, const registration_ptr& view) {
  auto& state = self->state;
  const auto known = state.views.find(view->id);
  if (known == state.views.end() && from_itself(self))
    return to_caf(fail(errc::not_found, "view " + view->id + " was unregistered meanwhile"));
  auto sticky = known == state.views.end() ? std::string{} : known->second.ssp_id;
  if (state.draining.contains(sticky)) sticky.clear();
  auto promise = self->make_response_promise<view_assignment>();
  ++state.under_way[view->id];
  state.dropped.erase(view->id);
  place(self, view, sticky, promise);
  return promise;
}

void unregister_on(view_registry_ptr self, const std::string& id, const ssp_link_actor& link,
                   caf::typed_response_promise<ack> promise) {
  self->request(link, self->state.config.registration_timeout, unregister_atom_v,
                view_claim{id, {}})
      .then([promise](const ack&) mutable { promise.deliver(ack{}); },
            [promise](const caf::error& reason) mutable {
              // An SSP that has lost the view has nothing left to remove.
              if (from_caf(reason).code == errc::not_found)
                promise.deliver(ack{});
              else
                promise.deliver(reason);
            });
}

caf::result<ack> unregister_view(view_registry_ptr self, const std::string& id) {
  auto& state = self->state;
  const bool under_way = state.under_way.contains(id);
  if (under_way) state.dropped.insert(id);
  const auto known = state.views.find(id);
  if (known == state.views.end()) {
    if (under_way) return ack{};
    return to_caf(fail(errc::not_found, "no view " + id + " is registered"));
  }
  const auto ssp_id = known->second.ssp_id;
  state.views.erase(known);
  forget_note(self, id);
  if (ssp_id.empty()) return ack{};
  auto promise = self->make_response_promise<ack>();
  self->request(state.parts.balancer, state.config.registration_timeout, pick_atom_v, ssp_id)
      .then([=](const std::string&, const std::string&,
                const ssp_link_actor& link) { unregister_on(self, id, link, promise); },
            // The SSP is away: when it comes back it is told to drop what nobody wants.
            [=](const caf::error&) mutable { promise.deliver(ack{}); });
  return promise;
}

// -- moving -------------------------------------------------------------------------------------

void place_waiting(view_registry_ptr self);

/// Whether the view's SSP did not come back in time after the scheduler's restart.
bool abandoned(view_registry_ptr self, const registered_view& view) {
  const auto& state = self->state;
  return !view.ssp_id.empty() && !state.present.contains(view.ssp_id) &&
         now(self) - state.started_at > state.config.grace;
}

void placed(view_registry_ptr self) {
  --self->state.placing;
  place_waiting(self);
}

void not_placed(view_registry_ptr self, const std::string& id, const error& reason) {
  --self->state.placing;
  const auto it = self->state.views.find(id);
  if (it != self->state.views.end()) it->second.placing = false;
  if (reason.code != errc::not_ready && it != self->state.views.end())
    spdlog::warn("view {} could not be placed: {}; it is tried again", id, reason.message);
}

/// A request to itself gives a move the same path as a client's registration.
void place_again(view_registry_ptr self, registered_view& view) {
  view.placing = true;
  ++self->state.placing;
  self->request(view_registry_actor{self}, self->state.config.registration_timeout, register_atom_v,
                view.registration)
      .then([self](const view_assignment&) { placed(self); },
            [self, id = view.registration->id](const caf::error& reason) {
              not_placed(self, id, from_caf(reason));
            });
}

void place_waiting(view_registry_ptr self) {
  for (auto& [id, view] : self->state.views) {
    if (self->state.placing >= self->state.config.placing_at_once) return;
    if (view.placing) continue;
    if (abandoned(self, view)) view.ssp_id.clear();
    if (view.ssp_id.empty() || view.missing || self->state.draining.contains(view.ssp_id))
      place_again(self, view);
  }
}

void drop_unwanted(view_registry_ptr self, const std::string& ssp_id, const std::string& view) {
  self->request(self->state.parts.balancer, self->state.config.registration_timeout, pick_atom_v,
                ssp_id)
      .then([self, view](const std::string&, const std::string&,
                         const ssp_link_actor& link) { take_back(self, view, link); },
            [](const caf::error&) {});
}

void ssp_ready(view_registry_ptr self, const std::string& ssp_id,
               const std::vector<std::string>& held) {
  auto& state = self->state;
  state.present[ssp_id] = true;
  const std::set<std::string> holds{held.begin(), held.end()};
  for (auto& [id, view] : state.views)
    if (view.ssp_id == ssp_id) view.missing = !holds.contains(id);
  for (const auto& id : held) {
    const auto known = state.views.find(id);
    if (known == state.views.end() || known->second.ssp_id != ssp_id)
      drop_unwanted(self, ssp_id, id);
  }
  place_waiting(self);
}

void ssp_gone(view_registry_ptr self, const std::string& ssp_id) {
  auto& state = self->state;
  state.present.erase(ssp_id);
  state.draining.erase(ssp_id);
  for (auto& [id, view] : state.views)
    if (view.ssp_id == ssp_id) view.ssp_id.clear();
  place_waiting(self);
}

// -- leaving ------------------------------------------------------------------------------------

drain_progress progress_of(const view_registry_state& state, const std::string& ssp_id,
                           const pool_roll& pool) {
  drain_progress progress;
  for (const auto& [id, view] : state.views) progress.views += view.ssp_id == ssp_id ? 1 : 0;
  const bool another = std::any_of(pool.begin(), pool.end(), [&](const link_status& link) {
    return link.id != ssp_id && link.state != link_state::draining;
  });
  if (!another) progress.obstacle = "no other SSP is in the pool";
  return progress;
}

caf::result<drain_progress> drain(view_registry_ptr self, const std::string& ssp_id) {
  auto promise = self->make_response_promise<drain_progress>();
  const auto timeout = self->state.config.registration_timeout;
  const auto on_error = [promise](const caf::error& reason) mutable { promise.deliver(reason); };
  const auto on_pool = [self, ssp_id, promise](const pool_roll& pool) mutable {
    self->state.draining.insert(ssp_id);
    place_waiting(self);
    promise.deliver(progress_of(self->state, ssp_id, pool));
  };
  const auto on_drained = [self, timeout, on_pool, on_error](const ack&) {
    self->request(self->state.parts.balancer, timeout, status_atom_v).then(on_pool, on_error);
  };
  self->request(self->state.parts.balancer, timeout, find_atom_v, ssp_id)
      .then(
          [self, timeout, on_drained, on_error](const std::string&, const std::string&,
                                                const ssp_link_actor& link) {
            self->request(link, timeout, drain_atom_v).then(on_drained, on_error);
          },
          on_error);
  return promise;
}

caf::result<ack> leave(view_registry_ptr self, const std::string& ssp_id) {
  auto promise = self->make_response_promise<ack>();
  self->request(self->state.parts.balancer, self->state.config.registration_timeout, find_atom_v,
                ssp_id)
      .then(
          [self, promise](const std::string&, const std::string&,
                          const ssp_link_actor& link) mutable {
            self->send(link, leave_atom_v);
            promise.deliver(ack{});
          },
          [promise](const caf::error& reason) mutable { promise.deliver(reason); });
  return promise;
}

caf::result<view_assignment> owner_of(view_registry_ptr self, const std::string& id) {
  const auto known = self->state.views.find(id);
  if (known == self->state.views.end())
    return to_caf(fail(errc::not_found, "no view " + id + " is registered"));
  if (known->second.ssp_id.empty())
    return to_caf(fail(errc::not_ready, "view " + id + " is moving; try again later"));
  auto promise = self->make_response_promise<view_assignment>();
  self->request(self->state.parts.balancer, self->state.config.registration_timeout, find_atom_v,
                known->second.ssp_id)
      .then(
          [id, promise](const std::string& ssp, const std::string& url,
                        const ssp_link_actor&) mutable {
            promise.deliver(view_assignment{id, ssp, url, {}});
          },
          [id, promise](const caf::error&) mutable {
            promise.deliver(
                to_caf(fail(errc::not_ready, "the SSP of view " + id + " is away; try again")));
          });
  return promise;
}

placement_status status(const view_registry_state& state) {
  placement_status now;
  now.views = state.views.size();
  for (const auto& [id, view] : state.views) now.waiting += view.ssp_id.empty() ? 1 : 0;
  return now;
}

void read_notes(view_registry_ptr self) {
  self->request(self->state.parts.replica, self->state.config.registration_timeout, caf::get_atom_v,
                std::string{"views"})
      .await(
          [self](const value& notes) {
            for (const auto& [id, note] : notes.as_object()) {
              auto view = from_note(id, note);
              if (view.ok())
                self->state.views.emplace(id, std::move(view).value());
              else
                spdlog::error("{}", view.failure().message);
            }
          },
          [](const caf::error& reason) {
            spdlog::error("the registered views could not be read: {}", from_caf(reason).message);
          });
}

}  // namespace

view_registry_actor::behavior_type view_registry(view_registry_ptr self, view_registry_parts parts,
                                                 view_registry_config config) {
  self->state.parts = std::move(parts);
  self->state.config = config;
  self->state.started_at = now(self);
  read_notes(self);
  self->delayed_send(self, config.retry_interval, retry_atom_v);
  return {
      [self](register_atom, const registration_ptr& view) { return register_view(self, view); },
      [self](unregister_atom, const std::string& id) { return unregister_view(self, id); },
      [self](ready_atom, const std::string& ssp_id, const std::vector<std::string>& held) {
        ssp_ready(self, ssp_id, held);
      },
      [self](gone_atom, const std::string& ssp_id) { ssp_gone(self, ssp_id); },
      [self](owner_atom, const std::string& id) { return owner_of(self, id); },
      [self](drain_atom, const std::string& ssp_id) { return drain(self, ssp_id); },
      [self](leave_atom, const std::string& ssp_id) { return leave(self, ssp_id); },
      [self](status_atom) { return status(self->state); },
      [self](retry_atom) {
        place_waiting(self);
        self->delayed_send(self, self->state.config.retry_interval, retry_atom_v);
      },
      [](poll_atom) {},
  };
}

}  // namespace spooky::actors
