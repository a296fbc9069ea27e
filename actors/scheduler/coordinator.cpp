#include "actors/scheduler/coordinator.hpp"

#include "actors/clock.hpp"
#include "actors/say.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

/// Who is busy with the disk for longer is not asked again: busy is no trouble.
constexpr std::chrono::milliseconds disk_patience{500};

coordinator_actor::behavior_type cloning(coordinator_ptr self);
coordinator_actor::behavior_type ready(coordinator_ptr self);

// -- the log ------------------------------------------------------------------------------------

void deliver(coordinator_ptr self, const log_slice& slice) {
  auto& state = self->state;
  state.seq = slice.last;
  state.ingested += slice.span();
  self->send(state.parts.replica, apply_atom_v, slice);
  state.ledger.delivered(slice);
  for (auto& [ticket, waiting] : state.resuming) waiting.since.push_back(slice);
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

/// Takes the SSP into the pool, in place of an earlier registration under its id.
void seat(coordinator_ptr self, joining_ssp& ssp, ssp_admission admission,
          const std::vector<log_slice>& since) {
  auto& state = self->state;
  const auto& who = ssp.who;
  if (const auto old = state.pool.find(who.id); old != state.pool.end()) {
    if (old->second.instance != who.instance)
      spdlog::warn("SSP {} is registered by another process now: {} instead of {}", who.id, who.url,
                   old->second.status.url);
    self->send(old->second.link, close_link_atom_v);
    state.pool.erase(old);
  }
  admission.log_id = state.config.log_id;
  admission.database = state.version.text();
  admission.epoch = ++state.next_epoch;
  auto link = state.parts.open_link(who, admission, since, self);
  link_status status;
  status.id = who.id;
  status.url = who.url;
  status.state = admission.resumed ? link_state::replaying : link_state::bootstrapping;
  status.sent = status.acked = admission.seq;
  status.epoch = admission.epoch;
  state.pool.emplace(who.id, coordinator_state::member{link, status, who.instance});
  spdlog::info("SSP {} at {} {} at seq {}", who.id, who.url,
               admission.resumed ? "resumes" : "joins", admission.seq.raw());
  ssp.promise.deliver(std::move(admission));
}

void seat_at_snapshot(coordinator_ptr self, joining_ssp& ssp) {
  auto& ledger = self->state.ledger;
  ledger.enter(ssp.who.id);
  seat(self, ssp, {ledger.current()->seq, false, {}, 0}, ledger.since());
}

void seat_where_it_is(coordinator_ptr self, joining_ssp& ssp, const std::vector<log_slice>& since) {
  self->state.ledger.leave(ssp.who.id);
  seat(self, ssp, {ssp.who.applied, true, {}, 0}, since);
}

void refuse_all(coordinator_ptr self, const caf::error& reason) {
  self->state.ledger.abandon();
  for (auto& waiting : std::exchange(self->state.joining, {})) waiting.promise.deliver(reason);
}

void snapshot_pinned(coordinator_ptr self, const frozen_snapshot& snapshot) {
  auto& state = self->state;
  // The buffers of those who wait begin where the log was when the snapshot was asked for.
  if (!state.ledger.pinned(snapshot, now(self)))
    return refuse_all(
        self,
        to_caf(fail(errc::not_ready, "the replica is at " + std::to_string(snapshot.seq.raw()) +
                                         ", behind the log; is its disk full? try again later")));
  for (auto& waiting : std::exchange(state.joining, {})) seat_at_snapshot(self, waiting);
}

void join_at_snapshot(coordinator_ptr self, joining_ssp ssp) {
  auto& state = self->state;
  if (!state.ledger.pending() && state.ledger.shareable()) return seat_at_snapshot(self, ssp);
  state.joining.push_back(std::move(ssp));
  if (state.ledger.pending()) return;
  state.ledger.begin(state.seq);
  self->request(state.parts.replica, state.config.request_timeout, freeze_atom_v)
      .then([self](const frozen_snapshot& snapshot) { snapshot_pinned(self, snapshot); },
            [self](const caf::error& reason) { refuse_all(self, reason); });
}

/// Whether the SSP holds rows of this log, and not too old ones.
bool may_resume(const coordinator_state& state, const ssp_registration& who) {
  return !who.log_id.empty() && who.log_id == state.config.log_id && who.applied <= state.seq &&
         state.seq - who.applied <= state.config.max_buffer_per_ssp;
}

void resume(coordinator_ptr self, joining_ssp ssp) {
  auto& state = self->state;
  const auto after = ssp.who.applied;
  if (after == state.seq) return seat_where_it_is(self, ssp, {});
  const auto ticket = ++state.resumed;
  state.resuming.emplace(ticket, resuming_ssp{std::move(ssp), {}});
  self->request(state.parts.log, state.config.request_timeout, read_atom_v, after, state.seq)
      .then(
          [self, ticket](const log_slice& missed) {
            auto waiting = std::move(self->state.resuming.extract(ticket).mapped());
            // Meanwhile SurrealDB may have become another version.
            if (!may_resume(self->state, waiting.ssp.who))
              return join_at_snapshot(self, std::move(waiting.ssp));
            waiting.since.insert(waiting.since.begin(), missed);
            seat_where_it_is(self, waiting.ssp, waiting.since);
          },
          [self, ticket](const caf::error& reason) {
            auto waiting = std::move(self->state.resuming.extract(ticket).mapped());
            spdlog::info("SSP {} cannot go on at {}: {}", waiting.ssp.who.id,
                         waiting.ssp.who.applied.raw(), from_caf(reason).message);
            join_at_snapshot(self, std::move(waiting.ssp));
          });
}

caf::result<ssp_admission> join(coordinator_ptr self, const ssp_registration& who) {
  auto promise = self->make_response_promise<ssp_admission>();
  joining_ssp ssp{who, promise};
  if (may_resume(self->state, who))
    resume(self, std::move(ssp));
  else
    join_at_snapshot(self, std::move(ssp));
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

/// The link of that SSP; fails for one that is not registered, or whose id is another process's.
result<ssp_link_actor> link_of(const coordinator_state& state, const ssp_id& id,
                               const std::string& instance) {
  const auto it = state.pool.find(id);
  if (it == state.pool.end())
    return fail(errc::not_found, "SSP " + id + " is not registered; register again");
  const auto& known = it->second;
  if (!instance.empty() && !known.instance.empty() && instance != known.instance)
    return fail(errc::already_exists, "another process, at " + known.status.url +
                                          ", has registered as SSP " + id +
                                          "; give each SSP an SSP_ID of its own");
  return known.link;
}

caf::result<ack> heartbeat(coordinator_ptr self, const ssp_heartbeat& beat) {
  const auto link = link_of(self->state, beat.id, beat.instance);
  if (!link.ok()) return to_caf(link.failure());
  if (self->state.pool.at(beat.id).outdated)
    return to_caf(fail(errc::conflict, "SurrealDB is " + self->state.version.text() +
                                           " now, which answers differently; bootstrap again"));
  return self->delegate(*link, heartbeat_atom_v, beat);
}

caf::result<sequence_number> take_interest(coordinator_ptr self, const ssp_interest& interest) {
  const auto link = link_of(self->state, interest.id, interest.instance);
  if (!link.ok()) return to_caf(link.failure());
  return self->delegate(*link, interest_atom_v, interest);
}

// -- upkeep -------------------------------------------------------------------------------------

void checkpoint(coordinator_ptr self) {
  auto& state = self->state;
  if (state.ledger.expire(now(self), state.config.snapshot_max_age))
    spdlog::warn("a snapshot was pinned longer than {} s and is released",
                 state.config.snapshot_max_age.count());
  self->request(state.parts.replica, state.config.checkpoint_interval, checkpoint_atom_v)
      .then(
          [self](sequence_number durable) {
            const auto& now = self->state;
            self->send(now.parts.wal, truncate_atom_v,
                       releasable(now, durable, now.config.max_log_held));
          },
          [](const caf::error& reason) {
            spdlog::error("checkpoint: {}", from_caf(reason).message);
          });
  self->delayed_send(self, state.config.checkpoint_interval, tidy_log_atom_v);
}

/// Keeps what the next start of the scheduler must know of the log.
void keep_note(coordinator_ptr self, const char* name, const std::string& text) {
  const auto& state = self->state;
  self->request(state.parts.replica, state.config.request_timeout, caf::put_atom_v,
                std::string{"meta"}, std::string{name}, value{text})
      .then([](const ack&) {},
            [name](const caf::error& reason) {
              spdlog::error("the note of the {} was not kept: {}", name, from_caf(reason).message);
            });
}

/// No SSP goes on with what it holds: its rows are of a database that was copied anew since, maybe
/// another one, or its views answer as another version.
void renew_log_id(coordinator_ptr self) {
  auto& state = self->state;
  state.config.log_id = state.parts.fresh_log_id();
  keep_note(self, "log", state.config.log_id);
}

void take_version(coordinator_ptr self, const std::string& told) {
  auto& state = self->state;
  const auto heard = state.version.hear(told);
  if (!heard.remark) return;
  log_line(*heard.remark);
  keep_note(self, "database", state.version.text());
  if (!heard.differs) return;
  renew_log_id(self);
  for (auto& [id, member] : state.pool) member.outdated = true;
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

/// Adds what one part says of its disk.
template <class Part, class Next>
void add_disk(coordinator_ptr self, const Part& part, scheduler_status status, Next next) {
  const auto shared = std::make_shared<scheduler_status>(std::move(status));
  self->request(part, disk_patience, disk_status_atom_v)
      .then(
          [shared, next](const std::string& trouble) {
            if (!trouble.empty()) shared->disk = trouble;
            next(std::move(*shared));
          },
          [shared, next](const caf::error&) { next(std::move(*shared)); });
}

caf::result<scheduler_status> full_status(coordinator_ptr self, const char* phase) {
  auto promise = self->make_response_promise<scheduler_status>();
  const auto& parts = self->state.parts;
  const auto add_database = [self, promise](scheduler_status status) {
    self->request(self->state.parts.database, self->state.config.request_timeout,
                  database_status_atom_v)
        .then(
            [promise, status](bool connected, const std::string& reason) mutable {
              status.database_connected = connected;
              if (!connected) status.detail = "SurrealDB: " + reason;
              promise.deliver(std::move(status));
            },
            [promise, status](const caf::error&) mutable { promise.deliver(std::move(status)); });
  };
  add_disk(self, parts.replica, pool_status(self->state, phase),
           [self, add_database](scheduler_status status) {
             add_disk(self, self->state.parts.wal, std::move(status), add_database);
           });
  return promise;
}

caf::result<frozen_snapshot> present_snapshot(coordinator_ptr self, sequence_number at_least) {
  if (const auto& pinned = self->state.ledger.current(); pinned && pinned->seq >= at_least)
    return *pinned;
  return self->delegate(self->state.parts.replica, freeze_atom_v);
}

caf::error still_cloning(coordinator_ptr self) {
  return to_caf(fail(errc::not_ready, "the scheduler is still cloning (" + self->state.detail +
                                          "); try again later"));
}

void become_ready(coordinator_ptr self) {
  self->state.detail.clear();
  self->state.clone.reset();
  spdlog::info("ready at seq {}", self->state.seq.raw());
  self->become(ready(self));
}

coordinator_actor::behavior_type cloning(coordinator_ptr self) {
  return {
      [self](register_ssp_atom, const ssp_registration&) -> caf::result<ssp_admission> {
        return still_cloning(self);
      },
      [self](heartbeat_atom, const ssp_heartbeat& beat) { return heartbeat(self, beat); },
      [self](interest_atom, const ssp_interest& interest) { return take_interest(self, interest); },
      [self](hold_snapshot_atom, sequence_number at_least) {
        return present_snapshot(self, at_least);
      },
      [self](scheduler_status_atom) { return full_status(self, "cloning"); },
      [self](cloned_atom) {
        self->state.cloned = true;
        renew_log_id(self);
        keep_note(self, "database", self->state.version.text());
        self->state.detail = "catching up with changes made while cloning";
      },
      [self](describe_clone_atom, const std::string& progress) { self->state.detail = progress; },
      [self](count_clone_atom, const clone_progress& progress) { self->state.clone = progress; },
      [self](applied_atom, sequence_number seq) { self->state.replica_seq = seq; },
      [self](link_changed_atom, const link_status& status, const ssp_link_actor& link) {
        link_changed(self, status, link);
      },
      [self](tidy_log_atom) { checkpoint(self); },
      [self](ingest_changes_atom, change_batches& batches) -> caf::result<committed> {
        // While cloning, only the source that also fills the gap behind the clone may add changes.
        if (!self->state.cloned || !from_source(batches)) return still_cloning(self);
        return append(self, batches);
      },
      [self](caught_up_atom) { become_ready(self); },
      [self](describe_table_atom, const std::string& table, const value& info) {
        keep_schema(self, table, info);
      },
      [](reload_all_atom, const std::string& why) { lost_track(why); },
      [self](report_capture_atom, const capture_report& report) { self->state.capture = report; },
      [self](durable_atom, const log_slice& slice) { deliver(self, slice); },
      [self](database_version_atom, const std::string& told) { take_version(self, told); },
  };
}

coordinator_actor::behavior_type ready(coordinator_ptr self) {
  return {
      [self](register_ssp_atom, const ssp_registration& who) { return join(self, who); },
      [self](heartbeat_atom, const ssp_heartbeat& beat) { return heartbeat(self, beat); },
      [self](interest_atom, const ssp_interest& interest) { return take_interest(self, interest); },
      [self](hold_snapshot_atom, sequence_number at_least) {
        return present_snapshot(self, at_least);
      },
      [self](scheduler_status_atom) { return full_status(self, "ready"); },
      [](cloned_atom) {},
      [self](describe_clone_atom, const std::string& trouble) { self->state.detail = trouble; },
      [](count_clone_atom, const clone_progress&) {},
      [self](applied_atom, sequence_number seq) { self->state.replica_seq = seq; },
      [self](link_changed_atom, const link_status& status, const ssp_link_actor& link) {
        link_changed(self, status, link);
      },
      [self](tidy_log_atom) { checkpoint(self); },
      [self](ingest_changes_atom, change_batches& batches) { return append(self, batches); },
      [](caught_up_atom) {},
      [self](describe_table_atom, const std::string& table, const value& info) {
        keep_schema(self, table, info);
      },
      [](reload_all_atom, const std::string& why) { lost_track(why); },
      [self](report_capture_atom, const capture_report& report) { self->state.capture = report; },
      [self](durable_atom, const log_slice& slice) { deliver(self, slice); },
      [self](database_version_atom, const std::string& told) { take_version(self, told); },
  };
}

}  // namespace

sequence_number releasable(const coordinator_state& state, sequence_number durable,
                           std::size_t max_held) {
  auto seq = durable;
  for (const auto& [id, member] : state.pool)
    if (member.status.state != link_state::overflowed) seq = std::min(seq, member.status.acked);
  for (const auto& [ticket, waiting] : state.resuming) seq = std::min(seq, waiting.ssp.who.applied);
  return std::max(seq, durable - std::min<std::uint64_t>(durable.raw(), max_held));
}

coordinator_actor::behavior_type coordinator(coordinator_ptr self, coordinator_parts parts,
                                             coordinator_config config, sequence_number seq,
                                             bool recovered) {
  auto& state = self->state;
  state.parts = std::move(parts);
  state.config = std::move(config);
  state.version = database_version{state.config.database};
  state.ledger = freeze_ledger{state.config.max_buffer_per_ssp};
  state.seq = state.replica_seq = seq;
  state.cloned = recovered;
  if (recovered) state.detail = "catching up with changes made while the scheduler was down";
  self->send(state.parts.wal, follow_log_atom_v, log_listener{self});
  self->send(state.parts.replica, follow_replica_atom_v, coordinator_actor{self});
  self->send(state.parts.database, follow_version_atom_v, version_listener{self});
  self->delayed_send(self, state.config.checkpoint_interval, tidy_log_atom_v);
  self->set_exit_handler([self](caf::exit_msg& message) {
    for (auto& [id, member] : self->state.pool) self->send(member.link, close_link_atom_v);
    self->state.pool.clear();
    self->state.parts = {};
    self->quit(std::move(message.reason));
  });
  return cloning(self);
}

}  // namespace spooky::actors
