#include "actors/jobs/job_dispatcher.hpp"

#include "actors/clock.hpp"
#include "actors/database_query.hpp"
#include "machines/backoff.hpp"
#include "machines/jobs/outbox_job.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

using namespace std::chrono_literals;

void pump(job_dispatcher_ptr self);

// -- handing out --------------------------------------------------------------------------------

/// The ready SSP that runs the fewest jobs of this table, then the fewest at all; empty if none is.
ssp_id choose(job_dispatcher_ptr self, const std::string& table) {
  const auto& state = self->state;
  ssp_id best;
  std::pair<std::size_t, std::size_t> least{};
  for (const auto& [id, member] : state.pool) {
    if (!member.ready || member.resume_at > now(self) || member.unknown.contains(table)) continue;
    const std::pair load{state.ledger.held(table, id), state.ledger.held_at(id)};
    if (!best.empty() && load >= least) continue;
    best = id;
    least = load;
  }
  return best;
}

/// An SSP that does not take jobs is left alone for a while; one that does not have the table gets
/// none of it until it registers again.
void cool_down(job_dispatcher_ptr self, const ssp_id& ssp, const std::string& table,
               const error& why) {
  const auto it = self->state.pool.find(ssp);
  if (it == self->state.pool.end()) return;
  auto& member = it->second;
  if (why.code == errc::invalid_argument) {
    if (member.unknown.insert(table).second)
      spdlog::error("SSP {} takes no jobs of {}: {}", ssp, table, why.message);
    return;
  }
  if (member.failures++ == 0) spdlog::warn("SSP {} takes no jobs: {}; retrying", ssp, why.message);
  member.resume_at = now(self) + backoff_delay(member.failures, 500ms, 10s, ++self->state.seed);
}

/// Whether the hand-out to this SSP is still how things are.
bool still_at(const job_dispatcher_state& state, const record_id& job, const ssp_id& ssp) {
  const auto* entry = state.ledger.find(job);
  return entry != nullptr && entry->held && entry->ssp == ssp;
}

/// Asks an SSP to see to a job that the ledger says it holds.
template <class Done, class Failed>
void assign(job_dispatcher_ptr self, const record_id& job, const ssp_id& ssp, const ssp_id& from,
            Done done, Failed failed) {
  auto& state = self->state;
  self->request(state.pool.at(ssp).peer, state.config.dispatch_timeout, assign_job_atom_v,
                job_assignment{job, from})
      .then(
          [self, ssp, done](const ack&) mutable {
            if (const auto it = self->state.pool.find(ssp); it != self->state.pool.end())
              it->second.failures = 0;
            done();
          },
          [self, job, ssp, from, failed](const caf::error& reason) mutable {
            const auto why = from_caf(reason);
            cool_down(self, ssp, job.table, why);
            // It may have taken the job and only its answer be lost. Then whoever is asked next
            // finds the job held and says by whom.
            if (still_at(self->state, job, ssp)) {
              self->state.ledger.give_back(job, 0, now(self), from);
              pump(self);
            }
            failed(why);
          });
}

void hand_out(job_dispatcher_ptr self, const record_id& job, const ssp_id& ssp) {
  const auto from = self->state.ledger.hand_out(job, ssp, now(self));
  assign(
      self, job, ssp, from, [] {}, [](const error&) {});
}

/// Wakes up when the next job that may start then is due. What is due already waits for an SSP:
/// the tick looks after that.
void sleep_until_due(job_dispatcher_ptr self) {
  auto& state = self->state;
  std::optional<caf::timestamp> next;
  for (const auto& [table, settings] : state.config.tables) {
    const auto due = state.ledger.next_due(table);
    if (!due || *due <= now(self) || state.ledger.held(table) >= settings.concurrency) continue;
    if (!next || *due < *next) next = due;
  }
  if (!next || (state.wakes_at > now(self) && state.wakes_at <= *next)) return;
  state.wakes_at = *next;
  self->delayed_send(self, *next - now(self), hand_out_atom_v, ++state.wake);
}

void pump(job_dispatcher_ptr self) {
  auto& state = self->state;
  for (const auto& [table, settings] : state.config.tables) {
    while (state.ledger.held(table) < settings.concurrency) {
      const auto job = state.ledger.due(table, now(self));
      if (!job) break;
      const auto ssp = choose(self, table);
      if (ssp.empty()) break;
      hand_out(self, *job, ssp);
    }
  }
  sleep_until_due(self);
}

/// `/job/dispatch`: now, and by whoever asks; the runner bounds what runs at once.
caf::result<ssp_id> dispatch(job_dispatcher_ptr self, const job_assignment& asked) {
  auto& state = self->state;
  if (!state.config.tables.contains(asked.job.table))
    return to_caf(fail(errc::invalid_argument,
                       "table " + asked.job.table +
                           " is no outbox table; name it in backends.<name>.method.table or "
                           "job_tables"));
  const auto* known = state.ledger.find(asked.job);
  if (known != nullptr && known->held && !known->ssp.empty()) return known->ssp;
  if (known == nullptr && state.ledger.full())
    return to_caf(fail(errc::overloaded, "limits.pending_jobs jobs wait already; send it later"));
  const auto ssp = choose(self, asked.job.table);
  if (ssp.empty())
    return to_caf(fail(errc::not_ready, "no SSP is ready; start one or try again later"));
  const auto from = state.ledger.hand_out(asked.job, ssp, now(self));
  auto promise = self->make_response_promise<ssp_id>();
  assign(
      self, asked.job, ssp, from, [promise, ssp]() mutable { promise.deliver(ssp); },
      [promise](const error& why) mutable { promise.deliver(to_caf(why)); });
  return promise;
}

// -- the pool -----------------------------------------------------------------------------------

void not_confirmed(job_dispatcher_ptr self, const record_id& job, const ssp_id& ssp,
                   const error& why) {
  cool_down(self, ssp, job.table, why);
  // Its settings have changed since it took the job.
  if (why.code != errc::invalid_argument || !still_at(self->state, job, ssp)) return;
  self->state.ledger.give_back(job, 0, now(self), ssp);
  pump(self);
}

/// Asks an SSP to see to what it holds: a no-op where that runs, a take-over of its own where the
/// process is another one than before.
void confirm(job_dispatcher_ptr self, const ssp_id& ssp, caf::timestamp before) {
  auto& state = self->state;
  const auto member = state.pool.find(ssp);
  if (member == state.pool.end() || member->second.resume_at > now(self)) return;
  for (const auto& job : state.ledger.unconfirmed(ssp, before, now(self)))
    self->request(member->second.peer, state.config.dispatch_timeout, assign_job_atom_v,
                  job_assignment{job, {}})
        .then([](const ack&) {},
              [self, job, ssp](const caf::error& reason) {
                not_confirmed(self, job, ssp, from_caf(reason));
              });
}

void pool_changed(job_dispatcher_ptr self, const link_status& status) {
  auto& state = self->state;
  if (status.state == link_state::gone) {
    state.pool.erase(status.id);
    if (const auto lost = state.ledger.lose(status.id, now(self)); lost > 0)
      spdlog::warn("SSP {} is gone: {} jobs go to others", status.id, lost);
    return pump(self);
  }
  const auto [it, fresh] = state.pool.try_emplace(status.id);
  auto& member = it->second;
  const bool registered = fresh || member.epoch != status.epoch;
  const bool was_ready = std::exchange(member.ready, status.state == link_state::ready);
  if (registered) {
    member.peer = state.parts.open_peer(status);
    member.epoch = status.epoch;
    member.failures = 0;
    member.resume_at = {};
    member.unknown.clear();
    confirm(self, status.id, now(self));
  }
  if (member.ready && (registered || !was_ready)) pump(self);
}

// -- what becomes of jobs -----------------------------------------------------------------------

void count(job_dispatcher_state& state, const std::string& table, job_state how) {
  auto& figures = state.figures[table];
  if (how == job_state::completed) ++figures.succeeded;
  if (how == job_state::failed) ++figures.failed;
  if (how == job_state::pending) ++figures.retried;
}

void scan_when_there_is_room(job_dispatcher_ptr self) {
  auto& state = self->state;
  if (!state.missed || state.ledger.size() > state.ledger.limit() / 2) return;
  state.missed = false;
  state.next_scan = {};
  self->send(self, hand_out_atom_v, std::uint64_t{0});
}

/// Forgets a job. False if there was nothing to forget.
bool over(job_dispatcher_ptr self, const record_id& job) {
  if (!self->state.ledger.finish(job)) return false;
  scan_when_there_is_room(self);
  return true;
}

caf::result<ack> reported(job_dispatcher_ptr self, const job_report& report) {
  auto& state = self->state;
  const auto* known = state.ledger.find(report.job);
  if (known == nullptr)
    return to_caf(fail(errc::not_found, "job " + surrealql::to_text(report.job) +
                                            " is not in work; it is over or was never known"));
  if (report.state == job_state::running) {
    if (!report.ssp.empty()) state.ledger.held_by(report.job, report.ssp, now(self));
    return ack{};
  }
  if (!report.ssp.empty() && known->held && known->ssp != report.ssp) {
    ++state.figures[report.job.table].rejected;
    return to_caf(fail(errc::conflict, "job " + surrealql::to_text(report.job) + " was given to " +
                                           known->ssp + ", not " + report.ssp));
  }
  if (report.ran) count(state, report.job.table, report.state);
  if (report.state == job_state::pending)
    state.ledger.give_back(report.job, report.retries, now(self) + report.retry_after);
  else
    over(self, report.job);
  pump(self);
  return ack{};
}

/// A change of an outbox record, as the log shows it.
void changed(job_dispatcher_ptr self, const change& c) {
  auto& state = self->state;
  const auto& status = c.record["status"];
  if (c.op == change_op::erase) return void(over(self, c.id));
  if (status.is_nullish() || status == value{"pending"}) {
    const auto pause = remaining_pause(c.record, c.record["updated_at"], ++state.seed);
    if (!state.ledger.pending(c.id, read_retries(c.record), now(self) + pause)) state.missed = true;
    return;
  }
  // Whoever runs it says so, and a scan finds what nobody runs.
  if (status == value{"processing"}) return;
  if (!over(self, c.id)) return;
  if (status == value{"success"}) count(state, c.id.table, job_state::completed);
  if (status == value{"failed"}) count(state, c.id.table, job_state::failed);
}

void take(job_dispatcher_ptr self, const log_slice& slice) {
  if (!slice.batches) return;
  bool news = false;
  for (const auto& batch : *slice.batches)
    for (const auto& c : batch.changes) {
      if (!self->state.config.tables.contains(c.id.table)) continue;
      changed(self, c);
      news = true;
    }
  if (news) pump(self);
}

// -- scanning -----------------------------------------------------------------------------------

void apply_scan(job_dispatcher_ptr self, const job_scan& scan) {
  auto& state = self->state;
  for (const auto& [job, record] : scan.pending) {
    const auto pause = remaining_pause(record, scan.now, ++state.seed);
    if (!state.ledger.pending(job, read_retries(record), now(self) + pause)) state.missed = true;
  }
  std::set<ssp_id> holders;
  for (const auto& found : scan.processing) {
    if (state.ledger.find(found.job) != nullptr) continue;
    state.ledger.held_by(found.job, found.ssp, now(self));
    holders.insert(found.ssp);
  }
  // Whoever holds a job since before we knew is asked whether it still does.
  for (const auto& ssp : holders) confirm(self, ssp, now(self));
  pump(self);
}

void scan_done(job_dispatcher_ptr self) {
  auto& state = self->state;
  if (--state.scanning > 0) return;
  // At most a twentieth of the time goes into scans, however large the tables have become.
  const auto took = now(self) - state.scan_began;
  state.next_scan = now(self) + std::max<caf::timespan>(state.config.scan_interval, took * 20);
}

void scan(job_dispatcher_ptr self) {
  auto& state = self->state;
  if (state.scanning > 0 || !state.connected || state.next_scan > now(self)) return;
  state.scan_began = now(self);
  state.scanning = state.config.tables.size();
  for (const auto& [table, settings] : state.config.tables) {
    ask_database(
        self, state.parts.database,
        scan_jobs{state.config.format, table, state.config.pending_jobs},
        state.config.request_timeout, [self, table = table](const result<job_scan>& found) {
          if (found.ok())
            apply_scan(self, *found);
          else
            spdlog::warn("outbox table {} not scanned: {}", table, found.failure().message);
          scan_done(self);
        });
  }
}

/// Jobs held by SSPs that are not in the pool, and have not been for long.
void find_orphans(job_dispatcher_ptr self) {
  auto& state = self->state;
  std::vector<ssp_id> lost;
  for (const auto& [ssp, jobs] : state.ledger.holders()) {
    if (state.pool.contains(ssp)) continue;
    const auto oldest =
        std::min_element(jobs.begin(), jobs.end(), [&](const auto& a, const auto& b) {
          return state.ledger.find(a)->since < state.ledger.find(b)->since;
        });
    if (now(self) - state.ledger.find(*oldest)->since > state.config.orphan_grace)
      lost.push_back(ssp);
  }
  for (const auto& ssp : lost)
    spdlog::warn("{} jobs of SSP {}, which is not in the pool, go to others",
                 state.ledger.lose(ssp, now(self)), ssp.empty() ? "unknown" : ssp);
}

void tick(job_dispatcher_ptr self) {
  auto& state = self->state;
  find_orphans(self);
  for (const auto& [ssp, member] : state.pool)
    confirm(self, ssp, now(self) - state.config.confirm_interval);
  scan(self);
  pump(self);
  self->delayed_send(self, state.config.tick, scan_jobs_atom_v);
}

// -- figures ------------------------------------------------------------------------------------

job_totals totals(const job_dispatcher_state& state) {
  job_totals all;
  for (const auto& [table, settings] : state.config.tables) {
    const auto counted = state.figures.find(table);
    auto figures = counted == state.figures.end() ? job_figures{} : counted->second;
    figures.table = table;
    figures.backend = settings.backend;
    figures.waiting = state.ledger.waiting(table);
    figures.running = state.ledger.held(table);
    all.push_back(std::move(figures));
  }
  return all;
}

}  // namespace

job_dispatcher_actor::behavior_type job_dispatcher(job_dispatcher_ptr self,
                                                   job_dispatcher_parts parts,
                                                   job_dispatcher_config config) {
  auto& state = self->state;
  state.parts = std::move(parts);
  state.config = std::move(config);
  state.ledger = job_ledger{state.config.pending_jobs};
  state.seed = self->id();
  self->send(state.parts.database, follow_database_atom_v, database_listener{self});
  self->delayed_send(self, state.config.tick, scan_jobs_atom_v);
  self->set_exit_handler([self](caf::exit_msg& message) {
    // A call that is out holds its peer.
    for (const auto& [ssp, member] : self->state.pool) self->send_exit(member.peer, message.reason);
    self->state.pool.clear();
    self->state.parts = {};
    self->quit(std::move(message.reason));
  });
  return {
      [self](assign_job_atom, const job_assignment& asked) { return dispatch(self, asked); },
      [self](job_totals_atom) { return totals(self->state); },
      [self](scan_jobs_atom) { tick(self); },
      [self](hand_out_atom, std::uint64_t timer) {
        if (timer != 0 && timer != self->state.wake) return;
        if (timer == 0) scan(self);
        pump(self);
      },
      [self](report_job_atom, const job_report& report) { return reported(self, report); },
      [self](durable_atom, const log_slice& slice) { take(self, slice); },
      [self](pool_changed_atom, const link_status& status) { pool_changed(self, status); },
      [self](connected_atom) {
        self->state.connected = true;
        self->state.next_scan = {};
        scan(self);
      },
      [self](disconnected_atom, const std::string&) { self->state.connected = false; },
      [](live_fired_atom, const db_notification&) {},
  };
}

}  // namespace spooky::actors
