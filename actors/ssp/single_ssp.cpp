#include "actors/database_query.hpp"
#include "actors/ssp/ssp.hpp"
#include "actors/ssp/ssp_views.hpp"
#include "machines/backoff.hpp"
#include "machines/capture/change_feed.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

ssp_actor::behavior_type starting(ssp_ptr self);
ssp_actor::behavior_type ready(ssp_ptr self);

/// Seqs of a single SSP start at its start time, in 1/1024 ms: they rise over restarts although
/// nothing is logged, as versions must, and stay below 2^53, which JavaScript needs.
sequence_number first_seq(std::chrono::milliseconds since_epoch) {
  return sequence_number{static_cast<std::uint64_t>(since_epoch.count()) * 1024};
}

// -- starting -----------------------------------------------------------------------------------

void start_failed(ssp_ptr self, const error& why) {
  auto& state = self->state;
  state.starting = false;
  if (state.attempts++ == 0) spdlog::warn("cannot start yet: {}; retrying", why.message);
  state.status.reason = why.message;
  self->delayed_send(self,
                     backoff_delay(state.attempts, state.config.retry_initial,
                                   state.config.retry_limit, self->id() + state.attempts),
                     start_again_atom_v);
}

void become_ready(ssp_ptr self) {
  auto& state = self->state;
  state.starting = false;
  state.attempts = 0;
  state.status.reason.clear();
  spdlog::info("ready with {} views", state.views.size());
  self->become(ready(self));
}

void restore_next(ssp_ptr self);

void restored(ssp_ptr self) {
  --self->state.restoring;
  restore_next(self);
}

void restore_next(ssp_ptr self) {
  auto& state = self->state;
  while (state.restoring < state.config.restoring_at_once && !state.to_restore.empty()) {
    const auto view = state.to_restore.back();
    state.to_restore.pop_back();
    ++state.restoring;
    self->request(state.parts.circuit, state.config.bootstrap_timeout, register_view_atom_v, view)
        .then(
            [self, view](const snapshot_result_ptr&) {
              self->state.views.admit(*view);
              restored(self);
            },
            [self, id = view->id](const caf::error& reason) {
              spdlog::error("view {} could not be restored: {}", id, from_caf(reason).message);
              restored(self);
            });
  }
  if (state.restoring == 0 && state.to_restore.empty() && state.starting) become_ready(self);
}

void restore(ssp_ptr self) {
  self->request(self->state.parts.edges, self->state.config.bootstrap_timeout, restore_atom_v)
      .then(
          [self](const registrations& views) {
            if (!views.empty()) spdlog::info("restoring {} views", views.size());
            self->state.to_restore = views;
            restore_next(self);
          },
          [self](const caf::error& reason) { start_failed(self, from_caf(reason)); });
}

/// The capture starts at the database's present moment; the circuit at a seq above all earlier
/// ones.
void start_at(ssp_ptr self, std::chrono::milliseconds database_time) {
  auto& state = self->state;
  state.next = std::max(state.next, first_seq(database_time));
  self->request(state.parts.circuit, state.config.bootstrap_timeout, start_over_atom_v,
                circuit_start{state.next, std::nullopt})
      .then(
          [self, database_time](const restore_outcome&) {
            self->state.status.applied = self->state.next;
            self->send(self->state.parts.capture, start_capture_atom_v,
                       feed_start{stamp_at(database_time), {}, {}, {}}, change_sink{self});
            restore(self);
          },
          [self](const caf::error& reason) { start_failed(self, from_caf(reason)); });
}

void start(ssp_ptr self) {
  auto& state = self->state;
  if (!state.status.database_connected || std::exchange(state.starting, true)) return;
  ask_database(self, state.parts.database, read_clock{}, state.config.request_timeout,
               [self](const result<std::chrono::milliseconds>& now) {
                 if (!now.ok()) return start_failed(self, now.failure());
                 start_at(self, *now);
               });
}

// -- working ------------------------------------------------------------------------------------

/// Somebody deleted the query record, or another SSP writes to this database.
void lose(ssp_ptr self, const view_claim& claim, bool deleted) {
  if (!self->state.views.concerns(claim)) return;
  spdlog::warn("view {} is {}", claim.id,
               deleted ? "ended: its query record was deleted" : "written by another SSP");
  self->state.views.drop(claim.id);
  caf::anon_send(self->state.parts.circuit, release_view_atom_v, claim.id);
}

/// Gives the batches their seqs, in order, as the log would.
log_slice number(ssp_state& state, change_batches batches) {
  log_slice slice;
  slice.first = state.next + 1;
  for (auto& batch : batches)
    for (auto& c : batch.changes) c.seq = ++state.next;
  slice.last = state.next;
  slice.batches = std::make_shared<const change_batches>(std::move(batches));
  return slice;
}

caf::result<committed> take(ssp_ptr self, change_batches& batches) {
  auto& state = self->state;
  const auto slice = number(state, std::move(batches));
  if (slice.span() == 0) return committed{1, 0};
  if (state.parts.jobs) self->send(state.parts.jobs, durable_atom_v, slice);
  auto promise = self->make_response_promise<committed>();
  self->request(state.parts.circuit, state.config.bootstrap_timeout, ingest_log_atom_v, slice)
      .then(
          [self, promise,
           place = committed{slice.first, slice.last}](sequence_number applied) mutable {
            self->state.status.applied = applied;
            promise.deliver(place);
          },
          [promise](const caf::error& reason) mutable { promise.deliver(reason); });
  return promise;
}

/// Changes were missed, and without a replica nobody can say which: the circuit loads its tables
/// again and the views follow with the difference.
void start_over(ssp_ptr self, const std::string& why) {
  auto& state = self->state;
  spdlog::warn("{}: loading all tables again", why);
  self->request(state.parts.circuit, state.config.bootstrap_timeout, start_over_atom_v,
                circuit_start{state.next, std::nullopt})
      .then(
          [self](const restore_outcome& outcome) {
            for (const auto& id : outcome.lost) self->state.views.drop(id);
          },
          [](const caf::error& reason) {
            spdlog::error("tables could not be loaded again: {}", from_caf(reason).message);
          });
}

void sweep(ssp_ptr self) {
  self->request(self->state.parts.edges, self->state.config.bootstrap_timeout, find_ended_atom_v)
      .then(
          [self](const std::vector<view_id>& expired) {
            for (const auto& id : expired) {
              spdlog::info("view {} ends: its time to live has passed, or its record is gone", id);
              self->state.views.drop(id);
              self->request(self->state.parts.circuit, self->state.config.request_timeout,
                            unregister_view_atom_v, id)
                  .then([](const ack&) {}, [](const caf::error&) {});
            }
          },
          [](const caf::error&) {});
  self->delayed_send(self, self->state.config.sweep_interval, expire_views_atom_v);
}

caf::result<ack> reset(ssp_ptr self) {
  self->state.views.clear();
  return self->delegate(self->state.parts.circuit, forget_all_atom_v);
}

caf::error not_ready() {
  return to_caf(fail(errc::not_ready, "this SSP is still starting; try again later"));
}

caf::error no_scheduler() {
  return to_caf(
      fail(errc::invalid_argument,
           "this SSP has no scheduler: 'seq' is not accepted, it numbers changes itself"));
}

ssp_actor::behavior_type starting(ssp_ptr self) {
  return {
      [](ingest_log_atom, const log_slice&) -> caf::result<sequence_number> { return not_ready(); },
      [](register_view_atom, const registration_ptr&) -> caf::result<snapshot_result_ptr> {
        return not_ready();
      },
      [](unregister_view_atom, const view_claim&) -> caf::result<ack> { return not_ready(); },
      [](unregister_query_atom, const query_key&) -> caf::result<ack> { return not_ready(); },
      [](release_view_atom, const view_claim&) -> caf::result<ack> { return not_ready(); },
      [self](ssp_status_atom) { return status_in(self, "bootstrapping"); },
      [](reset_ssp_atom) { return ack{}; },
      [](retire_atom, caf::timespan) { return ack{}; },
      [](send_heartbeat_atom) {},
      [self](expire_views_atom) { sweep(self); },
      [self](start_again_atom) { start(self); },
      [](drain_further_atom) {},
      // The feed is read from the start on, so that tables can be loaded for restored views.
      [self](ingest_changes_atom, change_batches& batches) { return take(self, batches); },
      [](caught_up_atom) {},
      [](describe_table_atom, const std::string&, const value&) {},
      [self](reload_all_atom, const std::string& why) { start_over(self, why); },
      [self](report_capture_atom, const capture_report& report) {
        self->state.status.capture = report;
      },
      [self](connected_atom) {
        self->state.status.database_connected = true;
        start(self);
      },
      [self](disconnected_atom, const std::string& why) {
        self->state.status.database_connected = false;
        self->state.status.reason = "SurrealDB is away: " + why;
      },
      [](live_fired_atom, const db_notification&) {},
      [self](fenced_atom, const view_claim& view, bool deleted) { lose(self, view, deleted); },
  };
}

ssp_actor::behavior_type ready(ssp_ptr self) {
  return {
      [](ingest_log_atom, const log_slice&) -> caf::result<sequence_number> {
        return no_scheduler();
      },
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
      [](retire_atom, caf::timespan) { return ack{}; },
      [](send_heartbeat_atom) {},
      [self](expire_views_atom) { sweep(self); },
      [](start_again_atom) {},
      [](drain_further_atom) {},
      [self](ingest_changes_atom, change_batches& batches) { return take(self, batches); },
      [](caught_up_atom) {},
      [](describe_table_atom, const std::string&, const value&) {},
      [self](reload_all_atom, const std::string& why) { start_over(self, why); },
      [self](report_capture_atom, const capture_report& report) {
        self->state.status.capture = report;
      },
      [self](connected_atom) { self->state.status.database_connected = true; },
      [self](disconnected_atom, const std::string&) {
        self->state.status.database_connected = false;
      },
      [](live_fired_atom, const db_notification&) {},
      [self](fenced_atom, const view_claim& view, bool deleted) { lose(self, view, deleted); },
  };
}

}  // namespace

ssp_actor::behavior_type single_ssp(ssp_ptr self, ssp_parts parts, ssp_config config) {
  self->state.parts = std::move(parts);
  self->state.config = std::move(config);
  self->send(self->state.parts.database, follow_database_atom_v, database_listener{self});
  self->send(self->state.parts.edges, follow_ownership_atom_v, ownership_listener{self});
  self->delayed_send(self, self->state.config.sweep_interval, expire_views_atom_v);
  return starting(self);
}

}  // namespace spooky::actors
