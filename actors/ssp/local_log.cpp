#include "actors/ssp/local_log.hpp"

#include "actors/database_query.hpp"
#include "actors/say.hpp"
#include "machines/capture/change_feed.hpp"
#include "machines/ssp/lifecycle.hpp"

#include <string>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

// -- handing over -------------------------------------------------------------------------------

/// Answers the producers of everything up to this seq.
void settle(local_log_ptr self, sequence_number seq) {
  auto& offers = self->state.offers;
  while (!offers.empty() && offers.front().place.last <= seq) {
    offers.front().promise.deliver(offers.front().place);
    offers.pop_front();
  }
}

void lose_track(local_log_ptr self, const std::string& why) {
  spdlog::warn("{}: all tables are loaded again", why);
  self->send(self->state.reader, reload_all_atom_v, why);
}

void refused(local_log_ptr self, const error& why) {
  auto& log = self->state.log;
  log.stop_reading();
  settle(self, log.last());
  // One that bootstraps says when it is ready, and is given the same again unless it has loaded it.
  // One that has ended says nothing.
  if (why.code != errc::not_ready && why.code != errc::unavailable)
    lose_track(self, "changes were not applied: " + why.message);
}

void pump(local_log_ptr self) {
  auto& state = self->state;
  auto slice = state.log.next();
  if (!slice) return;
  self->request(state.reader, state.config.delivery_timeout, ingest_log_atom_v, std::move(*slice))
      .then(
          [self, epoch = state.log.epoch()](sequence_number applied) {
            if (epoch != self->state.log.epoch()) return;
            self->state.log.applied(applied);
            settle(self, applied);
            pump(self);
          },
          [self, epoch = state.log.epoch()](const caf::error& reason) {
            if (epoch == self->state.log.epoch()) refused(self, from_caf(reason));
          });
}

/// The SSP has said that it lives: if it has become ready, it is sent what came meanwhile.
void look(local_log_ptr self) {
  auto& state = self->state;
  if (state.log.reading() || !state.reader) return;
  self->request(state.reader, state.config.request_timeout, ssp_status_atom_v)
      .then(
          [self, epoch = state.log.epoch()](const ssp_status& status) {
            auto& log = self->state.log;
            if (epoch != log.epoch() || status.state != ssp_phase::ready::name) return;
            if (log.overflowed()) return lose_track(self, "too much changed during the bootstrap");
            log.start_reading();
            pump(self);
          },
          // It says so again.
          [](const caf::error&) {});
}

// -- changes ------------------------------------------------------------------------------------

std::size_t count(const change_batches& batches) {
  std::size_t changes = 0;
  for (const auto& batch : batches) changes += batch.changes.size();
  return changes;
}

caf::result<committed> take(local_log_ptr self, change_batches& batches) {
  auto& state = self->state;
  auto& log = state.log;
  if (!log.is_open())
    return to_caf(fail(errc::not_ready, "this SSP is still starting; try again later"));
  if (log.full(count(batches)))
    return to_caf(fail(errc::overloaded, "too many changes wait for this SSP; try again later"));
  const auto slice = log.append(std::move(batches));
  if (slice.span() == 0) return committed{1, 0};
  if (state.parts.jobs) self->send(state.parts.jobs, durable_atom_v, slice);
  const committed place{slice.first, slice.last};
  if (!log.reading()) return place;
  auto promise = self->make_response_promise<committed>();
  state.offers.push_back({place, promise});
  pump(self);
  return promise;
}

// -- registration -------------------------------------------------------------------------------

ssp_admission admit(local_log_ptr self) {
  auto& log = self->state.log;
  // What it bootstraps from contains all of it.
  settle(self, log.last());
  auto admission = log.admit();
  admission.database = self->state.version.text();
  return admission;
}

/// The capture starts at the database's present moment; the log at a seq above all earlier ones.
void open(local_log_ptr self, std::chrono::milliseconds database_time) {
  auto& state = self->state;
  if (state.log.is_open()) return;
  state.log.open(database_time);
  self->send(state.parts.capture, start_capture_atom_v,
             feed_start{stamp_at(database_time), {}, {}, {}}, change_sink{self});
}

caf::result<ssp_admission> enroll(local_log_ptr self) {
  auto& state = self->state;
  if (state.log.is_open()) return admit(self);
  auto promise = self->make_response_promise<ssp_admission>();
  ask_database(self, state.parts.database, read_clock{}, state.config.request_timeout,
               [self, promise](const result<std::chrono::milliseconds>& time) mutable {
                 if (!time.ok()) {
                   promise.deliver(to_caf(time.failure()));
                   return;
                 }
                 open(self, *time);
                 promise.deliver(admit(self));
               });
  return promise;
}

/// Views that were computed by the rules of another version are computed again.
void take_version(local_log_ptr self, const std::string& told) {
  const auto heard = self->state.version.hear(told);
  if (heard.remark) log_line(*heard.remark);
  if (heard.differs && self->state.log.is_open())
    lose_track(self, "the database answers differently than before");
}

}  // namespace

local_log_actor::behavior_type local_log(local_log_ptr self, local_log_parts parts,
                                         local_log_config config) {
  self->state.parts = std::move(parts);
  self->state.config = config;
  self->state.log = memory_log{config.max_kept, config.batch_changes};
  self->send(self->state.parts.database, follow_version_atom_v, version_listener{self});
  return {
      [self](register_ssp_atom, const ssp_registration&) { return enroll(self); },
      [self](heartbeat_atom, const ssp_heartbeat&) {
        look(self);
        return ack{};
      },
      [self](unregister_view_atom verb, const view_id& id) {
        return self->delegate(self->state.reader, verb, view_claim{id, std::nullopt, false, true});
      },
      // Nobody is there to take its views.
      [](drain_ssp_atom, const ssp_id&) { return drain_progress{}; },
      [](leave_atom, const ssp_id&) { return ack{}; },
      [self](load_table_atom verb, const table_name& table, sequence_number) {
        return self->delegate(self->state.parts.capture, verb, table, self->state.log.last());
      },
      // It is sent the changes of all tables.
      [self](interest_atom, const ssp_interest&) { return self->state.log.last(); },
      [self](flush_atom verb, const std::string& table) {
        return self->delegate(self->state.parts.capture, verb, table);
      },
      [self](follow_log_atom, const ssp_actor& reader) { self->state.reader = reader; },
      [self](ingest_changes_atom, change_batches& batches) { return take(self, batches); },
      [](caught_up_atom) {},
      [](describe_table_atom, const std::string&, const value&) {},
      [self](reload_all_atom, const std::string& why) { lose_track(self, why); },
      [self](report_capture_atom, const capture_report& report) {
        self->send(self->state.reader, report_capture_atom_v, report);
      },
      [self](database_version_atom, const std::string& told) { take_version(self, told); },
  };
}

}  // namespace spooky::actors
