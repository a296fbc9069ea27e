#include "actors/capture/webhook_capture.hpp"

#include "actors/clock.hpp"
#include "intents/capture/record_version.hpp"
#include "intents/capture/table_event.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <variant>

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

void carry_out(webhook_ptr self, const post_effects& effects);

/// Whoever posted it is told.
template <class Outcome>
void answer(webhook_ptr self, std::uint64_t number, Outcome outcome) {
  auto poster = self->state.posters.extract(number);
  if (!poster.empty()) poster.mapped().deliver(std::move(outcome));
}

void withdraw(webhook_state& state, const change_batches& batches) {
  state.events.on(post_event::refused{&batches});
}

/// Posts that the database is asked about; its answer, or that there is none, ends their wait.
void ask_about(webhook_ptr self, const std::vector<record_id>& ids) {
  const auto& state = self->state;
  const auto unread = [self](const error& why) {
    carry_out(self, self->state.events.on(post_event::unread{why}));
  };
  if (!state.core.connected) return unread(fail(errc::unavailable, "SurrealDB is away"));
  const auto& prefix = state.config.system_prefix;
  read_all_records(
      self, state.core.parts.database, read_records{ids, prefix + "rv", prefix + "version"},
      state.config.read_records, state.config.request_timeout,
      [self, unread, connection = state.core.connection](result<records_found> said) {
        auto& now = self->state;
        // They were refused when the connection was lost.
        if (connection != now.core.connection) return;
        if (!said.ok()) return unread(said.failure());
        for (const auto& id : said->left_out) rows_left_out(self, id.table, {id});
        carry_out(self, now.events.on(post_event::read{std::move(said).value().changes}));
      });
}

void pass_on(webhook_ptr self, std::uint64_t number, const change_batches& batches) {
  const auto kept = std::make_shared<const change_batches>(batches);
  // No timer for each, as in the front; and a version must not be withdrawn while its change may
  // still be logged.
  self->request(self->state.core.sink, caf::infinite, ingest_changes_atom_v, *kept)
      .then(
          [self, number](const committed& place) {
            auto& taken = self->state.core.taken;
            taken = std::max(taken, place.last);
            answer(self, number, place);
          },
          [self, number, kept](const caf::error& reason) {
            withdraw(self->state, *kept);
            answer(self, number, reason);
          });
}

struct post_runner {
  webhook_ptr self;

  void operator()(const post_effect::read_records& effect) const { ask_about(self, effect.ids); }
  void operator()(const post_effect::pass& effect) const {
    pass_on(self, effect.number, effect.batches);
  }
  /// It is answered with a place at which what it says is known.
  void operator()(const post_effect::known& effect) const {
    const auto taken = self->state.core.taken;
    answer(self, effect.number, committed{taken, taken});
  }
  void operator()(const post_effect::refuse& effect) const {
    answer(self, effect.number, to_caf(effect.why));
  }
};

void carry_out(webhook_ptr self, const post_effects& effects) {
  for (const auto& effect : effects) std::visit(post_runner{self}, effect);
}

caf::result<committed> take(webhook_ptr self, change_batches& batches) {
  auto& state = self->state;
  if (!state.core.started())
    return to_caf(fail(errc::not_ready, "capture has not started yet; try again later"));
  auto promise = self->make_response_promise<committed>();
  const auto number = ++state.posts;
  state.posters.emplace(number, promise);
  carry_out(self, state.events.on(post_event::posted{number, std::move(batches)}));
  return promise;
}

/// What is offered again must not overtake an event that came meanwhile.
void drop_superseded(webhook_state& state) {
  if (!state.core.offered) return;
  auto batches = *state.core.offered;
  for (auto& batch : batches)
    std::erase_if(batch.changes, [&](const change& c) {
      return state.events.gate().overtaken(c, state.reading_since);
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
    if (c.version) self->state.events.gate().raise(c.id, *c.version);
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

/// What the database says counts, unless an event came since it was asked that is not older.
change_batches what_counts(webhook_ptr self, std::vector<change> found) {
  auto& state = self->state;
  auto& gate = state.events.gate();
  std::vector<change> changes;
  for (auto& c : found) {
    state.suspects.erase(c.id);
    if (gate.overtaken(c, state.reading_since)) continue;
    const auto committed = c.version.value_or(0);
    // Below the version of a write that was rolled back it would be taken for an old one; without
    // any, its place in the log would stand for it, far above the versions that events count.
    const auto least = std::max<std::uint64_t>(gate.known(c.id), 1);
    if (committed < least) set_version(c, least, state.config.system_prefix + "rv");
    gate.set(c, committed);
    changes.push_back(std::move(c));
  }
  return one_batch(std::move(changes), "webhook");
}

/// Reads these records and delivers what they are now, then goes on with `next`.
void deliver_present(webhook_ptr self, const std::vector<record_id>& ids,
                     const std::function<void()>& next) {
  auto& state = self->state;
  state.reading_since = state.events.gate().passed();
  const auto& prefix = state.config.system_prefix;
  read_again(self, read_records{ids, prefix + "rv", prefix + "version"}, state.config.read_records,
             [self, next](std::vector<change> found) {
               offer(self, what_counts(self, std::move(found)), next);
             });
}

void read_suspects(webhook_ptr self) {
  const auto& state = self->state;
  std::vector<record_id> ids;
  for (const auto& [id, since] : state.suspects) {
    if (ids.size() >= state.config.read_records) break;
    if (ripe(self, since)) ids.push_back(id);
  }
  deliver_present(self, ids, [self] { next_step(self); });
}

// -- what the server gave up on -----------------------------------------------------------------

void remove_leftovers(webhook_ptr self, const std::vector<record_id>& rows, bool more) {
  ask_source(self, clear_outbox{rows}, [self, more](const done&) {
    if (more) self->state.leftovers_due = true;
    next_step(self);
  });
}

void describe_leftovers(const webhook_state& state, const outbox_plan& plan) {
  for (const auto& why : plan.unreadable)
    spdlog::error("a row of the outbox cannot be read and stays there: {}", why);
  for (const auto& table : plan.strangers)
    spdlog::warn(
        "events of table {} are ignored, for it is captured otherwise. Unless it is meant to be "
        "captured by them, run: {}",
        table, remove_event_advice(state.config.system_prefix, table));
  if (!plan.records.empty())
    spdlog::info("the server could not deliver {} events: {} records are read again",
                 plan.rows.size(), plan.records.size());
}

void leftovers_read(webhook_ptr self, const std::vector<outbox_row>& rows) {
  auto& state = self->state;
  const auto plan = state.left.look(rows, state.events, !state.core.caught_up);
  describe_leftovers(state, plan);
  if (plan.rows.empty()) return next_step(self);
  const bool more = rows.size() >= state.config.read_records;
  const auto remove = [self, removed = plan.rows, more] { remove_leftovers(self, removed, more); };
  if (plan.records.empty()) return remove();
  deliver_present(self, plan.records, remove);
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
  const auto& tables = self->state.events.tables();
  compare_tables(self, {tables.begin(), tables.end()}, why);
}

void sweep(webhook_ptr self) {
  auto& state = self->state;
  state.left.begin_round();
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
  const bool fresh = table.exists && !state.events.owns(table.name);
  if (table.exists)
    state.events.adopt(table.name, fresh || table.compare);
  else
    state.events.retract(table.name);
  compare_adopted(self, table, fresh);
  work(self);
}

/// What is posted of it afterwards says nothing that whoever has it now does not read.
caf::result<ack> release(webhook_ptr self, const std::string& table) {
  auto& state = self->state;
  const bool had = state.events.owns(table);
  state.events.cede(table);
  std::erase_if(state.suspects, [&](const auto& known) { return known.first.table == table; });
  if (!had) return ack{};
  return release_table(self, table);
}

void connected(webhook_ptr self) {
  auto& state = self->state;
  source_connected(self);
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
  state.events = posted_events{config.remembered, config.read_records};
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
      [self](release_table_atom, const std::string& table) { return release(self, table); },
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
        if (!self->state.events.owns(table)) return;
        for (const auto& id : ids) self->state.suspects.emplace(id, now(self));
        work(self);
      },
      [self](connected_atom) { connected(self); },
      [self](disconnected_atom, const std::string& why) {
        source_lost(self);
        carry_out(self, self->state.events.on(post_event::unread{fail(errc::unavailable, why)}));
      },
      [](live_fired_atom, const db_notification&) {},
      [self](ingest_changes_atom, change_batches& batches) { return take(self, batches); },
  };
}

}  // namespace spooky::actors
