#include "actors/capture/webhook_capture.hpp"

#include "actors/clock.hpp"
#include "intents/capture/record_version.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

void work(webhook_ptr self);
void next_step(webhook_ptr self);

void interrupted(webhook_ptr self, const error& why) {
  give_up(self, "tables cannot be compared", why);
  look_again_in(self, self->state.config.retry_interval);
}

// -- what is posted -----------------------------------------------------------------------------

/// Removes changes that are no news; true if any is left.
bool filter(webhook_state& state, change_batches& batches) {
  for (auto& batch : batches)
    std::erase_if(batch.changes, [&](const change& c) {
      return state.tables.contains(c.id.table) && !state.gate.admit(c);
    });
  std::erase_if(batches, [](const change_batch& batch) { return batch.changes.empty(); });
  return !batches.empty();
}

void withdraw(webhook_state& state, const change_batches& batches) {
  for (const auto& batch : batches)
    for (const auto& c : batch.changes) state.gate.withdraw(c);
}

caf::result<committed> take(webhook_ptr self, change_batches& batches) {
  auto& state = self->state;
  if (!state.core.started())
    return to_caf(fail(errc::not_ready, "capture has not started yet; try again later"));
  // A repetition is answered with a place at which what it says is known.
  if (!filter(state, batches)) return committed{state.core.taken, state.core.taken};
  const auto kept = std::make_shared<const change_batches>(std::move(batches));
  auto promise = self->make_response_promise<committed>();
  // No timer for each, as in the front; and a version must not be withdrawn while its change may
  // still be logged.
  self->request(state.core.sink, caf::infinite, ingest_changes_atom_v, *kept)
      .then(
          [self, promise](const committed& place) mutable {
            auto& taken = self->state.core.taken;
            taken = std::max(taken, place.last);
            promise.deliver(place);
          },
          [self, promise, kept](const caf::error& reason) mutable {
            withdraw(self->state, *kept);
            promise.deliver(reason);
          });
  return promise;
}

/// What is offered again must not overtake an event that came meanwhile.
void drop_superseded(webhook_state& state) {
  if (!state.core.offered) return;
  auto batches = *state.core.offered;
  for (auto& batch : batches)
    std::erase_if(batch.changes, [&](const change& c) {
      return state.gate.passed_since(c.id, state.reading_since);
    });
  state.core.offered = std::make_shared<const change_batches>(std::move(batches));
}

// -- what was not posted ------------------------------------------------------------------------

/// While catching up nothing is posted, so nothing can be on its way.
bool ripe(webhook_ptr self, caf::timestamp since) {
  return !self->state.core.caught_up || now(self) - since >= self->state.config.grace;
}

bool any_ripe(webhook_ptr self) {
  for (const auto& [id, since] : self->state.suspects)
    if (ripe(self, since)) return true;
  return false;
}

void suspect(webhook_ptr self, const page_difference& page) {
  for (const auto& c : page.changes) {
    if (self->state.suspects.size() >= self->state.config.max_suspects) return;
    self->state.suspects.emplace(c.id, now(self));
    if (c.version) self->state.gate.raise(c.id, *c.version);
  }
}

void compare_next(webhook_ptr self) {
  read_difference(self, [self](const page_difference_ptr& page) {
    auto& state = self->state;
    suspect(self, *page);
    // A table with more differences than are remembered is compared again when these are mended.
    const auto table = state.core.comparing.front();
    stretch_compared(self, *page);
    if (state.suspects.size() >= state.config.max_suspects) state.core.comparing.add(table);
    next_step(self);
  });
}

/// What the database says counts, unless an event of the record came since it was asked.
void records_read(webhook_ptr self, std::vector<change> found) {
  auto& state = self->state;
  state.reading.clear();
  std::vector<change> changes;
  for (auto& c : found) {
    state.suspects.erase(c.id);
    if (state.gate.passed_since(c.id, state.reading_since)) continue;
    // Below the version of a write that was rolled back it would be taken for an old one; without
    // any, its place in the log would stand for it, far above the versions that events count.
    const auto least = std::max<std::uint64_t>(state.gate.known(c.id), 1);
    if (c.version.value_or(0) < least) set_version(c, least, state.config.system_prefix + "rv");
    state.gate.set(c);
    changes.push_back(std::move(c));
  }
  offer(self, one_batch(std::move(changes), "webhook"), [self] { next_step(self); });
}

void read_suspects(webhook_ptr self) {
  auto& state = self->state;
  state.reading.clear();
  for (const auto& [id, since] : state.suspects) {
    if (state.reading.size() >= state.config.read_records) break;
    if (ripe(self, since)) state.reading.push_back(id);
  }
  state.reading_since = state.gate.passed();
  const auto& prefix = state.config.system_prefix;
  read_again(self, read_records{state.reading, prefix + "rv", prefix + "version"},
             state.config.read_records,
             [self](std::vector<change> found) { records_read(self, std::move(found)); });
}

// -- what the server gave up on -----------------------------------------------------------------

void remove_leftovers(webhook_ptr self, const std::vector<record_id>& ids) {
  ask_source(self, clear_outbox{ids}, [self](const done&) { next_step(self); });
}

/// Rows that were there at the last look, too, are delivered by us: newer ones may be on their way.
void leftovers_read(webhook_ptr self, const std::vector<outbox_row>& rows) {
  auto& state = self->state;
  std::vector<change> changes;
  std::vector<record_id> ids;
  std::set<record_id, record_before> seen;
  for (const auto& row : rows) {
    seen.insert(row.id);
    if (state.core.caught_up && !state.leftovers.contains(row.id)) continue;
    if (!row.event.ok()) {
      spdlog::error("a row of the outbox cannot be read and stays there: {}",
                    row.event.failure().message);
      continue;
    }
    ids.push_back(row.id);
    if (state.gate.admit(row.event->what)) changes.push_back(row.event->what);
  }
  state.leftovers = std::move(seen);
  state.reading_since = state.gate.passed();
  if (ids.empty()) return next_step(self);
  spdlog::info("{} events that the server could not deliver are taken from the outbox", ids.size());
  offer(self, one_batch(std::move(changes), "webhook"),
        [self, ids] { remove_leftovers(self, ids); });
}

void look_at_leftovers(webhook_ptr self) {
  auto& state = self->state;
  state.leftovers_due = false;
  ask_source(self, read_outbox{state.config.system_prefix, state.config.read_records},
             [self](const std::vector<outbox_row>& rows) { leftovers_read(self, rows); });
}

// -- the cycle ----------------------------------------------------------------------------------

void rest(webhook_ptr self) {
  auto& state = self->state;
  become_idle(self);
  recovered(self);
  flushed(state.core, std::exchange(state.core.flushes, {}));
  if (!state.suspects.empty()) look_again_in(self, state.config.grace);
}

void next_step(webhook_ptr self) {
  auto& state = self->state;
  auto& core = state.core;
  if (!core.connected) {
    become_idle(self);
    return;
  }
  if (!core.asked.empty())
    return load_tables(self, [self] {
      hand_out_tables(self);
      next_step(self);
    });
  if (state.leftovers_due) return look_at_leftovers(self);
  const bool full = state.suspects.size() >= state.config.max_suspects;
  if (any_ripe(self)) return read_suspects(self);
  if (!core.comparing.empty() && !full) return compare_next(self);
  tell_if_caught_up(self);
  rest(self);
}

void work(webhook_ptr self) {
  auto& state = self->state;
  if (!state.core.started() || !state.core.connected || state.core.busy) return;
  state.core.busy = true;
  next_step(self);
}

void compare_all(webhook_ptr self, const std::string& why) {
  self->state.last_compare = now(self);
  compare_tables(self, {self->state.tables.begin(), self->state.tables.end()}, why);
}

void sweep(webhook_ptr self) {
  auto& state = self->state;
  state.leftovers_due = true;
  const bool due = now(self) - state.last_compare >= state.config.compare_interval;
  // Without a replica this would load everything again, however little was missed.
  if (due && state.core.started() && state.core.parts.reconciler)
    compare_all(self, "a regular comparison");
  work(self);
  self->delayed_send(self, state.config.leftover_interval, look_after_atom_v);
}

void adopt(webhook_ptr self, const captured_table& table) {
  auto& state = self->state;
  const bool fresh = table.exists && state.tables.insert(table.name).second;
  if (!table.exists) state.tables.erase(table.name);
  compare_adopted(self, table, fresh);
  work(self);
}

/// What is posted of it afterwards passes through, for its version may be the newest there is; the
/// comparison by whoever has the table now repairs what comes late.
void release(webhook_state& state, const std::string& table) {
  state.tables.erase(table);
  std::erase_if(state.suspects, [&](const auto& known) { return known.first.table == table; });
}

void connected(webhook_ptr self) {
  auto& state = self->state;
  source_connected(self);
  state.reading.clear();
  state.leftovers_due = true;
  // Synchronous events fail with the write, asynchronous ones are retried: nothing posted is lost
  // by this. But the database that comes back may not be the one that went (a restored backup).
  if (state.core.started()) compare_all(self, "SurrealDB was away");
  work(self);
}

}  // namespace

webhook_source_actor::behavior_type webhook_capture(webhook_ptr self, source_parts parts,
                                                    webhook_config config) {
  auto& state = self->state;
  open_source(self, std::move(parts), "webhook", config,
              [self](const error& why) { interrupted(self, why); });
  state.gate = version_gate{config.remembered};
  state.config = std::move(config);
  state.last_compare = now(self);
  self->delayed_send(self, state.config.leftover_interval, look_after_atom_v);
  return {
      [self](start_source_atom, const feed_start&, const change_sink& sink,
             const capture_actor& watch) {
        start_source(self, sink, watch);
        work(self);
      },
      [self](adopt_atom, const captured_table& table) { adopt(self, table); },
      [self](release_table_atom, const std::string& table) {
        release(self->state, table);
        return release_table(self, table);
      },
      [self](read_changes_atom, std::uint64_t epoch) {
        if (epoch == self->state.core.timer) work(self);
      },
      [self](look_after_atom) { sweep(self); },
      [self](offer_again_atom) {
        drop_superseded(self->state);
        offer_again(self);
      },
      [self](load_table_atom, const table_name& table, sequence_number seq) {
        auto answer = ask_for_table(self, table, seq);
        work(self);
        return answer;
      },
      [self](flush_atom, const std::string&) {
        auto answer = await_flush(self);
        work(self);
        return answer;
      },
      [self](doubt_rows_atom, const std::string& table, const std::vector<record_id>& ids) {
        if (!self->state.tables.contains(table)) return;
        for (const auto& id : ids) self->state.suspects.emplace(id, now(self));
        work(self);
      },
      [self](connected_atom) { connected(self); },
      [self](disconnected_atom, const std::string&) { source_lost(self); },
      [](live_fired_atom, const db_notification&) {},
      [self](ingest_changes_atom, change_batches& batches) { return take(self, batches); },
  };
}

}  // namespace spooky::actors
