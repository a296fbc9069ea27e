#include "actors/scheduler/coordinator.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

coordinator_actor::behavior_type cloning(coordinator_ptr self);
coordinator_actor::behavior_type ready(coordinator_ptr self);

caf::timestamp now(coordinator_ptr self) {
  return caf::timestamp{self->clock().now().time_since_epoch()};
}

// -- the log ------------------------------------------------------------------------------------

void deliver(coordinator_ptr self, const log_slice& slice) {
  auto& state = self->state;
  state.seq = slice.last;
  state.ingested += slice.changes();
  self->send(state.parts.replica, apply_atom_v, slice);
  state.ledger.delivered(slice);
  for (auto& [id, member] : state.pool) self->send(member.link, durable_atom_v, slice);
}

caf::result<committed> append(coordinator_ptr self, change_batches& batches) {
  auto& state = self->state;
  if (state.seq - std::min(state.seq, state.replica_seq) > state.config.max_replica_lag)
    return to_caf(fail(errc::overloaded, "the replica lags behind the log; send again later"));
  return self->delegate(state.parts.wal, append_atom_v, std::move(batches));
}

bool from_source(const change_batches& batches) {
  return std::all_of(batches.begin(), batches.end(),
                     [](const change_batch& b) { return !b.source.empty(); });
}

// -- joining ------------------------------------------------------------------------------------

void seat(coordinator_ptr self, const ssp_registration& who) {
  auto& state = self->state;
  if (const auto old = state.pool.find(who.id); old != state.pool.end()) {
    self->send(old->second.link, stop_atom_v);
    state.pool.erase(old);
  }
  const auto seq = state.ledger.current()->seq;
  state.ledger.enter(who.id);
  auto link = state.parts.open_link(who, seq, state.ledger.since(), ++state.next_epoch, self);
  link_status status;
  status.id = who.id;
  status.url = who.url;
  status.epoch = state.next_epoch;
  state.pool.emplace(who.id, coordinator_state::member{link, status});
  spdlog::info("SSP {} at {} joins at seq {}", who.id, who.url, seq);
}

void seat_all(coordinator_ptr self) {
  auto& state = self->state;
  for (auto& waiting : std::exchange(state.joining, {})) {
    seat(self, waiting.who);
    waiting.promise.deliver(state.ledger.current()->seq);
  }
}

void refuse_all(coordinator_ptr self, const caf::error& reason) {
  self->state.ledger.abandon();
  for (auto& waiting : std::exchange(self->state.joining, {})) waiting.promise.deliver(reason);
}

void pin_snapshot(coordinator_ptr self) {
  auto& state = self->state;
  state.ledger.begin();
  self->request(state.parts.replica, state.config.request_timeout, freeze_atom_v)
      .then(
          [self](const frozen_snapshot& snapshot) {
            self->state.ledger.pinned(snapshot, now(self));
            seat_all(self);
          },
          [self](const caf::error& reason) { refuse_all(self, reason); });
}

caf::result<sequence_number> join(coordinator_ptr self, const ssp_registration& who) {
  auto& state = self->state;
  if (!state.ledger.pending() && state.ledger.shareable()) {
    seat(self, who);
    return state.ledger.current()->seq;
  }
  auto promise = self->make_response_promise<sequence_number>();
  state.joining.push_back({who, promise});
  if (!state.ledger.pending()) pin_snapshot(self);
  return promise;
}

void link_changed(coordinator_ptr self, const link_status& status, const ssp_link_actor& link) {
  auto& state = self->state;
  const auto it = state.pool.find(status.id);
  if (it == state.pool.end() || it->second.link != link) return;
  if (status.state != link_state::bootstrapping) state.ledger.leave(status.id);
  if (status.state == link_state::gone) {
    spdlog::warn("SSP {} has left the pool", status.id);
    state.pool.erase(it);
    return;
  }
  it->second.status = status;
}

caf::result<ack> heartbeat(coordinator_ptr self, const ssp_heartbeat& beat) {
  const auto it = self->state.pool.find(beat.id);
  if (it == self->state.pool.end())
    return to_caf(fail(errc::not_found, "SSP " + beat.id + " is not registered; register again"));
  return self->delegate(it->second.link, heartbeat_atom_v, beat);
}

// -- upkeep -------------------------------------------------------------------------------------

void checkpoint(coordinator_ptr self) {
  auto& state = self->state;
  if (state.ledger.expire(now(self), state.config.snapshot_max_age))
    spdlog::warn("a snapshot was pinned longer than {} s and is released",
                 state.config.snapshot_max_age.count());
  self->request(state.parts.replica, state.config.checkpoint_interval, checkpoint_atom_v)
      .then(
          [self](sequence_number seq) { self->send(self->state.parts.wal, truncate_atom_v, seq); },
          [](const caf::error& reason) {
            spdlog::error("checkpoint: {}", from_caf(reason).message);
          });
  self->delayed_send(self, state.config.checkpoint_interval, sweep_atom_v);
}

/// The replica knows a table by its schema, also while it holds no record.
void keep_schema(coordinator_ptr self, const std::string& table, const value& info) {
  const auto failed = [table](const caf::error& reason) {
    spdlog::error("the schema of table {} was not kept: {}", table, from_caf(reason).message);
  };
  const auto& state = self->state;
  if (info.is_none())
    self->request(state.parts.replica, state.config.request_timeout, caf::delete_atom_v,
                  std::string{"schema"}, table)
        .then([](const ack&) {}, failed);
  else
    self->request(state.parts.replica, state.config.request_timeout, caf::put_atom_v,
                  std::string{"schema"}, table, info)
        .then([](const ack&) {}, failed);
}

/// A source that cannot compare asks for this; here every source can.
void lost_track(const std::string& why) {
  spdlog::error("capture has lost track ({}): restart the scheduler to compare every table", why);
}

scheduler_status pool_status(const coordinator_state& state, const char* phase) {
  scheduler_status status;
  status.state = phase;
  if (state.ledger.current()) status.state += "+frozen";
  status.detail = state.detail;
  status.seq = state.seq;
  status.replica_seq = state.replica_seq;
  status.ingested = state.ingested;
  status.capture = state.capture;
  status.clone = state.clone;
  for (const auto& [id, member] : state.pool) status.links.push_back(member.status);
  return status;
}

caf::result<scheduler_status> full_status(coordinator_ptr self, const char* phase) {
  auto promise = self->make_response_promise<scheduler_status>();
  auto status = pool_status(self->state, phase);
  self->request(self->state.parts.database, self->state.config.request_timeout, status_atom_v)
      .then(
          [promise, status](bool connected, const std::string& reason) mutable {
            status.database_connected = connected;
            if (!connected) status.detail = "SurrealDB: " + reason;
            promise.deliver(std::move(status));
          },
          [promise, status](const caf::error&) mutable { promise.deliver(std::move(status)); });
  return promise;
}

caf::result<frozen_snapshot> present_snapshot(coordinator_ptr self) {
  if (const auto& pinned = self->state.ledger.current()) return *pinned;
  return self->delegate(self->state.parts.replica, freeze_atom_v);
}

caf::error still_cloning(coordinator_ptr self) {
  return to_caf(fail(errc::not_ready, "the scheduler is still cloning (" + self->state.detail +
                                          "); try again later"));
}

void become_ready(coordinator_ptr self) {
  self->state.detail.clear();
  self->state.clone.reset();
  spdlog::info("ready at seq {}", self->state.seq);
  self->become(ready(self));
}

coordinator_actor::behavior_type cloning(coordinator_ptr self) {
  return {
      [self](register_atom, const ssp_registration&) -> caf::result<sequence_number> {
        return still_cloning(self);
      },
      [self](heartbeat_atom, const ssp_heartbeat& beat) { return heartbeat(self, beat); },
      [self](freeze_atom) { return present_snapshot(self); },
      [self](status_atom) { return full_status(self, "cloning"); },
      [self](cloned_atom) {
        self->state.cloned = true;
        self->state.detail = "catching up with changes made while cloning";
      },
      [self](notify_atom, const std::string& progress) { self->state.detail = progress; },
      [self](notify_atom, const clone_progress& progress) { self->state.clone = progress; },
      [self](applied_atom, sequence_number seq) { self->state.replica_seq = seq; },
      [self](notify_atom, const link_status& status, const ssp_link_actor& link) {
        link_changed(self, status, link);
      },
      [self](sweep_atom) { checkpoint(self); },
      [self](ingest_atom, change_batches& batches) -> caf::result<committed> {
        // While cloning, only the source that also fills the gap behind the clone may add changes.
        if (!self->state.cloned || !from_source(batches)) return still_cloning(self);
        return append(self, batches);
      },
      [self](caught_up_atom) { become_ready(self); },
      [self](notify_atom, const std::string& table, const value& info) {
        keep_schema(self, table, info);
      },
      [](reset_atom, const std::string& why) { lost_track(why); },
      [self](notify_atom, const capture_report& report) { self->state.capture = report; },
      [self](durable_atom, const log_slice& slice) { deliver(self, slice); },
  };
}

coordinator_actor::behavior_type ready(coordinator_ptr self) {
  return {
      [self](register_atom, const ssp_registration& who) { return join(self, who); },
      [self](heartbeat_atom, const ssp_heartbeat& beat) { return heartbeat(self, beat); },
      [self](freeze_atom) { return present_snapshot(self); },
      [self](status_atom) { return full_status(self, "ready"); },
      [](cloned_atom) {},
      [self](notify_atom, const std::string& trouble) { self->state.detail = trouble; },
      [](notify_atom, const clone_progress&) {},
      [self](applied_atom, sequence_number seq) { self->state.replica_seq = seq; },
      [self](notify_atom, const link_status& status, const ssp_link_actor& link) {
        link_changed(self, status, link);
      },
      [self](sweep_atom) { checkpoint(self); },
      [self](ingest_atom, change_batches& batches) { return append(self, batches); },
      [](caught_up_atom) {},
      [self](notify_atom, const std::string& table, const value& info) {
        keep_schema(self, table, info);
      },
      [](reset_atom, const std::string& why) { lost_track(why); },
      [self](notify_atom, const capture_report& report) { self->state.capture = report; },
      [self](durable_atom, const log_slice& slice) { deliver(self, slice); },
  };
}

}  // namespace

coordinator_actor::behavior_type coordinator(coordinator_ptr self, coordinator_parts parts,
                                             coordinator_config config, sequence_number seq,
                                             bool recovered) {
  auto& state = self->state;
  state.parts = std::move(parts);
  state.config = config;
  state.ledger = freeze_ledger{config.max_buffer_per_ssp};
  state.seq = state.replica_seq = seq;
  state.cloned = recovered;
  if (recovered) state.detail = "catching up with changes made while the scheduler was down";
  self->send(state.parts.wal, subscribe_atom_v, log_listener{self});
  self->send(state.parts.replica, subscribe_atom_v, coordinator_actor{self});
  self->delayed_send(self, config.checkpoint_interval, sweep_atom_v);
  self->set_exit_handler([self](caf::exit_msg& message) {
    for (auto& [id, member] : self->state.pool) self->send(member.link, stop_atom_v);
    self->state.pool.clear();
    self->state.parts = {};
    self->quit(std::move(message.reason));
  });
  return cloning(self);
}

}  // namespace spooky::actors
