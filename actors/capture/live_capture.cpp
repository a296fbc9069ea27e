#include "actors/capture/live_capture.hpp"

#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

namespace spooky::actors {

bool dirty_records::add(const record_id& id) {
  if (known_.contains(id)) return true;
  if (order_.size() >= capacity_) return false;
  known_.insert(id);
  order_.push_back(id);
  return true;
}

std::vector<record_id> dirty_records::take(std::size_t limit) {
  std::vector<record_id> taken;
  while (!order_.empty() && taken.size() < limit) {
    known_.erase(order_.front());
    taken.push_back(std::move(order_.front()));
    order_.pop_front();
  }
  return taken;
}

void dirty_records::clear() {
  known_.clear();
  order_.clear();
}

namespace {

void work(live_ptr self);
void next_step(live_ptr self);

void mark(live_ptr self, const record_id& id) {
  auto& state = self->state;
  if (state.dirty.add(id)) return;
  // Without a replica everything is loaded again: what is noted is superfluous, and what is
  // notified next must not ask for the same again.
  if (!state.core.parts.reconciler) state.dirty.clear();
  compare_tables(self, {id.table}, "more records changed at once than are remembered");
}

void interrupted(live_ptr self, const error& why) {
  auto& state = self->state;
  for (const auto& id : std::exchange(state.reading, {})) mark(self, id);
  give_up(self, "changes cannot be read", why);
  look_again_in(self, state.config.retry_interval);
}

// -- LIVE queries -------------------------------------------------------------------------------

void watched(live_ptr self) {
  if (--self->state.asking == 0) work(self);
}

/// Rows are read only after every LIVE query runs: what changes after that is notified.
void watch_all(live_ptr self) {
  auto& state = self->state;
  for (const auto& table : std::exchange(state.unwatched, {})) {
    ++state.asking;
    self->request(state.core.parts.database, state.config.request_timeout, start_live_atom_v,
                  watch_table{table}, database_listener{self})
        .then(
            [self, connection = state.core.connection](const value&) {
              if (connection == self->state.core.connection) watched(self);
            },
            [self, table, connection = state.core.connection](const caf::error& reason) {
              if (connection != self->state.core.connection) return;
              spdlog::warn(
                  "no LIVE query on table {}: {}; its changes are seen when it is "
                  "compared with the database",
                  table, from_caf(reason).message);
              // The table is gone, or is tried again with the next comparison.
              self->state.failed.insert(table);
              self->send(self->state.core.watch, look_now_atom_v);
              watched(self);
            });
  }
}

void notified(live_ptr self, const db_notification& event) {
  if (event.action == "KILLED") return self->send(self->state.core.watch, look_now_atom_v);
  if (!event.record.is_record()) return;
  mark(self, event.record.as_record());
  work(self);
}

// -- the cycle ----------------------------------------------------------------------------------

void records_read(live_ptr self, std::vector<change> changes) {
  self->state.reading.clear();
  offer(self, one_batch(std::move(changes), "live"), [self] { next_step(self); });
}

void read_dirty(live_ptr self) {
  auto& state = self->state;
  state.reading = state.dirty.take(state.config.read_records);
  ask_source(self, read_records{state.reading, state.config.system_prefix + "rv", {}},
             [self](std::vector<change> changes) { records_read(self, std::move(changes)); });
}

void rest(live_ptr self) {
  self->state.core.busy = false;
  recovered(self);
}

/// Changed records and stretches of a comparison take turns, so that neither waits for the other's
/// end.
void next_step(live_ptr self) {
  auto& state = self->state;
  auto& core = state.core;
  if (!core.connected) {
    core.busy = false;
    return;
  }
  if (!core.asked.empty())
    return load_tables(self, [self] {
      hand_out_tables(self);
      next_step(self);
    });
  tell_if_caught_up(self);
  const bool compares = !core.comparing.empty() && (state.compare_turn || state.dirty.empty());
  state.compare_turn = !compares;
  if (compares) return deliver_difference(self, [self] { next_step(self); });
  if (!state.dirty.empty()) return read_dirty(self);
  rest(self);
}

void work(live_ptr self) {
  auto& state = self->state;
  if (!state.core.started() || !state.core.connected) return;
  if (!state.unwatched.empty()) watch_all(self);
  if (state.core.busy || state.asking != 0) return;
  state.core.busy = true;
  next_step(self);
}

void compare_all(live_ptr self, const std::string& why) {
  compare_tables(self, {self->state.tables.begin(), self->state.tables.end()}, why);
}

void sweep(live_ptr self) {
  auto& state = self->state;
  // Without a replica this would load everything again, however little was missed.
  if (state.core.started() && state.core.parts.reconciler)
    compare_all(self, "a regular comparison");
  state.unwatched.merge(state.failed);
  state.failed.clear();
  work(self);
  self->delayed_send(self, state.config.compare_interval, look_after_atom_v);
}

void adopt(live_ptr self, const captured_table& table) {
  auto& state = self->state;
  const bool fresh = table.exists && state.tables.insert(table.name).second;
  const bool failed = state.failed.erase(table.name) != 0;
  if (table.exists && (fresh || failed || table.compare)) state.unwatched.insert(table.name);
  if (!table.exists) {
    state.tables.erase(table.name);
    state.unwatched.erase(table.name);
  }
  // Whatever was noted of its rows: nobody has watched them until now.
  compare_adopted(self, table, fresh);
  work(self);
}

void connected(live_ptr self) {
  auto& state = self->state;
  source_connected(self);
  state.asking = 0;
  state.failed.clear();
  for (const auto& id : std::exchange(state.reading, {})) mark(self, id);
  state.unwatched = state.tables;
  // At the very start the tables come with the first look, and nothing has been loaded.
  if (state.core.started()) compare_all(self, "SurrealDB was away");
  work(self);
}

}  // namespace

capture_source_actor::behavior_type live_capture(live_ptr self, source_parts parts,
                                                 live_config config) {
  auto& state = self->state;
  open_source(self, std::move(parts), "live", config,
              [self](const error& why) { interrupted(self, why); });
  state.dirty = dirty_records{config.max_dirty};
  state.config = std::move(config);
  self->delayed_send(self, state.config.compare_interval, look_after_atom_v);
  return {
      [self](start_source_atom, const feed_start&, const change_sink& sink,
             const capture_actor& watch) {
        start_source(self, sink, watch);
        work(self);
      },
      [self](adopt_atom, const captured_table& table) { adopt(self, table); },
      [self](read_changes_atom, std::uint64_t epoch) {
        if (epoch == self->state.core.timer) work(self);
      },
      [self](look_after_atom) { sweep(self); },
      [self](offer_again_atom) { offer_again(self); },
      [self](load_table_atom, const table_name& table, sequence_number seq) {
        // The table's changes must be notified from before its rows are read.
        if (self->state.tables.insert(table).second) self->state.unwatched.insert(table);
        auto answer = ask_for_table(self, table, seq);
        work(self);
        return answer;
      },
      [self](connected_atom) { connected(self); },
      [self](disconnected_atom, const std::string&) { source_lost(self); },
      [self](live_fired_atom, const db_notification& event) { notified(self, event); },
  };
}

}  // namespace spooky::actors
