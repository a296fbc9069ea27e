#include "actors/scheduler/view_placing.hpp"

#include "actors/clock.hpp"
#include "machines/pool/view_note.hpp"
#include "net/url.hpp"
#include "protocol/registration_codec.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

const std::string note_family = "views";

/// An SSP and the way to it.
struct ssp_target {
  ssp_id id;
  std::string url;
  ssp_link_actor link;
  bool picked = false;  ///< by the balancer, which counts its choices until they are settled
};
using target_handler = std::function<void(const result<ssp_target>&)>;

template <class... Question>
void ask_balancer(view_registry_ptr self, target_handler then, const Question&... question) {
  self->request(self->state.parts.balancer, self->state.config.registration_timeout, question...)
      .then(
          [then](const ssp_id& id, const std::string& url, const ssp_link_actor& link) {
            then(ssp_target{id, url, link, false});
          },
          [then](const caf::error& reason) { then(from_caf(reason)); });
}

void pick_target(view_registry_ptr self, target_handler then) {
  ask_balancer(
      self,
      [then](result<ssp_target> target) {
        if (target.ok()) target->picked = true;
        then(target);
      },
      pick_atom_v);
}

/// The SSP of that id if it is ready, else one that the balancer picks.
void choose_target(view_registry_ptr self, const ssp_id& prefer, target_handler then) {
  if (prefer.empty()) return pick_target(self, std::move(then));
  ask_balancer(
      self,
      [self, then](const result<ssp_target>& preferred) {
        if (preferred.ok())
          then(preferred);
        else
          pick_target(self, then);
      },
      pick_named_atom_v, prefer);
}

/// A move is no sign of life: an activity in the far past lets stand what the database has.
registration_ptr for_ssp(const view_registration& view, placement_epoch epoch, bool by_client) {
  auto copy = std::make_shared<view_registration>(view);
  copy->epoch = epoch;
  if (!by_client) {
    copy->rows = false;
    if (!copy->last_active_at) copy->last_active_at = datetime{};
  }
  return copy;
}

/// Failures after which the SSP certainly has not taken the view.
bool certain(errc code) {
  return code == errc::not_ready || code == errc::overloaded || code == errc::parse_error ||
         code == errc::unsupported || code == errc::invalid_argument ||
         code == errc::already_exists;
}

/// One placement under way.
struct placing {
  view_registry_ptr self;
  view_id id;
  ssp_target target;
  placement_epoch epoch = 0;
  placed_handler done;
};

/// The SSP may have claimed the view in the database: then its former owner has lost it, and the
/// view is placed anew, there if possible.
void in_doubt(const placing& step) {
  auto& table = step.self->state.table;
  const auto from = *table.find(step.id);
  if (from.state != placement_state::placed) return;
  table.displace(step.id, from.ssp_id);
  tell_load(step.self, from.ssp_id, false);
}

void placed(const placing& step, const value& answer) {
  auto& state = step.self->state;
  if (!state.present.contains(step.target.id)) {
    in_doubt(step);
    return step.done(fail(errc::not_ready, "SSP " + step.target.id + " was lost meanwhile"));
  }
  const auto from = *state.table.find(step.id);
  state.table.place(step.id, step.target.id, step.epoch, answered_cost(answer));
  tell_load(step.self, step.target.id, step.target.picked);
  if (from.state == placement_state::placed && from.ssp_id != step.target.id) {
    tell_load(step.self, from.ssp_id, false);
    const auto& streams_at = state.config.streams_at;
    let_go(step.self, from.ssp_id,
           {{step.id, from.epoch},
            streams_at.empty() ? net::with_scheme(step.target.url) : streams_at});
  }
  step.done(view_assignment{step.id, step.target.id, step.target.url, answer});
}

void not_placed(const placing& step, const error& why) {
  tell_load(step.self, step.target.id, step.target.picked);
  if (!certain(why.code)) {
    in_doubt(step);
    let_go(step.self, step.target.id, {{step.id, step.epoch}, {}});
  }
  step.done(why);
}

void register_there(const placing& step, const registration_ptr& view) {
  const auto timeout = step.self->state.config.registration_timeout;
  step.self->request(step.target.link, timeout, register_view_atom_v, view)
      .then([step](const value& answer) { placed(step, answer); },
            [step](const caf::error& reason) { not_placed(step, from_caf(reason)); });
}

error no_epoch() {
  return fail(errc::not_ready, "the scheduler is not ready to place views; try again");
}

}  // namespace

std::int64_t wall_seconds(view_registry_ptr self) {
  const auto wall = now(self).time_since_epoch() + self->state.config.wall_clock;
  return std::chrono::duration_cast<std::chrono::seconds>(wall).count();
}

void tell_load(view_registry_ptr self, const ssp_id& ssp_id, bool settles) {
  self->send(self->state.parts.balancer, set_load_atom_v, ssp_id, self->state.table.load(ssp_id),
             settles);
}

// -- notes --------------------------------------------------------------------------------------

void write_note(view_registry_ptr self, const view_id& id, const placement& view,
                ended_handler done) {
  self->request(self->state.parts.replica, self->state.config.registration_timeout, caf::put_atom_v,
                note_family, id.raw(), to_note(view))
      .then([done](const ack&) { done({}); },
            [done](const caf::error& reason) { done(from_caf(reason)); });
}

void forget_note(view_registry_ptr self, const view_id& id) {
  self->request(self->state.parts.replica, self->state.config.registration_timeout,
                caf::delete_atom_v, note_family, id.raw())
      .then([](const ack&) {},
            [id](const caf::error& reason) {
              spdlog::error("view {}: its note was not removed: {}", id, from_caf(reason).message);
            });
}

void reserve_epochs(view_registry_ptr self) {
  const auto bound = self->state.epochs.wanted();
  if (!bound) return;
  self->request(self->state.parts.replica, self->state.config.registration_timeout, caf::put_atom_v,
                std::string{"meta"}, std::string{"view_epochs"},
                value{static_cast<std::int64_t>(bound->raw())})
      .then([self, bound](const ack&) { self->state.epochs.reserved(*bound); },
            [self](const caf::error& reason) {
              self->state.epochs.not_reserved();
              spdlog::error("no epochs for views could be reserved: {}; trying again",
                            from_caf(reason).message);
            });
}

// -- placing ------------------------------------------------------------------------------------

void place(view_registry_ptr self, const view_id& id, const placing_wish& wish,
           placed_handler done) {
  const auto epoch = self->state.epochs.next();
  reserve_epochs(self);
  if (!epoch) return done(no_epoch());
  choose_target(self, wish.prefer, [self, id, wish, done, epoch](const result<ssp_target>& chosen) {
    if (!chosen.ok()) return done(chosen.failure());
    const placing step{self, id, *chosen, *epoch, done};
    if (step.target.id == wish.but_not)
      return not_placed(step, fail(errc::not_ready, "no other SSP is ready"));
    auto noted = *self->state.table.find(id);
    const auto view = for_ssp(*noted.registration, *epoch, wish.by_client);
    noted.ssp_id = step.target.id;
    noted.epoch = *epoch;
    noted.state = placement_state::placed;
    write_note(self, id, noted, [step, view](const result<void>& written) {
      if (written.ok())
        register_there(step, view);
      else
        not_placed(step, written.failure());
    });
  });
}

void refresh(view_registry_ptr self, const view_id& id, placed_handler done) {
  const auto known = *self->state.table.find(id);
  ask_balancer(
      self,
      [self, id, known, done](const result<ssp_target>& target) {
        if (!target.ok()) return done(target.failure());
        write_note(self, id, known,
                   [self, id, known, done, target = *target](const result<void>& written) {
                     if (!written.ok()) return done(written.failure());
                     self->request(target.link, self->state.config.registration_timeout,
                                   register_view_atom_v,
                                   for_ssp(*known.registration, known.epoch, true))
                         .then(
                             [id, target, done](const value& answer) {
                               done(view_assignment{id, target.id, target.url, answer});
                             },
                             [done](const caf::error& reason) { done(from_caf(reason)); });
                   });
      },
      pick_named_atom_v, known.ssp_id);
}

// -- ending -------------------------------------------------------------------------------------

namespace {

/// `what`: the view, for this verb.
template <class Verb, class What>
void order(view_registry_ptr self, const ssp_id& ssp_id, const view_id& view, Verb verb,
           const What& what) {
  ask_balancer(
      self,
      [self, view, verb, what](const result<ssp_target>& target) {
        if (!target.ok()) return;
        self->request(target->link, self->state.config.registration_timeout, verb, what)
            .then([](const ack&) {},
                  [view, ssp = target->id](const caf::error& reason) {
                    spdlog::info("SSP {} was told to drop view {}: {}", ssp, view,
                                 from_caf(reason).message);
                  });
      },
      find_atom_v, ssp_id);
}

void end_there(view_registry_ptr self, const ssp_target& target, const view_claim& claim,
               ended_handler done) {
  self->request(target.link, self->state.config.registration_timeout, unregister_view_atom_v, claim)
      .then([done](const ack&) { done({}); },
            [done](const caf::error& reason) {
              const auto why = from_caf(reason);
              // Nothing is left to remove.
              if (why.code == errc::not_found)
                done({});
              else
                done(why);
            });
}

}  // namespace

void let_go(view_registry_ptr self, const ssp_id& ssp_id, const view_release& release) {
  order(self, ssp_id, release.claim.id, release_view_atom_v, release);
}

void remove_from(view_registry_ptr self, const ssp_id& ssp_id, const view_claim& claim) {
  order(self, ssp_id, claim.id, unregister_view_atom_v, claim);
}

void end_view(view_registry_ptr self, const view_id& id, ended_handler done) {
  const auto epoch = self->state.epochs.next();
  reserve_epochs(self);
  if (!epoch) return done(no_epoch());
  const auto home = self->state.table.find(id)->ssp_id;
  const bool there = self->state.present.contains(home);
  // While its SSP is away it may still write: who ends the view instead fences it by the epoch.
  choose_target(self, there ? home : ssp_id{},
                [self, done, claim = view_claim{id, epoch}](const result<ssp_target>& target) {
                  if (!target.ok()) return done(target.failure());
                  if (target->picked) tell_load(self, target->id, true);
                  end_there(self, *target, claim, done);
                });
}

}  // namespace spooky::actors
