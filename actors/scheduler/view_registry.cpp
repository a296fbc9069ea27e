#include "actors/scheduler/view_registry.hpp"

#include "actors/all_done.hpp"
#include "actors/clock.hpp"
#include "actors/database_query.hpp"
#include "actors/scheduler/view_moving.hpp"
#include "actors/scheduler/view_placing.hpp"
#include "machines/pool/view_note.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

using assignment_promise = caf::typed_response_promise<view_assignment>;
using ack_promise = caf::typed_response_promise<ack>;

error unknown_view(const view_id& id) {
  return fail(errc::not_found, "no view " + id + " is registered");
}

error still_wanted(const view_id& id) {
  return fail(errc::conflict, "view " + id + " stays: somebody wants it again");
}

// -- registering --------------------------------------------------------------------------------

/// One registration by a client.
struct enrolment {
  view_registry_ptr self;
  registration_ptr view;
  assignment_promise promise;
};

void answer(enrolment asked, const result<view_assignment>& where) {
  if (where.ok())
    asked.promise.deliver(*where);
  else
    asked.promise.deliver(to_caf(where.failure()));
  asked.self->state.turns.done(asked.view->id);
  place_waiting(asked.self);
}

/// Nobody has been told of it, and it leaves nothing behind.
void withdraw(view_registry_ptr self, const view_id& id) {
  self->state.table.doom(id);
  end_view(self, id, [self, id](const result<void>& ended) {
    // A failed end is tried again; until it succeeds the view counts as doomed.
    if (!ended.ok()) return;
    const auto* left = self->state.table.find(id);
    if (left == nullptr || left->state != placement_state::doomed) return;
    self->state.table.remove(id);
    forget_note(self, id);
  });
}

void place_new(const enrolment& asked) {
  auto& table = asked.self->state.table;
  const auto& id = asked.view->id;
  const bool known = table.find(id) != nullptr;
  table.enroll(asked.view, wall_seconds(asked.self));
  auto home = table.find(id)->ssp_id;
  if (home.empty()) home = table.home_of_equal(*asked.view);
  place(asked.self, id, {home, {}, true}, [asked, known](const result<view_assignment>& where) {
    if (!where.ok() && !known) {
      auto& state = asked.self->state;
      const auto code = where.failure().code;
      if (code == errc::timeout || code == errc::unavailable) {
        withdraw(asked.self, asked.view->id);
      } else {
        state.table.remove(asked.view->id);
        forget_note(asked.self, asked.view->id);
      }
    }
    answer(asked, where);
  });
}

void refresh_known(const enrolment& asked) {
  const auto& id = asked.view->id;
  asked.self->state.table.enroll(asked.view, wall_seconds(asked.self));
  refresh(asked.self, id, [asked](const result<view_assignment>& where) {
    auto& table = asked.self->state.table;
    const auto* view = table.find(asked.view->id);
    if (where.ok() || where.failure().code != errc::conflict || view == nullptr)
      return answer(asked, where);
    // Its SSP has lost it to a newer epoch: it is placed again.
    if (view->state == placement_state::placed) table.displace(asked.view->id, view->ssp_id);
    place_new(asked);
  });
}

/// Whether the caps of its client let the pool take the view.
result<void> may_add_one(const view_registry_state& state, const view_registration& view) {
  const auto client = client_of(view);
  if (!client) return {};
  return may_add(state.config.client, state.table.usage_of(*client), {1, 0, 0});
}

void enroll(const enrolment& asked) {
  const auto* known = asked.self->state.table.find(asked.view->id);
  if (known == nullptr || known->state == placement_state::doomed) {
    const auto allowed = may_add_one(asked.self->state, *asked.view);
    return allowed.ok() ? place_new(asked) : answer(asked, allowed.failure());
  }
  if (!same_query(*known->registration, *asked.view))
    return answer(
        asked, fail(errc::already_exists,
                    "view " + asked.view->id + " is registered with another query or parameters"));
  if (known->state == placement_state::waiting) return place_new(asked);
  refresh_known(asked);
}

caf::result<view_assignment> register_view(view_registry_ptr self, const registration_ptr& view) {
  const enrolment asked{self, view, self->make_response_promise<view_assignment>()};
  self->state.turns.take(view->id, [asked] { enroll(asked); });
  return asked.promise;
}

// -- unregistering ------------------------------------------------------------------------------

void unregister_now(view_registry_ptr self, const view_id& id, ack_promise promise) {
  auto& state = self->state;
  const auto* known = state.table.find(id);
  if (known == nullptr || known->state == placement_state::doomed) {
    promise.deliver(to_caf(unknown_view(id)));
    return state.turns.done(id);
  }
  const auto home = known->ssp_id;
  state.table.doom(id);
  tell_load(self, home, false);
  write_note(self, id, *state.table.find(id), [id](const result<void>& written) {
    if (!written.ok())
      spdlog::error("view {}: its end was not noted: {}", id, written.failure().message);
  });
  end_view(self, id, [self, id, promise](const result<void>& ended) mutable {
    if (ended.ok()) {
      self->state.table.remove(id);
      forget_note(self, id);
    } else {
      spdlog::warn("view {} is unregistered, but not removed yet: {}", id, ended.failure().message);
    }
    promise.deliver(ack{});
    self->state.turns.done(id);
    place_waiting(self);
  });
}

/// Who said that nobody wants it was on his way for a while: it may have been registered again.
/// Within the view's turn no registration is under way, so what the database says is the last word.
void unregister_unwanted(view_registry_ptr self, const view_id& id, ack_promise promise) {
  const auto& state = self->state;
  if (!state.parts.database) return unregister_now(self, id, promise);
  ask_database(self, state.parts.database, is_view_wanted{state.config.format, id},
               state.config.request_timeout,
               [self, id, promise](const result<wanted_view>& said) mutable {
                 if (said.ok() && !said->wanted) return unregister_now(self, id, promise);
                 promise.deliver(to_caf(said.ok() ? still_wanted(id) : said.failure()));
                 self->state.turns.done(id);
               });
}

caf::result<ack> unregister_query(view_registry_ptr self, const view_claim& claim) {
  const auto views = self->state.table.views_of(query_key{claim.id.raw()});
  if (views.empty()) return to_caf(unknown_view(claim.id));
  auto promise = self->make_response_promise<ack>();
  // Without a time of its own: each end is bounded by that of the order it gives to an SSP.
  ask_each(views, promise, [self, unless = claim.unless_wanted](const view_id& id) {
    return self->request(caf::actor_cast<view_registry_actor>(self), caf::infinite,
                         unregister_view_atom_v, view_claim{id, {}, false, unless});
  });
  return promise;
}

caf::result<ack> unregister_view(view_registry_ptr self, const view_claim& claim) {
  if (claim.whole_query) return unregister_query(self, claim);
  const auto promise = self->make_response_promise<ack>();
  self->state.turns.take(claim.id, [self, claim, promise] {
    if (claim.unless_wanted) return unregister_unwanted(self, claim.id, promise);
    unregister_now(self, claim.id, promise);
  });
  return promise;
}

// -- looking up ---------------------------------------------------------------------------------

caf::result<view_assignment> owner_of(view_registry_ptr self, const view_id& id) {
  const auto& state = self->state;
  const auto* view = state.table.find(id);
  if (view == nullptr || view->state == placement_state::doomed) return to_caf(unknown_view(id));
  const auto away =
      to_caf(fail(errc::not_ready, "view " + id + " is on its way to another SSP; try again"));
  if (view->state != placement_state::placed || !state.present.contains(view->ssp_id)) return away;
  auto promise = self->make_response_promise<view_assignment>();
  self->request(state.parts.balancer, state.config.registration_timeout, find_atom_v, view->ssp_id)
      .then(
          [id, promise](const ssp_id& ssp_id, const std::string& url,
                        const ssp_link_actor&) mutable {
            promise.deliver(view_assignment{id, ssp_id, url, {}});
          },
          [away, promise](const caf::error&) mutable { promise.deliver(away); });
  return promise;
}

// -- starting -----------------------------------------------------------------------------------

void restore_views(view_registry_ptr self, const value& notes) {
  for (const auto& [name, note] : notes.as_object()) {
    const view_id id{std::string{name}};
    auto view = from_note(id, note);
    if (view.ok())
      self->state.table.restore(id, std::move(view).value());
    else
      spdlog::error("{}", view.failure().message);
  }
}

void go_on_from(view_registry_ptr self, placement_epoch given) {
  self->state.epochs_known = true;
  self->state.epochs.restore(given);
  reserve_epochs(self);
}

/// For want of a note: the first run, or the disk was lost. The clock alone does unless it was set
/// back, too: then what is placed before the database answers is fenced, and placed again.
void ask_for_epochs(view_registry_ptr self) {
  const auto& state = self->state;
  reserve_epochs(self);
  if (!state.parts.database) return;
  ask_database(self, state.parts.database, read_newest_epoch{state.config.format},
               state.config.request_timeout, [self](const result<newest_epoch>& newest) {
                 if (newest.ok() && !self->state.epochs_known) go_on_from(self, newest->epoch);
               });
}

void read_notes(view_registry_ptr self) {
  const auto& state = self->state;
  self->request(state.parts.replica, state.config.registration_timeout, caf::get_atom_v,
                std::string{"views"})
      .await([self](const value& notes) { restore_views(self, notes); },
             [](const caf::error& reason) {
               spdlog::error("the registered views could not be read: {}",
                             from_caf(reason).message);
             });
  self->request(state.parts.replica, state.config.registration_timeout, caf::get_atom_v,
                std::string{"meta"})
      .await(
          [self](const value& notes) {
            const auto& bound = notes["view_epochs"];
            if (bound.type() == value_type::integer)
              go_on_from(self, placement_epoch{static_cast<std::uint64_t>(bound.as_integer())});
            else
              ask_for_epochs(self);
          },
          [self](const caf::error& reason) {
            spdlog::error("the epochs given so far could not be read: {}",
                          from_caf(reason).message);
            ask_for_epochs(self);
          });
}

void retry(view_registry_ptr self) {
  self->state.stalled = false;
  if (self->state.epochs_known)
    reserve_epochs(self);
  else
    ask_for_epochs(self);
  give_up_absent(self);
  place_waiting(self);
  self->delayed_send(self, self->state.config.retry_interval, place_again_atom_v);
}

}  // namespace

view_registry_actor::behavior_type view_registry(view_registry_ptr self, view_registry_parts parts,
                                                 view_registry_config config) {
  self->state.parts = std::move(parts);
  self->state.config = config;
  self->state.started_at = now(self);
  const auto wall = now(self).time_since_epoch() + config.wall_clock;
  self->state.epochs = epoch_source{placement_epoch{static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(wall).count())}};
  read_notes(self);
  self->delayed_send(self, config.retry_interval, place_again_atom_v);
  return {
      [self](register_view_atom, const registration_ptr& view) {
        return register_view(self, view);
      },
      [self](unregister_view_atom, const view_claim& claim) {
        return unregister_view(self, claim);
      },
      [self](ready_atom, const ssp_id& ssp_id, const std::vector<view_id>& held) {
        ssp_ready(self, ssp_id, held);
      },
      [self](gone_atom, const ssp_id& ssp_id) { ssp_gone(self, ssp_id); },
      [self](owner_atom, const view_id& id) { return owner_of(self, id); },
      [self](drain_ssp_atom, const ssp_id& ssp_id) { return drain(self, ssp_id); },
      [self](leave_atom, const ssp_id& ssp_id) { return leave(self, ssp_id); },
      [self](placement_status_atom) { return self->state.table.status(); },
      [self](place_again_atom) { retry(self); },
      [self](rebalance_atom) { rebalance(self); },
  };
}

}  // namespace spooky::actors
