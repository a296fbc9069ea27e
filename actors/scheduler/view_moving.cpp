#include "actors/scheduler/view_moving.hpp"

#include "actors/clock.hpp"
#include "actors/scheduler/view_placing.hpp"
#include "machines/backoff.hpp"
#include "machines/pool/rebalance.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

constexpr std::chrono::milliseconds rebalance_tick{100};

bool has_room(const view_registry_state& state) {
  return state.placing < state.config.placing_at_once;
}

/// Ends a step of our own for a view.
void step_done(view_registry_ptr self, const view_id& id) {
  --self->state.placing;
  self->state.turns.done(id);
  place_waiting(self);
}

void step_failed(view_registry_ptr self, const view_id& id, const error& why) {
  auto& state = self->state;
  const auto* view = state.table.find(id);
  if (why.code == errc::not_ready) {
    // Nobody takes views at present: no use in trying the others.
    state.stalled = true;
  } else if (view != nullptr) {
    const auto attempt = view->attempts + 1;
    spdlog::warn("view {} could not be placed: {}; it is tried again", id, why.message);
    state.table.postpone(id,
                         now(self) + backoff_delay(attempt, state.config.retry_interval,
                                                   state.config.retry_limit, self->id() + attempt));
  }
  step_done(self, id);
}

/// Runs a step of our own in the view's turn.
void take_step(view_registry_ptr self, const view_id& id, std::function<void()> step) {
  ++self->state.placing;
  self->state.turns.take(id, std::move(step));
}

void place_step(view_registry_ptr self, const view_id& id, const placing_wish& wish) {
  take_step(self, id, [self, id, wish] {
    place(self, id, wish, [self, id](const result<view_assignment>& where) {
      if (where.ok())
        step_done(self, id);
      else
        step_failed(self, id, where.failure());
    });
  });
}

void end_step(view_registry_ptr self, const view_id& id) {
  take_step(self, id, [self, id] {
    end_view(self, id, [self, id](const result<void>& ended) {
      if (!ended.ok()) return step_failed(self, id, ended.failure());
      self->state.table.remove(id);
      forget_note(self, id);
      step_done(self, id);
    });
  });
}

bool may_start(view_registry_ptr self, const view_id& id) {
  const auto* view = self->state.table.find(id);
  return view != nullptr && !self->state.turns.busy(id) && view->due <= now(self);
}

/// SSPs whose views are to go elsewhere, and may.
std::vector<ssp_id> to_empty(const view_registry_state& state) {
  const bool elsewhere =
      std::any_of(state.present.begin(), state.present.end(),
                  [&](const ssp_id& id) { return !state.draining.contains(id); });
  if (!elsewhere) return {};
  return {state.draining.begin(), state.draining.end()};
}

}  // namespace

void place_waiting(view_registry_ptr self) {
  auto& state = self->state;
  // A step may fail at once and stall everything, or let another begin: looked at each time.
  const auto startable = [self](const view_id& id) {
    return !self->state.stalled && has_room(self->state) && may_start(self, id);
  };
  const auto limit = state.config.placing_at_once;
  if (state.present.empty()) return;
  for (const auto& id : state.table.waiting(limit, startable)) {
    if (!startable(id)) continue;
    const auto& view = *state.table.find(id);
    auto prefer = view.ssp_id;
    if (prefer.empty()) prefer = state.table.home_of_equal(*view.registration);
    place_step(self, id, {prefer, {}, false});
  }
  for (const auto& ssp_id : to_empty(state)) {
    for (const auto& id : state.table.on(ssp_id, limit, startable)) {
      if (!startable(id)) continue;
      const auto& view = *state.table.find(id)->registration;
      place_step(self, id, {state.table.home_of_equal(view, ssp_id), ssp_id, false});
    }
  }
  for (const auto& id : state.table.doomed(limit, startable))
    if (startable(id)) end_step(self, id);
}

// -- SSPs come and go ---------------------------------------------------------------------------

namespace {

/// Looks at the view when nothing else is under way for it.
void in_turn(view_registry_ptr self, const view_id& id, std::function<void()> look) {
  self->state.turns.take(id, [self, id, look = std::move(look)] {
    look();
    self->state.turns.done(id);
  });
}

/// An SSP came without a view that it had under this epoch.
void miss_held(view_registry_ptr self, const ssp_id& ssp_id, const view_id& id,
               placement_epoch epoch) {
  auto& table = self->state.table;
  const auto* view = table.find(id);
  if (view != nullptr && view->state == placement_state::placed && view->ssp_id == ssp_id &&
      view->epoch == epoch)
    table.displace(id, ssp_id);
}

/// An SSP holds a view: is that right?
void check_held(view_registry_ptr self, const ssp_id& ssp_id, const view_id& id) {
  auto& state = self->state;
  if (!state.present.contains(ssp_id)) return;
  const auto* view = state.table.find(id);
  if (view == nullptr) return remove_from(self, ssp_id, {id, state.epochs.next()});
  if (view->state == placement_state::placed && view->ssp_id != ssp_id)
    return let_go(self, ssp_id,
                  {{id, view->epoch - std::min<std::uint64_t>(view->epoch.raw(), 1)}, {}});
  // It has what nobody else has: it is asked first.
  if (view->state == placement_state::waiting && view->ssp_id.empty())
    state.table.displace(id, ssp_id);
}

}  // namespace

void ssp_ready(view_registry_ptr self, const ssp_id& ssp_id, const std::vector<view_id>& held) {
  auto& state = self->state;
  state.draining.erase(ssp_id);
  const bool joined = state.present.insert(ssp_id).second;
  const std::set<view_id> holds{held.begin(), held.end()};
  // What is under way for a view comes first: it may decide otherwise, and it may fail.
  for (const auto& id : state.table.on(ssp_id))
    if (!holds.contains(id))
      in_turn(self, id, [self, ssp_id, id, epoch = state.table.find(id)->epoch] {
        miss_held(self, ssp_id, id, epoch);
      });
  for (const auto& id : held)
    in_turn(self, id, [self, ssp_id, id] { check_held(self, ssp_id, id); });
  tell_load(self, ssp_id, false);
  state.stalled = false;
  place_waiting(self);
  if (!joined || state.rebalancing || state.config.rebalance_moves_per_sec == 0) return;
  state.rebalancing = true;
  self->delayed_send(self, rebalance_tick, rebalance_atom_v);
}

void ssp_gone(view_registry_ptr self, const ssp_id& ssp_id) {
  auto& state = self->state;
  state.present.erase(ssp_id);
  state.draining.erase(ssp_id);
  const auto views = state.table.on(ssp_id);
  if (!views.empty()) spdlog::info("{} views of SSP {} move", views.size(), ssp_id);
  for (const auto& id : views) state.table.displace(id, {});
  state.stalled = false;
  place_waiting(self);
}

void give_up_absent(view_registry_ptr self) {
  auto& state = self->state;
  if (now(self) - state.started_at <= state.config.grace) return;
  for (const auto& ssp_id : state.table.homes()) {
    if (state.present.contains(ssp_id)) continue;
    const auto views = state.table.on(ssp_id);
    spdlog::warn("SSP {} has not come back: its {} views move", ssp_id, views.size());
    for (const auto& id : views) state.table.displace(id, {});
  }
}

// -- leaving ------------------------------------------------------------------------------------

namespace {

drain_progress progress_of(const view_registry_state& state, const ssp_id& ssp_id,
                           const pool_roll& pool) {
  drain_progress progress;
  progress.views = state.table.count_on(ssp_id);
  const bool another = std::any_of(pool.begin(), pool.end(), [&](const link_status& link) {
    return link.id != ssp_id && link.state != link_state::draining;
  });
  if (!another) progress.obstacle = "no other SSP is in the pool";
  return progress;
}

}  // namespace

caf::result<drain_progress> drain(view_registry_ptr self, const ssp_id& ssp_id) {
  auto promise = self->make_response_promise<drain_progress>();
  const auto timeout = self->state.config.registration_timeout;
  const auto on_error = [promise](const caf::error& reason) mutable { promise.deliver(reason); };
  const auto on_pool = [self, ssp_id, promise](const pool_roll& pool) mutable {
    promise.deliver(progress_of(self->state, ssp_id, pool));
  };
  // The balancer has heard of it before the link answered: it is not picked any more.
  const auto on_draining = [self, ssp_id, timeout, on_pool, on_error](const ack&) {
    if (self->state.draining.insert(ssp_id).second)
      spdlog::info("SSP {} is drained of {} views", ssp_id, self->state.table.count_on(ssp_id));
    place_waiting(self);
    self->request(self->state.parts.balancer, timeout, pool_status_atom_v).then(on_pool, on_error);
  };
  self->request(self->state.parts.balancer, timeout, find_atom_v, ssp_id)
      .then(
          [self, timeout, on_draining, on_error](const spooky::ssp_id&, const std::string&,
                                                 const ssp_link_actor& link) {
            self->request(link, timeout, drain_link_atom_v).then(on_draining, on_error);
          },
          on_error);
  return promise;
}

caf::result<ack> leave(view_registry_ptr self, const ssp_id& ssp_id) {
  auto promise = self->make_response_promise<ack>();
  self->request(self->state.parts.balancer, self->state.config.registration_timeout, find_atom_v,
                ssp_id)
      .then(
          [self, promise](const spooky::ssp_id&, const std::string&,
                          const ssp_link_actor& link) mutable {
            self->send(link, leave_atom_v);
            promise.deliver(ack{});
          },
          [promise](const caf::error& reason) mutable { promise.deliver(reason); });
  return promise;
}

// -- balancing ----------------------------------------------------------------------------------

namespace {

std::vector<ssp_id> ready_ids(const pool_roll& pool) {
  std::vector<ssp_id> ids;
  for (const auto& link : pool)
    if (link.state == link_state::ready) ids.push_back(link.id);
  return ids;
}

/// Moves one query's views; the pause before the next step, in proportion to their number.
std::chrono::milliseconds move_some(view_registry_ptr self, const rebalance_move& move) {
  auto& state = self->state;
  for (const auto& id : move.views)
    if (!state.turns.busy(id)) place_step(self, id, {move.to, move.from, false});
  return std::chrono::milliseconds{1'000 * move.views.size() /
                                   state.config.rebalance_moves_per_sec};
}

void rebalance_over(view_registry_ptr self, const pool_roll& pool) {
  auto& state = self->state;
  // First things first: views without an SSP, and moves that are under way.
  if (state.table.status().waiting != 0 || !has_room(state)) {
    self->delayed_send(self, rebalance_tick, rebalance_atom_v);
    return;
  }
  const auto step = next_move(state.table, ready_ids(pool));
  if (!step) {
    // What is under way may still come to nothing.
    if (state.placing == 0)
      state.rebalancing = false;
    else
      self->delayed_send(self, rebalance_tick, rebalance_atom_v);
    return;
  }
  self->delayed_send(self, move_some(self, *step), rebalance_atom_v);
}

}  // namespace

void rebalance(view_registry_ptr self) {
  self->request(self->state.parts.balancer, self->state.config.registration_timeout,
                pool_status_atom_v)
      .then([self](const pool_roll& pool) { rebalance_over(self, pool); },
            [self](const caf::error&) { self->state.rebalancing = false; });
}

}  // namespace spooky::actors
