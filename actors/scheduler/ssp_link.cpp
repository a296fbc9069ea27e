#include "actors/scheduler/ssp_link.hpp"

#include "machines/backoff.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

ssp_link_actor::behavior_type bootstrapping(ssp_link_ptr self);
ssp_link_actor::behavior_type delivering(ssp_link_ptr self);
ssp_link_actor::behavior_type overflowed(ssp_link_ptr self);

caf::timestamp now(ssp_link_ptr self) {
  return caf::timestamp{self->clock().now().time_since_epoch()};
}

void report(ssp_link_ptr self) {
  auto& state = self->state;
  state.status.buffered = state.queue.changes();
  self->send(state.parts.coordinator, notify_atom_v, state.status, ssp_link_actor{self});
  self->send(state.parts.balancer, notify_atom_v, state.status, ssp_link_actor{self});
}

void enter(ssp_link_ptr self, link_state next) {
  spdlog::info("SSP {}: {} -> {}", self->state.status.id, to_string(self->state.status.state),
               to_string(next));
  self->state.status.state = next;
  report(self);
}

void leave(ssp_link_ptr self, std::string_view why) {
  spdlog::warn("SSP {} is gone: {}", self->state.status.id, why);
  enter(self, link_state::gone);
  self->send(self->state.parts.registry, gone_atom_v, self->state.status.id);
  self->quit();
}

void overflow(ssp_link_ptr self, std::string_view why) {
  spdlog::warn("SSP {} must bootstrap again: {}", self->state.status.id, why);
  enter(self, link_state::overflowed);
  self->become(overflowed(self));
}

caf::error not_ready(ssp_link_ptr self) {
  return to_caf(fail(errc::not_ready, "SSP " + self->state.status.id + " is " +
                                          std::string{to_string(self->state.status.state)} +
                                          "; try again later"));
}

// -- delivery -----------------------------------------------------------------------------------

/// Sends what is next, unless a delivery is under way. Log without a change for a Ready SSP waits
/// a moment for more, so that it costs few and small requests; `even_quiet` sends that, too.
void pump(ssp_link_ptr self, bool even_quiet = false);

void delivered(ssp_link_ptr self, sequence_number applied) {
  auto& state = self->state;
  state.in_flight = false;
  state.failures = 0;
  state.status.acked = std::max(state.status.acked, applied);
  state.queue.acknowledge(applied);
  if (state.status.state == link_state::replaying && state.queue.empty()) {
    enter(self, link_state::ready);
    self->send(state.parts.registry, ready_atom_v, state.status.id, state.held);
  }
  pump(self);
}

void delivery_failed(ssp_link_ptr self, const error& reason) {
  auto& state = self->state;
  state.in_flight = false;
  if (reason.code == errc::conflict) return overflow(self, reason.message);
  if (state.failures++ == 0)
    spdlog::warn("SSP {} does not take changes: {}; retrying", state.status.id, reason.message);
  const auto pause = backoff_delay(state.failures, std::chrono::milliseconds{50},
                                   std::chrono::milliseconds{2'000}, self->id() + state.failures);
  state.resume_at = now(self) + pause;
  self->delayed_send(self, pause, poll_atom_v, state.failures);
}

void pump(ssp_link_ptr self, bool even_quiet) {
  auto& state = self->state;
  if (state.in_flight || state.queue.empty() || now(self) < state.resume_at) return;
  if (state.queue.quiet() && !even_quiet && state.status.state == link_state::ready) {
    if (!std::exchange(state.flush_due, true))
      self->delayed_send(self, state.config.quiet_interval, flush_atom_v);
    return;
  }
  auto slice = state.queue.front(state.config.batch_changes);
  slice.epoch = state.status.epoch;
  state.in_flight = true;
  state.status.sent = slice.last;
  self->request(state.parts.peer, state.config.delivery_timeout, deliver_atom_v, slice)
      .then([self](sequence_number applied) { delivered(self, applied); },
            [self](const caf::error& reason) { delivery_failed(self, from_caf(reason)); });
}

void flush(ssp_link_ptr self) {
  self->state.flush_due = false;
  pump(self, true);
}

/// Its views move away; until they have, it is kept up to date.
caf::result<ack> drain(ssp_link_ptr self) {
  if (self->state.status.state == link_state::ready) enter(self, link_state::draining);
  if (self->state.status.state == link_state::draining) return ack{};
  return not_ready(self);
}

/// A stretch of the log for an SSP that cannot take it yet.
void buffer(ssp_link_ptr self, const log_slice& slice) {
  if (!self->state.queue.push(slice))
    overflow(self, "more than " + std::to_string(self->state.config.max_buffered) +
                       " changes wait for it");
}

caf::result<sequence_number> take_interest(ssp_link_ptr self, const ssp_interest& interest) {
  auto& state = self->state;
  if (interest.revision <= state.revision)
    return to_caf(fail(errc::conflict, "SSP " + interest.id +
                                           " has stated a newer interest than revision " +
                                           std::to_string(interest.revision)));
  state.revision = interest.revision;
  state.queue.narrow(interest.tables);
  return state.queue.last();
}

// -- upkeep -------------------------------------------------------------------------------------

caf::result<ack> beat(ssp_link_ptr self, const ssp_heartbeat& heartbeat) {
  for (const auto& lost : heartbeat.lost) std::erase(self->state.held, lost);
  auto& status = self->state.status;
  status.last_heartbeat = now(self);
  status.cpu = heartbeat.cpu;
  status.memory = heartbeat.memory;
  status.views = heartbeat.views;
  if (status.state == link_state::overflowed)
    return to_caf(fail(errc::conflict, "SSP " + status.id + " fell behind; bootstrap again"));
  return ack{};
}

/// A scheduler that was stopped, or starved, has heard nobody: that is not held against the SSP.
void excuse_own_absence(ssp_link_ptr self) {
  auto& state = self->state;
  const auto late = now(self) - state.ticked_at - state.config.poll_interval;
  state.ticked_at = now(self);
  // Lesser delays are what the time-outs have their margin for.
  if (late <= state.config.heartbeat_timeout / 4) return;
  state.status.last_heartbeat = std::min(state.status.last_heartbeat + late, now(self));
  state.joined_at = std::min(state.joined_at + late, now(self));
}

caf::timespan silence(ssp_link_ptr self) { return now(self) - self->state.status.last_heartbeat; }

bool silent(ssp_link_ptr self) { return silence(self) > self->state.config.heartbeat_timeout; }

/// Silent for so long that it is worth asking whether its process is still there.
bool overdue(ssp_link_ptr self) { return silence(self) > self->state.config.heartbeat_timeout / 2; }

void tick_again(ssp_link_ptr self) {
  self->delayed_send(self, self->state.config.poll_interval, poll_atom_v, 0u);
}

/// Looks again at the very moment at which the SSP would be overdue or silent for too long.
void tick_by_silence(ssp_link_ptr self) {
  constexpr caf::timespan soonest = std::chrono::milliseconds{10};
  const auto& config = self->state.config;
  const caf::timespan limit =
      overdue(self) ? config.heartbeat_timeout : config.heartbeat_timeout / 2;
  const caf::timespan longest =
      overdue(self) ? std::min<caf::timespan>(config.poll_interval, config.heartbeat_timeout / 8)
                    : config.poll_interval;
  const auto left = limit - silence(self) + std::chrono::milliseconds{1};
  self->delayed_send(self, std::clamp<caf::timespan>(left, soonest, std::max(longest, soonest)),
                     poll_atom_v, 0u);
}

/// An SSP that misses heartbeats and cannot be connected to either, twice in a row, has ended: its
/// views need not wait for the rest of the time-out. One that is merely slow answers late.
void look_for_process(ssp_link_ptr self) {
  constexpr unsigned enough = 2;
  if (!overdue(self)) {
    self->state.unreachable = 0;
    return;
  }
  self->request(self->state.parts.peer, self->state.config.poll_interval, health_atom_v)
      .then([self](const ssp_health&) { self->state.unreachable = 0; },
            [self](const caf::error& reason) {
              auto& state = self->state;
              const bool gone = from_caf(reason).code == errc::unavailable && overdue(self);
              state.unreachable = gone ? state.unreachable + 1 : 0;
              if (state.unreachable >= enough && state.status.state != link_state::gone)
                leave(self, "its heartbeat is overdue and nothing answers at its address");
            });
}

void replay(ssp_link_ptr self) {
  if (self->state.in_flight) return;
  if (self->state.queue.empty()) return delivered(self, self->state.status.acked);
  pump(self);
}

void begin_replay(ssp_link_ptr self) {
  enter(self, link_state::replaying);
  self->become(delivering(self));
  replay(self);
}

/// Asks the SSP whether its bootstrap is complete.
void poll_health(ssp_link_ptr self) {
  self->request(self->state.parts.peer, self->state.config.poll_interval, health_atom_v)
      .then(
          [self](const ssp_health& health) {
            if (self->state.status.state != link_state::bootstrapping) return;
            if (health.failed) return leave(self, "its bootstrap failed: " + health.reason);
            if (health.ready) begin_replay(self);
          },
          // Not listening yet, or busy: the bootstrap time limit decides.
          [](const caf::error&) {});
}

void bootstrap_tick(ssp_link_ptr self) {
  excuse_own_absence(self);
  if (now(self) - self->state.joined_at > self->state.config.bootstrap_timeout)
    return leave(self, "its bootstrap took longer than bootstrap_timeout_secs");
  poll_health(self);
  tick_again(self);
}

// -- behaviours ---------------------------------------------------------------------------------

ssp_link_actor::behavior_type bootstrapping(ssp_link_ptr self) {
  return {
      [self](durable_atom, const log_slice& slice) { buffer(self, slice); },
      [self](heartbeat_atom, const ssp_heartbeat& heartbeat) {
        // An SSP that has just become ready says so with a heartbeat: no need to wait for the poll.
        poll_health(self);
        return beat(self, heartbeat);
      },
      [self](register_atom, const registration_ptr&) -> caf::result<value> {
        return not_ready(self);
      },
      [self](unregister_atom, const view_claim&) -> caf::result<ack> { return not_ready(self); },
      [self](release_atom, const view_claim&) -> caf::result<ack> { return not_ready(self); },
      [self](drain_atom) { return drain(self); },
      [self](leave_atom) { leave(self, "it has left the pool"); },
      [self](status_atom) { return self->state.status; },
      [self](stop_atom) { self->quit(); },
      [self](poll_atom, unsigned) { bootstrap_tick(self); },
      [](flush_atom) {},
      [self](interest_atom, const ssp_interest& interest) { return take_interest(self, interest); },
  };
}

ssp_link_actor::behavior_type delivering(ssp_link_ptr self) {
  return {
      [self](durable_atom, const log_slice& slice) {
        buffer(self, slice);
        pump(self);
      },
      [self](heartbeat_atom, const ssp_heartbeat& heartbeat) {
        auto answer = beat(self, heartbeat);
        report(self);
        return answer;
      },
      [self](register_atom, const registration_ptr& view) -> caf::result<value> {
        if (self->state.status.state != link_state::ready) return not_ready(self);
        return self->delegate(self->state.parts.peer, register_atom_v, view);
      },
      [self](unregister_atom, const view_claim& view) -> caf::result<ack> {
        return self->delegate(self->state.parts.peer, unregister_atom_v, view);
      },
      [self](release_atom, const view_claim& view) -> caf::result<ack> {
        return self->delegate(self->state.parts.peer, release_atom_v, view);
      },
      [self](drain_atom) { return drain(self); },
      [self](leave_atom) { leave(self, "it has left the pool"); },
      [self](status_atom) { return self->state.status; },
      [self](stop_atom) { self->quit(); },
      [self](poll_atom, unsigned attempt) {
        if (attempt != 0) return attempt == self->state.failures ? pump(self) : void();
        excuse_own_absence(self);
        if (silent(self)) return leave(self, "no heartbeat within heartbeat_timeout_ms");
        look_for_process(self);
        if (self->state.status.state == link_state::replaying)
          replay(self);
        else
          // What came while a pause was kept has no timer of its own.
          pump(self);
        report(self);
        tick_by_silence(self);
      },
      [self](flush_atom) { flush(self); },
      [self](interest_atom, const ssp_interest& interest) {
        auto from = take_interest(self, interest);
        // The SSP waits for what it asks for: what has been held back goes at once.
        pump(self, true);
        return from;
      },
  };
}

ssp_link_actor::behavior_type overflowed(ssp_link_ptr self) {
  return {
      [](durable_atom, const log_slice&) {},
      [self](heartbeat_atom, const ssp_heartbeat& heartbeat) { return beat(self, heartbeat); },
      [self](register_atom, const registration_ptr&) -> caf::result<value> {
        return not_ready(self);
      },
      [self](unregister_atom, const view_claim&) -> caf::result<ack> { return not_ready(self); },
      [self](release_atom, const view_claim&) -> caf::result<ack> { return not_ready(self); },
      [self](drain_atom) { return drain(self); },
      [self](leave_atom) { leave(self, "it has left the pool"); },
      [self](status_atom) { return self->state.status; },
      [self](stop_atom) { self->quit(); },
      [self](poll_atom, unsigned attempt) {
        if (attempt != 0) return;
        excuse_own_absence(self);
        if (silent(self)) return leave(self, "it fell behind and sends no heartbeats");
        look_for_process(self);
        tick_by_silence(self);
      },
      [](flush_atom) {},
      [self](interest_atom, const ssp_interest&) -> caf::result<sequence_number> {
        return not_ready(self);
      },
  };
}

}  // namespace

ssp_link_actor::behavior_type ssp_link(ssp_link_ptr self, ssp_link_parts parts,
                                       ssp_link_config config, const ssp_registration& who,
                                       const ssp_admission& admission,
                                       const std::vector<log_slice>& since) {
  auto& state = self->state;
  state.parts = std::move(parts);
  state.config = config;
  state.queue = delivery_queue{config.max_buffered, admission.seq};
  state.queue.narrow(who.tables);
  state.revision = who.revision;
  state.held = who.views;
  state.status.id = who.id;
  state.status.url = who.url;
  state.status.epoch = admission.epoch;
  state.status.sent = state.status.acked = admission.seq;
  if (admission.resumed) state.status.state = link_state::replaying;
  state.joined_at = state.ticked_at = state.status.last_heartbeat = now(self);
  report(self);
  // Not at once: the SSP first has to read the answer to its registration.
  constexpr std::chrono::milliseconds pause{50};
  state.resume_at = state.joined_at + pause;
  self->delayed_send(self, pause, poll_atom_v, 0u);
  for (const auto& slice : since) {
    if (state.queue.push(slice)) continue;
    // More than fits came while its snapshot was made: it can never be told all of it.
    enter(self, link_state::overflowed);
    return overflowed(self);
  }
  return admission.resumed ? delivering(self) : bootstrapping(self);
}

}  // namespace spooky::actors
