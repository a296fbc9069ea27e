#include "actors/backoff.hpp"
#include "actors/ssp/ssp.hpp"
#include "actors/ssp/ssp_views.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

ssp_actor::behavior_type bootstrapping(ssp_ptr self);
ssp_actor::behavior_type ready(ssp_ptr self);

void join(ssp_ptr self);

// -- heartbeats ---------------------------------------------------------------------------------

void rejoin(ssp_ptr self, std::string_view why) {
  spdlog::warn("bootstrapping again: {}", why);
  self->state.status.reason = why;
  self->become(bootstrapping(self));
  join(self);
}

void beat_refused(ssp_ptr self, const error& why, std::uint64_t round) {
  auto& state = self->state;
  // Said of a registration that has been replaced since.
  if (round != state.round) return;
  if (why.code == errc::not_found && !state.starting)
    return rejoin(self, "the scheduler forgot us");
  if (why.code == errc::conflict && !state.starting) return rejoin(self, "we fell behind");
  if (std::exchange(state.status.scheduler_connected, false).value_or(false))
    spdlog::warn("the scheduler does not answer heartbeats: {}", why.message);
}

void beat(ssp_ptr self) {
  auto& state = self->state;
  const auto usage = state.parts.sample_usage();
  ssp_heartbeat heartbeat{state.config.id, state.views.size(), usage.cpu, usage.memory,
                          state.status.applied};
  self->request(state.parts.scheduler, state.config.request_timeout, heartbeat_atom_v,
                std::move(heartbeat))
      .then([self](const ack&) { self->state.status.scheduler_connected = true; },
            [self, round = state.round](const caf::error& reason) {
              beat_refused(self, from_caf(reason), round);
            });
}

void beat_again(ssp_ptr self) {
  beat(self);
  self->delayed_send(self, self->state.config.heartbeat_interval, heartbeat_atom_v);
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
                     retry_atom_v);
}

void joined(ssp_ptr self, std::uint64_t round) {
  auto& state = self->state;
  if (round != state.round) return;
  state.starting = false;
  state.attempts = 0;
  state.status.reason.clear();
  self->become(ready(self));
  spdlog::info("ready at seq {}", state.status.applied);
  // The link polls our health when it hears from us, so replay starts at once.
  beat(self);
}

void bootstrap(ssp_ptr self, sequence_number seq, std::uint64_t round) {
  auto& state = self->state;
  if (round != state.round) return;
  state.status.scheduler_connected = true;
  state.status.applied = seq;
  spdlog::info("joined the scheduler at seq {}", seq);
  self->request(state.parts.circuit, state.config.bootstrap_timeout, reset_atom_v, seq)
      .then([self, round](const ack&) { joined(self, round); },
            [self, round](const caf::error& reason) {
              if (round == self->state.round) join_failed(self, from_caf(reason));
            });
}

void join(ssp_ptr self) {
  auto& state = self->state;
  if (std::exchange(state.starting, true)) return;
  const auto round = ++state.round;
  ssp_registration who{state.config.id, state.config.url, state.config.version, state.views};
  self->request(state.parts.scheduler, state.config.request_timeout, register_atom_v, who)
      .then([self, round](sequence_number seq) { bootstrap(self, seq, round); },
            [self](const caf::error& reason) { join_failed(self, from_caf(reason)); });
}

// -- views --------------------------------------------------------------------------------------

void sweep(ssp_ptr self) {
  self->request(self->state.parts.edges, self->state.config.bootstrap_timeout, sweep_atom_v)
      .then(
          [self](const std::vector<std::string>& expired) {
            for (const auto& id : expired) {
              if (std::find(self->state.views.begin(), self->state.views.end(), id) ==
                  self->state.views.end())
                continue;
              spdlog::info("view {} has passed its time to live", id);
              self->request(self->state.parts.scheduler, self->state.config.request_timeout,
                            unregister_atom_v, id)
                  .then([](const ack&) {},
                        [id](const caf::error& reason) {
                          spdlog::warn("expired view {} not removed: {}", id,
                                       from_caf(reason).message);
                        });
            }
          },
          [](const caf::error&) {});
  self->delayed_send(self, self->state.config.sweep_interval, sweep_atom_v);
}

caf::result<sequence_number> ingest(ssp_ptr self, const log_slice& slice) {
  auto promise = self->make_response_promise<sequence_number>();
  self->request(self->state.parts.circuit, self->state.config.bootstrap_timeout, ingest_atom_v,
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
  self->request(self->state.parts.circuit, self->state.config.bootstrap_timeout, reset_atom_v)
      .then(
          [self, promise](const ack&) mutable {
            rejoin(self, "reset");
            promise.deliver(ack{});
          },
          [promise](const caf::error& reason) mutable { promise.deliver(reason); });
  return promise;
}

caf::error not_ready() {
  return to_caf(fail(errc::not_ready, "this SSP is bootstrapping; try again later"));
}

caf::error not_a_source() {
  return to_caf(fail(errc::invalid_argument,
                     "this SSP has a scheduler: send changes to the scheduler's /ingest"));
}

ssp_actor::behavior_type bootstrapping(ssp_ptr self) {
  return {
      [](ingest_atom, const log_slice&) -> caf::result<sequence_number> { return not_ready(); },
      [](register_atom, const registration_ptr&) -> caf::result<snapshot_result_ptr> {
        return not_ready();
      },
      [](unregister_atom, const std::string&) -> caf::result<ack> { return not_ready(); },
      [self](status_atom) { return status_in(self, "bootstrapping"); },
      [](reset_atom) { return ack{}; },
      [self](heartbeat_atom) { beat_again(self); },
      [self](sweep_atom) { sweep(self); },
      [self](retry_atom) { join(self); },
      [](ingest_atom, const change_batches&) -> caf::result<committed> { return not_a_source(); },
      [](caught_up_atom) {},
      [](notify_atom, const std::string&, const value&) {},
      [self](connected_atom) { self->state.status.database_connected = true; },
      [self](disconnected_atom, const std::string&) {
        self->state.status.database_connected = false;
      },
      [](notify_atom, const db_notification&) {},
  };
}

ssp_actor::behavior_type ready(ssp_ptr self) {
  return {
      [self](ingest_atom, const log_slice& slice) { return ingest(self, slice); },
      [self](register_atom, const registration_ptr& view) { return register_view(self, view); },
      [self](unregister_atom, const std::string& id) { return unregister_view(self, id); },
      [self](status_atom) { return status_in(self, "ready"); },
      [self](reset_atom) { return reset(self); },
      [self](heartbeat_atom) { beat_again(self); },
      [self](sweep_atom) { sweep(self); },
      [](retry_atom) {},
      [](ingest_atom, const change_batches&) -> caf::result<committed> { return not_a_source(); },
      [](caught_up_atom) {},
      [](notify_atom, const std::string&, const value&) {},
      [self](connected_atom) { self->state.status.database_connected = true; },
      [self](disconnected_atom, const std::string&) {
        self->state.status.database_connected = false;
      },
      [](notify_atom, const db_notification&) {},
  };
}

}  // namespace

ssp_actor::behavior_type cluster_ssp(ssp_ptr self, ssp_parts parts, ssp_config config) {
  self->state.parts = std::move(parts);
  self->state.config = std::move(config);
  self->state.status.scheduler_connected = false;
  self->send(self->state.parts.database, subscribe_atom_v, database_listener{self});
  self->delayed_send(self, self->state.config.heartbeat_interval, heartbeat_atom_v);
  self->delayed_send(self, self->state.config.sweep_interval, sweep_atom_v);
  join(self);
  return bootstrapping(self);
}

}  // namespace spooky::actors
