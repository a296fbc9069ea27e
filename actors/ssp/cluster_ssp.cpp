#include "actors/ssp/ssp.hpp"
#include "actors/ssp/ssp_views.hpp"
#include "machines/backoff.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

ssp_actor::behavior_type bootstrapping(ssp_ptr self);
ssp_actor::behavior_type ready(ssp_ptr self);
ssp_actor::behavior_type displaced(ssp_ptr self);
ssp_actor::behavior_type draining(ssp_ptr self);
ssp_actor::behavior_type left(ssp_ptr self);

void join(ssp_ptr self);
void enter_ready(ssp_ptr self, std::uint64_t round);
void join_failed(ssp_ptr self, const error& why);

caf::timestamp now(ssp_ptr self) { return caf::timestamp{self->clock().now().time_since_epoch()}; }

// -- heartbeats ---------------------------------------------------------------------------------

void rejoin(ssp_ptr self, std::string_view why) {
  spdlog::warn("bootstrapping again: {}", why);
  self->state.status.reason = why;
  self->become(bootstrapping(self));
  join(self);
}

/// Another process has taken our id. Two that registered by turns would end each other's links for
/// ever, so this one stands back for as long as the scheduler knows the other.
void stand_back(ssp_ptr self, const error& why) {
  auto& state = self->state;
  if (state.status.reason == why.message) return;
  spdlog::critical("not serving: {}", why.message);
  state.status.reason = why.message;
  state.log_id.clear();
  self->become(displaced(self));
}

void beat_refused(ssp_ptr self, const error& why, std::uint64_t round) {
  auto& state = self->state;
  // Said of a registration that has been replaced since.
  if (round != state.round) return;
  if (why.code == errc::not_found && !state.starting)
    return rejoin(self, "the scheduler forgot us");
  if (why.code == errc::already_exists && !state.starting) return stand_back(self, why);
  if (why.code == errc::conflict && !state.starting) {
    state.log_id.clear();
    return rejoin(self, "we fell behind");
  }
  if (std::exchange(state.status.scheduler_connected, false).value_or(false))
    spdlog::warn("the scheduler does not answer heartbeats: {}", why.message);
}

ssp_heartbeat present_state(ssp_ptr self) {
  const auto& state = self->state;
  const auto usage = state.parts.sample_usage();
  ssp_heartbeat heartbeat;
  heartbeat.id = state.config.id;
  heartbeat.views = state.views.size();
  heartbeat.cpu = usage.cpu;
  heartbeat.memory = usage.memory;
  heartbeat.applied = state.status.applied;
  heartbeat.instance = state.config.instance;
  return heartbeat;
}

/// Says that we live; `refused` hears of it if the scheduler sees that otherwise.
template <class Refused>
void send_beat(ssp_ptr self, Refused refused) {
  auto& state = self->state;
  self->request(state.parts.scheduler, state.config.request_timeout, heartbeat_atom_v,
                present_state(self))
      .then([self](const ack&) { self->state.status.scheduler_connected = true; },
            [refused](const caf::error& reason) { refused(from_caf(reason)); });
}

void beat(ssp_ptr self) {
  send_beat(self, [self, round = self->state.round](const error& why) {
    beat_refused(self, why, round);
  });
}

/// Says which views could not be restored, before the scheduler counts on them.
void tell_lost(ssp_ptr self, std::uint64_t round) {
  auto& state = self->state;
  auto heartbeat = present_state(self);
  heartbeat.lost = state.lost;
  self->request(state.parts.scheduler, state.config.request_timeout, heartbeat_atom_v,
                std::move(heartbeat))
      .then(
          [self, round](const ack&) {
            if (round != self->state.round) return;
            self->state.lost.clear();
            enter_ready(self, round);
          },
          [self, round](const caf::error& reason) {
            if (round == self->state.round) join_failed(self, from_caf(reason));
          });
}

void beat_again(ssp_ptr self) {
  beat(self);
  self->delayed_send(self, self->state.config.heartbeat_interval, send_heartbeat_atom_v);
}

// -- joining ------------------------------------------------------------------------------------

void join_failed(ssp_ptr self, const error& why) {
  auto& state = self->state;
  state.starting = false;
  if (state.attempts++ == 0)
    spdlog::warn("cannot join the scheduler yet: {}; retrying", why.message);
  state.status.reason = why.message;
  state.status.scheduler_connected = why.code == errc::not_ready;
  self->delayed_send(self,
                     backoff_delay(state.attempts, state.config.retry_initial,
                                   state.config.retry_limit, self->id() + state.attempts),
                     start_again_atom_v);
}

void enter_ready(ssp_ptr self, std::uint64_t round) {
  auto& state = self->state;
  if (round != state.round) return;
  if (!state.lost.empty()) return tell_lost(self, round);
  state.starting = false;
  state.attempts = 0;
  state.status.reason.clear();
  self->become(ready(self));
  spdlog::info("ready at seq {}", state.status.applied.raw());
  // The link polls our health when it hears from us, so replay starts at once.
  beat(self);
}

void restored(ssp_ptr self, const restore_outcome& outcome, const ssp_admission& admission,
              std::uint64_t round) {
  auto& state = self->state;
  if (round != state.round) return;
  state.log_id = admission.log_id;
  for (const auto& id : outcome.lost) state.views.drop(id);
  state.lost = outcome.lost;
  enter_ready(self, round);
}

void start_over(ssp_ptr self, const circuit_position& stated, const ssp_admission& admission,
                std::uint64_t round) {
  auto& state = self->state;
  state.log_id.clear();
  circuit_start start{admission.seq, std::nullopt};
  if (!admission.log_id.empty()) start.tables = stated.tables;
  self->request(state.parts.circuit, state.config.bootstrap_timeout, start_over_atom_v,
                std::move(start))
      .then([self, admission,
             round](const restore_outcome& outcome) { restored(self, outcome, admission, round); },
            [self, round](const caf::error& reason) {
              if (round == self->state.round) join_failed(self, from_caf(reason));
            });
}

void admitted(ssp_ptr self, const circuit_position& stated, const ssp_admission& admission,
              std::uint64_t round) {
  auto& state = self->state;
  if (round != state.round) return;
  state.status.scheduler_connected = true;
  state.status.applied = admission.seq;
  state.epoch = admission.epoch;
  if (!admission.resumed) {
    spdlog::info("joined the scheduler at seq {}", admission.seq.raw());
    return start_over(self, stated, admission, round);
  }
  spdlog::info("joined the scheduler again at seq {}, with everything we hold",
               admission.seq.raw());
  self->request(state.parts.circuit, state.config.request_timeout, resume_atom_v)
      .then([self, round](const ack&) { enter_ready(self, round); },
            [self, round](const caf::error& reason) {
              if (round == self->state.round) join_failed(self, from_caf(reason));
            });
}

void enroll(ssp_ptr self, const circuit_position& position, std::uint64_t round) {
  auto& state = self->state;
  // What a registration does not name as held is known not to be.
  state.lost.clear();
  ssp_registration who;
  who.id = state.config.id;
  who.url = state.config.url;
  who.version = state.config.version;
  who.views = state.views.ids();
  who.instance = state.config.instance;
  who.tables = position.tables;
  who.revision = position.revision;
  who.log_id = state.log_id;
  who.applied = position.applied;
  self->request(state.parts.scheduler, state.config.request_timeout, register_ssp_atom_v,
                std::move(who))
      .then([self, position,
             round](const ssp_admission& admission) { admitted(self, position, admission, round); },
            [self](const caf::error& reason) { join_failed(self, from_caf(reason)); });
}

void join(ssp_ptr self) {
  auto& state = self->state;
  if (std::exchange(state.starting, true)) return;
  const auto round = ++state.round;
  self->request(state.parts.circuit, state.config.bootstrap_timeout, join_atom_v)
      .then([self, round](const circuit_position& position) { enroll(self, position, round); },
            [self](const caf::error& reason) { join_failed(self, from_caf(reason)); });
}

// -- views --------------------------------------------------------------------------------------

/// The scheduler forgets the view too, and has it removed here.
void end_everywhere(ssp_ptr self, const view_id& id) {
  self->request(self->state.parts.scheduler, self->state.config.request_timeout,
                unregister_view_atom_v, id)
      .then([](const ack&) {},
            [self, id](const caf::error& reason) {
              const auto why = from_caf(reason);
              if (why.code != errc::not_found)
                return spdlog::warn("view {} has ended, but is not removed: {}", id, why.message);
              // Nobody but us knows of it: it was ended while we were away.
              self->state.views.drop(id);
              caf::anon_send(self->state.parts.circuit, unregister_view_atom_v, id);
            });
}

/// The database does not let us write this view any more.
void lose(ssp_ptr self, const view_claim& claim, bool deleted) {
  if (!self->state.views.concerns(claim)) return;
  spdlog::info("view {} is {}", claim.id,
               deleted ? "ended: its query record was deleted" : "kept by another SSP now");
  if (deleted) return end_everywhere(self, claim.id);
  self->state.views.drop(claim.id);
  caf::anon_send(self->state.parts.circuit, release_view_atom_v, claim.id);
}

void sweep(ssp_ptr self) {
  self->request(self->state.parts.edges, self->state.config.bootstrap_timeout, find_ended_atom_v)
      .then(
          [self](const std::vector<view_id>& expired) {
            for (const auto& id : expired) {
              if (!self->state.views.contains(id)) continue;
              spdlog::info("view {} ends: its time to live has passed, or its record is gone", id);
              end_everywhere(self, id);
            }
          },
          [](const caf::error&) {});
  self->delayed_send(self, self->state.config.sweep_interval, expire_views_atom_v);
}

caf::result<sequence_number> ingest(ssp_ptr self, const log_slice& slice) {
  if (slice.epoch != 0 && slice.epoch != self->state.epoch)
    return to_caf(fail(errc::not_ready, "these changes were sent for another registration"));
  auto promise = self->make_response_promise<sequence_number>();
  self->request(self->state.parts.circuit, self->state.config.bootstrap_timeout, ingest_log_atom_v,
                slice)
      .then(
          [self, promise](sequence_number applied) mutable {
            self->state.status.applied = applied;
            promise.deliver(applied);
          },
          [promise](const caf::error& reason) mutable { promise.deliver(reason); });
  return promise;
}

caf::result<ack> reset(ssp_ptr self) {
  auto promise = self->make_response_promise<ack>();
  self->state.views.clear();
  self->state.log_id.clear();
  self->request(self->state.parts.circuit, self->state.config.bootstrap_timeout, forget_all_atom_v)
      .then(
          [self, promise](const ack&) mutable {
            rejoin(self, "reset");
            promise.deliver(ack{});
          },
          [promise](const caf::error& reason) mutable { promise.deliver(reason); });
  return promise;
}

// -- leaving ------------------------------------------------------------------------------------

void have_left(ssp_ptr self) {
  spdlog::info("left the pool");
  self->state.drained.deliver(ack{});
}

void leave(ssp_ptr self) {
  auto& state = self->state;
  ++state.round;  // an answer to a registration that is under way is void
  self->become(left(self));
  self->request(state.parts.scheduler, state.config.request_timeout, leave_atom_v, state.config.id)
      .then([self](const ack&) { have_left(self); },
            [self](const caf::error& reason) {
              spdlog::warn("the scheduler was not told that we leave: {}",
                           from_caf(reason).message);
              have_left(self);
            });
}

/// Leaves when no view is left here, or when none will go.
void drained_so_far(ssp_ptr self, const drain_progress& progress) {
  if (progress.views != 0 && progress.obstacle.empty()) {
    self->delayed_send(self, self->state.config.drain_poll, drain_further_atom_v);
    return;
  }
  if (progress.views != 0)
    spdlog::warn("leaving with {} views: {}", progress.views, progress.obstacle);
  leave(self);
}

void drain_on(ssp_ptr self) {
  auto& state = self->state;
  const auto left_to_wait = state.drain_until - now(self);
  if (left_to_wait <= caf::timespan{0}) {
    spdlog::warn("leaving with views that did not move in time");
    return leave(self);
  }
  self->request(state.parts.scheduler, state.config.request_timeout, drain_ssp_atom_v,
                state.config.id)
      .then([self](const drain_progress& progress) { drained_so_far(self, progress); },
            [self](const caf::error& reason) {
              const auto why = from_caf(reason);
              // Unknown there: nobody counts on us.
              if (why.code == errc::not_found) return leave(self);
              spdlog::warn("cannot hand over views: {}", why.message);
              self->delayed_send(self, self->state.config.drain_poll, drain_further_atom_v);
            });
}

caf::result<ack> drain(ssp_ptr self, caf::timespan limit) {
  auto& state = self->state;
  spdlog::info("handing over {} views", state.views.size());
  state.drain_until = now(self) + limit;
  state.drained = self->make_response_promise<ack>();
  self->become(draining(self));
  drain_on(self);
  return state.drained;
}

/// Before it is ready an SSP has nothing to hand over.
caf::result<ack> leave_early(ssp_ptr self) {
  self->state.drained = self->make_response_promise<ack>();
  leave(self);
  return self->state.drained;
}

caf::error is_leaving() {
  return to_caf(fail(errc::not_ready, "this SSP is leaving; ask the scheduler for another"));
}

caf::error not_ready() {
  return to_caf(fail(errc::not_ready, "this SSP is bootstrapping; try again later"));
}

caf::error not_a_source() {
  return to_caf(fail(errc::invalid_argument,
                     "this SSP has a scheduler: send changes to the scheduler's /ingest"));
}

enum class idleness : std::uint8_t { joining, standing_back };

/// Takes no work, until it has joined or the other process with its id is gone.
ssp_actor::behavior_type idle(ssp_ptr self, idleness why) {
  return {
      [](ingest_log_atom, const log_slice&) -> caf::result<sequence_number> { return not_ready(); },
      [](register_view_atom, const registration_ptr&) -> caf::result<snapshot_result_ptr> {
        return not_ready();
      },
      [](unregister_view_atom, const view_claim&) -> caf::result<ack> { return not_ready(); },
      [](unregister_query_atom, const query_key&) -> caf::result<ack> { return not_ready(); },
      [self](release_view_atom, const view_claim& view) { return release_view(self, view); },
      [self, why](ssp_status_atom) {
        return status_in(self, why == idleness::joining ? "bootstrapping" : "failed");
      },
      [](reset_ssp_atom) { return ack{}; },
      [self](retire_atom, caf::timespan) { return leave_early(self); },
      [self](send_heartbeat_atom) { beat_again(self); },
      [self](expire_views_atom) { sweep(self); },
      [self, why](start_again_atom) {
        if (why == idleness::joining) join(self);
      },
      [](drain_further_atom) {},
      [](ingest_changes_atom, const change_batches&) -> caf::result<committed> {
        return not_a_source();
      },
      [](caught_up_atom) {},
      [](describe_table_atom, const std::string&, const value&) {},
      [](reload_all_atom, const std::string&) {},
      [](report_capture_atom, const capture_report&) {},
      [self](connected_atom) { self->state.status.database_connected = true; },
      [self](disconnected_atom, const std::string&) {
        self->state.status.database_connected = false;
      },
      [](live_fired_atom, const db_notification&) {},
      [self](fenced_atom, const view_claim& view, bool deleted) { lose(self, view, deleted); },
  };
}

ssp_actor::behavior_type bootstrapping(ssp_ptr self) { return idle(self, idleness::joining); }

ssp_actor::behavior_type displaced(ssp_ptr self) { return idle(self, idleness::standing_back); }

ssp_actor::behavior_type ready(ssp_ptr self) {
  return {
      [self](ingest_log_atom, const log_slice& slice) { return ingest(self, slice); },
      [self](register_view_atom, const registration_ptr& view) {
        return register_view(self, view);
      },
      [self](unregister_view_atom, const view_claim& view) { return unregister_view(self, view); },
      [self](unregister_query_atom, const query_key& query) {
        return unregister_query(self, query);
      },
      [self](release_view_atom, const view_claim& view) { return release_view(self, view); },
      [self](ssp_status_atom) { return status_in(self, "ready"); },
      [self](reset_ssp_atom) { return reset(self); },
      [self](retire_atom, caf::timespan limit) { return drain(self, limit); },
      [self](send_heartbeat_atom) { beat_again(self); },
      [self](expire_views_atom) { sweep(self); },
      [](start_again_atom) {},
      [](drain_further_atom) {},
      [](ingest_changes_atom, const change_batches&) -> caf::result<committed> {
        return not_a_source();
      },
      [](caught_up_atom) {},
      [](describe_table_atom, const std::string&, const value&) {},
      [](reload_all_atom, const std::string&) {},
      [](report_capture_atom, const capture_report&) {},
      [self](connected_atom) { self->state.status.database_connected = true; },
      [self](disconnected_atom, const std::string&) {
        self->state.status.database_connected = false;
      },
      [](live_fired_atom, const db_notification&) {},
      [self](fenced_atom, const view_claim& view, bool deleted) { lose(self, view, deleted); },
  };
}

/// As Ready, but for new views; and it does not join again.
ssp_actor::behavior_type draining(ssp_ptr self) {
  return {
      [self](ingest_log_atom, const log_slice& slice) { return ingest(self, slice); },
      [](register_view_atom, const registration_ptr&) -> caf::result<snapshot_result_ptr> {
        return is_leaving();
      },
      [self](unregister_view_atom, const view_claim& view) { return unregister_view(self, view); },
      [self](unregister_query_atom, const query_key& query) {
        return unregister_query(self, query);
      },
      [self](release_view_atom, const view_claim& view) { return release_view(self, view); },
      [self](ssp_status_atom) { return status_in(self, "draining"); },
      [](reset_ssp_atom) -> caf::result<ack> { return is_leaving(); },
      [](retire_atom, caf::timespan) -> caf::result<ack> { return is_leaving(); },
      [self](send_heartbeat_atom) {
        send_beat(self, [](const error&) {});
        self->delayed_send(self, self->state.config.heartbeat_interval, send_heartbeat_atom_v);
      },
      [](expire_views_atom) {},
      [](start_again_atom) {},
      [self](drain_further_atom) { drain_on(self); },
      [](ingest_changes_atom, const change_batches&) -> caf::result<committed> {
        return not_a_source();
      },
      [](caught_up_atom) {},
      [](describe_table_atom, const std::string&, const value&) {},
      [](reload_all_atom, const std::string&) {},
      [](report_capture_atom, const capture_report&) {},
      [](connected_atom) {},
      [](disconnected_atom, const std::string&) {},
      [](live_fired_atom, const db_notification&) {},
      [self](fenced_atom, const view_claim& view, bool deleted) { lose(self, view, deleted); },
  };
}

/// Out of the pool: waits for the process to end.
ssp_actor::behavior_type left(ssp_ptr self) {
  return {
      [](ingest_log_atom, const log_slice&) -> caf::result<sequence_number> {
        return is_leaving();
      },
      [](register_view_atom, const registration_ptr&) -> caf::result<snapshot_result_ptr> {
        return is_leaving();
      },
      [](unregister_view_atom, const view_claim&) -> caf::result<ack> { return is_leaving(); },
      [](unregister_query_atom, const query_key&) -> caf::result<ack> { return is_leaving(); },
      [](release_view_atom, const view_claim&) { return ack{}; },
      [self](ssp_status_atom) { return status_in(self, "left"); },
      [](reset_ssp_atom) -> caf::result<ack> { return is_leaving(); },
      [](retire_atom, caf::timespan) { return ack{}; },
      [](send_heartbeat_atom) {},
      [](expire_views_atom) {},
      [](start_again_atom) {},
      [](drain_further_atom) {},
      [](ingest_changes_atom, const change_batches&) -> caf::result<committed> {
        return not_a_source();
      },
      [](caught_up_atom) {},
      [](describe_table_atom, const std::string&, const value&) {},
      [](reload_all_atom, const std::string&) {},
      [](report_capture_atom, const capture_report&) {},
      [](connected_atom) {},
      [](disconnected_atom, const std::string&) {},
      [](live_fired_atom, const db_notification&) {},
      [](fenced_atom, const view_claim&, bool) {},
  };
}

}  // namespace

ssp_actor::behavior_type cluster_ssp(ssp_ptr self, ssp_parts parts, ssp_config config) {
  self->state.parts = std::move(parts);
  self->state.config = std::move(config);
  self->state.status.scheduler_connected = false;
  self->send(self->state.parts.database, follow_database_atom_v, database_listener{self});
  self->send(self->state.parts.edges, follow_ownership_atom_v, ownership_listener{self});
  self->delayed_send(self, self->state.config.heartbeat_interval, send_heartbeat_atom_v);
  self->delayed_send(self, self->state.config.sweep_interval, expire_views_atom_v);
  join(self);
  return bootstrapping(self);
}

}  // namespace spooky::actors
