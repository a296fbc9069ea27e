#include "actors/capture/changefeed_capture.hpp"

#include "actors/clock.hpp"

#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

using std::chrono::milliseconds;

void work(changefeed_ptr self);
void read_page(changefeed_ptr self, versionstamp since);

milliseconds local_time(changefeed_ptr self) {
  return std::chrono::duration_cast<milliseconds>(now(self).time_since_epoch());
}

milliseconds database_time(changefeed_ptr self) {
  return local_time(self) + self->state.clock_offset.value_or(milliseconds{0});
}

void interrupted(changefeed_ptr self, const error& why) {
  give_up(self, "the change feed cannot be read", why);
  look_again_in(self, self->state.config.poll_interval);
}

// -- retention ----------------------------------------------------------------------------------

/// A feed is trusted a little less far back than it is kept for: what is read is read with an
/// overlap.
milliseconds trusted(const changefeed_config& config, milliseconds retention) {
  return retention - std::min(config.overlap, retention / 4);
}

/// The tables whose feed may no longer hold everything since it was last read.
std::vector<std::string> expired_tables(changefeed_ptr self) {
  const auto& state = self->state;
  const auto age = database_time(self) - state.read_through;
  std::vector<std::string> expired;
  for (const auto& [table, retention] : state.tables)
    if (retention.count() != 0 && age >= trusted(state.config, retention)) expired.push_back(table);
  return expired;
}

/// Notes which tables have a gap before anything behind the gap is delivered: a restart would take
/// the feed for complete. Then goes on with `next`.
void note_gap(changefeed_ptr self, const std::vector<std::string>& tables,
              std::function<void()> next) {
  auto& core = self->state.core;
  if (!core.parts.replica) return next();
  array names;
  for (const auto& table : tables) names.emplace_back(table);
  self->request(core.parts.replica, core.request_timeout, caf::put_atom_v, std::string{"meta"},
                std::string{feed_gap_note}, value{std::move(names)})
      .then(
          [self, next, connection = core.connection](const ack&) {
            self->state.gap_noted = true;
            if (connection == self->state.core.connection) next();
          },
          [self, connection = core.connection](const caf::error& reason) {
            if (connection == self->state.core.connection) interrupted(self, from_caf(reason));
          });
}

void gap_mended(changefeed_ptr self) {
  auto& state = self->state;
  if (!std::exchange(state.gap_noted, false)) return;
  self->request(state.core.parts.replica, state.config.request_timeout, caf::delete_atom_v,
                std::string{"meta"}, std::string{feed_gap_note})
      .then([](const ack&) {},
            [](const caf::error& reason) {
              spdlog::warn("the end of a gap was not noted: {}", from_caf(reason).message);
            });
}

/// Compares what the feed no longer tells, then goes on with `next`.
void look_for_gaps(changefeed_ptr self, std::function<void()> next) {
  const auto expired = expired_tables(self);
  if (expired.empty()) return next();
  auto& state = self->state;
  const auto age = database_time(self) - state.read_through;
  const auto why = fmt::format(
      "the change feed was last read {} s ago, longer than it is kept for {} table(s), {} first",
      age.count() / 1'000, expired.size(), expired.front());
  spdlog::warn("{}: comparing with the database", why);
  compare_tables(self, expired, why);
  // The sink loads everything again, so this gap is dealt with.
  if (!state.core.parts.reconciler) state.read_through = database_time(self);
  note_gap(self, expired, std::move(next));
}

/// Notes now and then how far the feed is, so that a restart knows how old its cursor really is
/// also when nothing has changed for long.
void note_progress(changefeed_ptr self) {
  auto& state = self->state;
  auto interval = state.config.note_interval;
  for (const auto& [table, retention] : state.tables)
    if (retention.count() != 0) interval = std::min(interval, retention / 4);
  const bool due = state.read_through - state.noted >= interval;
  if (!state.core.parts.replica || !state.core.comparing.empty() || !due) return;
  state.noted = state.read_through;
  self->request(state.core.parts.replica, state.config.request_timeout, caf::put_atom_v,
                std::string{"meta"}, std::string{feed_read_note},
                value{std::int64_t{state.read_through.count()}})
      .then([](const ack&) {},
            [](const caf::error& reason) {
              spdlog::warn("the feed's position was not noted: {}", from_caf(reason).message);
            });
}

// -- reading the feed ---------------------------------------------------------------------------

change_batches to_batches(const changefeed_config& config,
                          std::vector<feed_transaction> transactions) {
  change_batches batches;
  for (auto& transaction : transactions) {
    if (config.captures)
      std::erase_if(transaction.changes,
                    [&](const change& c) { return !config.captures(c.id.table); });
    if (transaction.changes.empty()) continue;
    change_batch batch;
    batch.changes = std::move(transaction.changes);
    batch.source = feed_source(transaction.stamp);
    batch.cursor = std::to_string(transaction.stamp);
    batches.push_back(std::move(batch));
  }
  return batches;
}

void rest(changefeed_ptr self) {
  auto& state = self->state;
  state.core.busy = false;
  const bool more = !state.core.comparing.empty() || !state.core.asked.empty();
  if (state.rung || more || !state.core.caught_up) return work(self);
  look_again_in(self, state.config.poll_interval);
}

void read_done(changefeed_ptr self) {
  auto& state = self->state;
  state.read_through = state.read_began;
  note_progress(self);
  if (state.core.comparing.empty()) gap_mended(self);
  recovered(self);
  hand_out_tables(self);
  // One stretch per cycle: what is compared is read after everything in the feed was delivered, and
  // what changes meanwhile is delivered after it, so the newest state of a record comes last.
  if (state.compares && !state.core.comparing.empty())
    return deliver_difference(self, [self] { rest(self); });
  tell_if_caught_up(self);
  rest(self);
}

void page_read(changefeed_ptr self, std::vector<feed_transaction> transactions) {
  auto& state = self->state;
  auto page = state.cursor->take(std::move(transactions), state.config.page_limit);
  for (const auto& transaction : page.fresh)
    if (!transaction.defined.empty()) self->send(state.core.watch, look_now_atom_v);
  offer(self, to_batches(state.config, std::move(page.fresh)), [self, next = page.next] {
    if (next != 0) return read_page(self, next);
    read_done(self);
  });
}

void read_page(changefeed_ptr self, versionstamp since) {
  const auto& config = self->state.config;
  ask_source(self, read_changes{since, config.page_limit, config.system_prefix},
             [self](std::vector<feed_transaction> read) { page_read(self, std::move(read)); });
}

void read_feed_now(changefeed_ptr self) {
  auto& state = self->state;
  auto& comparing = state.core.comparing;
  const bool begins = state.compares && comparing.at_beginning();
  const bool deep = !state.core.caught_up || !state.core.loaded.empty() || begins ||
                    now(self) - state.last_deep >= state.config.deep_interval;
  if (deep) state.last_deep = now(self);
  state.read_began = database_time(self);
  read_page(self, state.cursor->since(deep));
}

// -- the cycle ----------------------------------------------------------------------------------

/// A doorbell that cannot be hung only costs latency: the feed is polled anyway.
void watch(changefeed_ptr self, const std::string& table) {
  self->request(self->state.core.parts.database, self->state.config.request_timeout,
                start_live_atom_v, watch_table{table}, database_listener{self})
      .then([](const value&) {},
            [table](const caf::error& reason) {
              spdlog::warn("no LIVE query on table {}: {}; its changes are seen by polling", table,
                           from_caf(reason).message);
            });
}

void cycle(changefeed_ptr self) {
  look_for_gaps(self, [self] {
    self->state.compares = !self->state.core.comparing.empty();
    load_tables(self, [self] { read_feed_now(self); });
  });
}

void set_clock(changefeed_ptr self) {
  ask_source(self, read_clock{}, [self](milliseconds database_now) {
    self->state.clock_offset = database_now - local_time(self);
    cycle(self);
  });
}

void work(changefeed_ptr self) {
  auto& state = self->state;
  if (state.core.busy || !state.core.connected || !state.cursor) return;
  state.core.busy = true;
  state.rung = false;
  if (!state.clock_offset) return set_clock(self);
  cycle(self);
}

void ring(changefeed_ptr self) {
  self->state.rung = true;
  work(self);
}

void start(changefeed_ptr self, const feed_start& from) {
  auto& state = self->state;
  state.cursor.emplace(from.stamp, from.seen,
                       feed_cursor::widths{milliseconds{250}, state.config.overlap});
  state.read_through = std::max(time_of(from.stamp), from.read_through);
  work(self);
}

void adopt(changefeed_ptr self, const captured_table& table) {
  auto& state = self->state;
  if (table.compare || !table.exists)
    compare_tables(self, {table.name}, "table " + table.name + " was removed or defined anew");
  if (!table.exists) {
    state.tables.erase(table.name);
    return ring(self);
  }
  const bool fresh = state.tables.insert_or_assign(table.name, table.retention).second;
  if (state.core.connected && (fresh || table.compare)) watch(self, table.name);
  ring(self);
}

void connected(changefeed_ptr self) {
  auto& state = self->state;
  source_connected(self);
  state.clock_offset.reset();
  for (const auto& [table, retention] : state.tables) watch(self, table);
  work(self);
}

}  // namespace

capture_source_actor::behavior_type changefeed_capture(changefeed_ptr self, source_parts parts,
                                                       changefeed_config config) {
  open_source(self, std::move(parts), "changefeed", config,
              [self](const error& why) { interrupted(self, why); });
  self->state.config = std::move(config);
  return {
      [self](start_source_atom, const feed_start& from, const change_sink& sink,
             const capture_actor& watch) {
        start_source(self, sink, watch);
        start(self, from);
      },
      [self](adopt_atom, const captured_table& table) { adopt(self, table); },
      [self](read_changes_atom, std::uint64_t epoch) {
        if (epoch == self->state.core.timer) work(self);
      },
      [](look_after_atom) {},
      [self](offer_again_atom) { offer_again(self); },
      [self](load_table_atom, const table_name& table, sequence_number seq) {
        auto answer = ask_for_table(self, table, seq);
        ring(self);
        return answer;
      },
      [self](connected_atom) { connected(self); },
      [self](disconnected_atom, const std::string&) { source_lost(self); },
      [self](live_fired_atom, const db_notification&) { ring(self); },
  };
}

}  // namespace spooky::actors
