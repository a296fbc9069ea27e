#include "actors/capture/live_capture.hpp"

#include "actors/clock.hpp"
#include "intents/capture/record_version.hpp"

#include <algorithm>
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

void dirty_records::remove(const std::string& table) {
  std::erase_if(known_, [&](const record_id& id) { return id.table == table; });
  std::erase_if(order_, [&](const record_id& id) { return id.table == table; });
}

void dirty_records::clear() {
  known_.clear();
  order_.clear();
}

namespace {

using std::chrono::ceil;
using std::chrono::milliseconds;

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
            [self, table, connection = state.core.connection](const value&) {
              if (connection != self->state.core.connection) return;
              if (!self->state.silent.contains(table)) self->state.pace.remove(table);
              watched(self);
            },
            [self, table, connection = state.core.connection](const caf::error& reason) {
              if (connection != self->state.core.connection) return;
              spdlog::warn(
                  "no LIVE query on table {}: {}; its changes are seen when it is "
                  "compared with the database",
                  table, from_caf(reason).message);
              // The table is gone, or is tried again with the next comparison.
              self->state.failed.insert(table);
              self->state.pace.add(table, now(self));
              self->send(self->state.core.watch, look_now_atom_v);
              watched(self);
            });
  }
}

void notified(live_ptr self, const db_notification& event) {
  if (event.action == "KILLED") return self->send(self->state.core.watch, look_now_atom_v);
  if (!event.record.is_record()) return;
  // LIVE queries on tables that another source has by now go on until the connection ends.
  if (!self->state.tables.contains(event.record.as_record().table)) return;
  mark(self, event.record.as_record());
  work(self);
}

// -- the cycle ----------------------------------------------------------------------------------

void records_read(live_ptr self, std::vector<change> changes) {
  self->state.reading.clear();
  offer(self, one_batch(std::move(changes), "live"), [self] { next_step(self); });
}

/// AS SELECT tables have no events.
bool counted(const live_state& state, const std::string& table) {
  return state.config.counted && state.config.counted(table) && !state.silent.contains(table);
}

/// Above what events have counted their next ones would be taken for old ones.
void set_counted_versions(live_ptr self, std::vector<change>& changes) {
  const auto& state = self->state;
  for (auto& c : changes)
    if (!c.version && counted(state, c.id.table))
      set_version(c, 1, state.config.system_prefix + "rv");
}

void read_dirty(live_ptr self) {
  auto& state = self->state;
  state.reading = state.dirty.take(state.config.read_records);
  const auto& prefix = state.config.system_prefix;
  const auto counts = state.config.counted ? prefix + "version" : std::string{};
  read_again(self, read_records{state.reading, prefix + "rv", counts}, state.config.read_records,
             [self](std::vector<change> changes) {
               set_counted_versions(self, changes);
               records_read(self, std::move(changes));
             });
}

void rest(live_ptr self) {
  become_idle(self);
  recovered(self);
  flushed(self->state.core, std::exchange(self->state.core.flushes, {}));
  const auto next = self->state.pace.next();
  if (next) look_again_in(self, std::max(milliseconds{1}, ceil<milliseconds>(*next - now(self))));
}

/// Where versions are counted, what differs is read again together with them.
void mark_differences(live_ptr self, std::function<void()> next) {
  read_difference(self, [self, next](const page_difference_ptr& page) {
    for (const auto& c : page->changes) mark(self, c.id);
    stretch_compared(self, *page);
    next();
  });
}

void compare_next(live_ptr self) {
  const auto table = self->state.core.comparing.front();
  const auto compare =
      counted(self->state, table) ? mark_differences : deliver_difference<live_ptr>;
  compare(self, [self, table] {
    const auto& comparing = self->state.core.comparing;
    if (comparing.empty() || comparing.front() != table) self->state.pace.done(table, now(self));
    next_step(self);
  });
}

// -- tables that no LIVE query tells of, without a replica ----------------------------------------

/// What has been loaded is what the consumer holds.
void remember_images(live_ptr self) {
  auto& state = self->state;
  if (state.core.parts.reconciler) return;
  for (const auto& load : state.core.loaded) {
    const std::string& table = load.rows->table;
    if (!state.pace.contains(table)) continue;
    auto image = state.images.insert_or_assign(table, table_image{}).first;
    const auto taken = image->second.reset(load.rows->rows);
    const bool small = load.rows->rows.size() <= state.config.max_image_rows;
    if (taken.ok() && small) continue;
    state.images.erase(image);
    uncaptured(self, table,
               taken.ok() ? "no LIVE query tells of it, and it has more than " +
                                std::to_string(state.config.max_image_rows) +
                                " rows to be compared: run a scheduler"
                          : taken.failure().message);
  }
}

void image_compared(live_ptr self) {
  auto& state = self->state;
  state.pace.done(state.due.front(), now(self));
  state.due.pop_front();
  state.compared_to.reset();
}

void image_page_read(live_ptr self, const table_page& page) {
  auto& state = self->state;
  const auto& table = state.due.front();
  const auto image = state.images.find(table);
  if (image == state.images.end()) {
    image_compared(self);
    return next_step(self);
  }
  auto found = image->second.take(page);
  if (!found.ok()) return state.core.interrupted(found.failure());
  rows_left_out(self, table, found->left_out);
  offer(self, one_batch(std::move(found->changes), "compare/" + table),
        [self, reached = found->reached] {
          self->state.compared_to = reached;
          if (!reached) {
            uncaptured(self, self->state.due.front(), {});
            image_compared(self);
          }
          next_step(self);
        });
}

/// The next page of the first table that is due.
void compare_with_image(live_ptr self) {
  auto& state = self->state;
  const auto& table = state.due.front();
  if (!state.images.contains(table)) {
    image_compared(self);
    return next_step(self);
  }
  read_rows(self, state.core.parts.database,
            read_page{table, state.compared_to, state.config.copy_rows},
            state.config.request_timeout,
            [self, connection = state.core.connection](const result<table_page>& page) {
              auto& at = self->state;
              if (connection != at.core.connection) return;
              if (page.ok()) return image_page_read(self, *page);
              if (page.failure().code == errc::evaluation_error)
                uncaptured(self, at.due.front(), page.failure().message);
              if (const auto image = at.images.find(at.due.front()); image != at.images.end())
                image->second.rewind();
              image_compared(self);
              at.core.interrupted(page.failure());
            });
}

/// Tables whose time has come.
void collect_due(live_ptr self) {
  auto& state = self->state;
  for (const auto& table : state.pace.due(now(self))) {
    if (state.core.parts.reconciler)
      state.core.comparing.add(table);
    else
      state.due.push_back(table);
  }
}

/// Changed records and stretches of a comparison take turns, so that neither waits for the other's
/// end.
void next_step(live_ptr self) {
  auto& state = self->state;
  auto& core = state.core;
  if (!core.connected) {
    become_idle(self);
    return;
  }
  if (!core.asked.empty())
    return load_tables(self, [self] {
      remember_images(self);
      hand_out_tables(self);
      next_step(self);
    });
  tell_if_caught_up(self);
  const bool compares = !core.comparing.empty() && (state.compare_turn || state.dirty.empty());
  state.compare_turn = !compares;
  if (compares) return compare_next(self);
  if (!state.dirty.empty()) return read_dirty(self);
  if (!state.due.empty()) return compare_with_image(self);
  rest(self);
}

void work(live_ptr self) {
  auto& state = self->state;
  if (!state.core.started() || !state.core.connected) return;
  if (!state.unwatched.empty()) watch_all(self);
  if (state.core.busy || state.asking != 0) return;
  state.core.busy = true;
  collect_due(self);
  next_step(self);
}

void forget(live_state& state, const std::string& table) {
  state.tables.erase(table);
  state.unwatched.erase(table);
  state.failed.erase(table);
  state.silent.erase(table);
  state.pace.remove(table);
  state.images.erase(table);
  state.dirty.remove(table);
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
  if (!table.exists) {
    forget(state, table.name);
  } else if (!table.notifies) {
    state.silent.insert(table.name);
    state.pace.add(table.name, now(self));
  } else {
    state.silent.erase(table.name);
    if (fresh || failed || table.compare) state.unwatched.insert(table.name);
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
  for (const auto& table : state.silent) state.unwatched.erase(table);
  for (const auto& table : std::exchange(state.due, {})) state.pace.done(table, now(self));
  state.compared_to.reset();
  for (auto& [table, image] : state.images) image.rewind();
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
  state.pace = compare_pace{config.pace};
  state.config = std::move(config);
  self->delayed_send(self, state.config.compare_interval, look_after_atom_v);
  return {
      [self](start_source_atom, const feed_start&, const change_sink& sink,
             const capture_actor& watch) {
        start_source(self, sink, watch);
        work(self);
      },
      [self](adopt_atom, const captured_table& table) { adopt(self, table); },
      [self](release_table_atom, const std::string& table) {
        forget(self->state, table);
        return release_table(self, table);
      },
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
      [self](flush_atom, const std::string&) {
        auto answer = await_flush(self);
        work(self);
        return answer;
      },
      [self](doubt_rows_atom, const std::string& table, const std::vector<record_id>& ids) {
        if (!self->state.tables.contains(table)) return;
        for (const auto& id : ids) mark(self, id);
        work(self);
      },
      [self](connected_atom) { connected(self); },
      [self](disconnected_atom, const std::string&) { source_lost(self); },
      [self](live_fired_atom, const db_notification& event) { notified(self, event); },
  };
}

}  // namespace spooky::actors
