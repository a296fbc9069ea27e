#include "actors/ssp/circuit.hpp"

#include "actors/ssp/circuit_asked.hpp"
#include "actors/ssp/circuit_clock.hpp"
#include "actors/ssp/circuit_definitions.hpp"
#include "actors/ssp/circuit_lane.hpp"
#include "actors/ssp/circuit_streams.hpp"
#include "actors/ssp/circuit_tables.hpp"
#include "actors/ssp/circuit_views.hpp"
#include "actors/ssp/circuit_watch.hpp"
#include "actors/ssp/engine_start.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

// -- applying the log ---------------------------------------------------------------------------

void publish(circuit_ptr self, std::vector<views::view_delta> deltas) {
  for (auto& delta : deltas) {
    const auto view = self->state.views.find(view_id{delta.view_id});
    if (view == self->state.views.end()) continue;
    if (delta.failed && is_heavy(self, *delta.failed)) {
      // It stays as it was shown, until the lane says how it is.
      self->state.engine.unregister_view(view->first);
      move_to_lane(self, view->second.registration);
      continue;
    }
    tell_delta(self, std::move(delta));
  }
}

namespace {

void register_ready(circuit_ptr self);

/// The slice's changes above `applied`, without those that a table was loaded with already.
std::vector<change> fresh_changes(const circuit_state& state, const log_slice& slice) {
  std::vector<change> fresh;
  for (const auto& batch : *slice.batches) {
    for (const auto& c : batch.changes) {
      if (c.seq <= state.applied) continue;
      const auto floor = state.floors.find(c.id.table);
      if (floor == state.floors.end() || c.seq > floor->second) fresh.push_back(c);
    }
  }
  return fresh;
}

/// Steps through the changes. What comes after a definition is seen under the new one: it may hide
/// just that.
void step_through(circuit_ptr self, std::span<const change> changes) {
  auto& state = self->state;
  const std::string& table = state.config.definition_table;
  const auto defines = [&](const change& c) { return c.id.table == table; };
  auto first = changes.begin();
  while (state.engine.has_table(table)) {
    const auto begin = std::find_if(first, changes.end(), defines);
    if (begin == changes.end()) break;
    const auto end = std::find_if_not(begin, changes.end(), defines);
    if (begin != first) publish(self, state.engine.step({first, begin}));
    publish(self, state.engine.step({begin, end}));
    take_definitions(self, {begin, end});
    first = end;
  }
  if (first != changes.end()) publish(self, state.engine.step({first, changes.end()}));
}

caf::result<sequence_number> apply(circuit_ptr self, const log_slice& slice) {
  auto& state = self->state;
  if (!slice.batches || slice.last <= state.applied) return state.applied;
  if (slice.first > state.applied + 1)
    return to_caf(fail(errc::conflict, "changes " + std::to_string((state.applied + 1).raw()) +
                                           " to " + std::to_string((slice.first - 1).raw()) +
                                           " are missing; bootstrap again"));
  auto fresh = fresh_changes(state, slice);
  state.intake.keep(fresh);
  // What was left out because it concerns no table here still moves the engine's position.
  if (fresh.empty() || fresh.back().seq != slice.last) fresh.push_back(position_at(slice.last));
  tell_time(self);
  step_through(self, fresh);
  state.heavy.changed(fresh);
  asked_about(self, fresh, state.applied);
  state.applied = slice.last;
  tell_position(self);
  if (std::erase_if(state.floors, [&](const auto& f) { return f.second <= state.applied; }) != 0)
    register_ready(self);
  serve_lane(self);
  serve_asked(self);
  await_time(self);
  return state.applied;
}

// -- registering --------------------------------------------------------------------------------

void restored_one(circuit_ptr self) {
  auto& state = self->state;
  if (state.restoring == 0 || --state.restoring != 0) return;
  state.reset_promise.deliver(restore_outcome{std::exchange(state.lost, {})});
}

/// A view that cannot be restored is held no longer: whoever placed it here has to know.
void lose(circuit_ptr self, const view_id& id, const error& why) {
  auto& state = self->state;
  spdlog::error("view {} could not be restored: {}", id, why.message);
  if (const auto view = state.views.find(id); view != state.views.end())
    close_view(self, view, {stream_end::unknown});
  state.lost.push_back(id);
  restored_one(self);
}

void refuse(circuit_ptr self, waiting_view& view, const error& why) {
  if (view.restoring) return lose(self, view.registration->id, why);
  view.promise.deliver(to_caf(why));
}

/// Rows may link to tables that the query's text does not name: the view waits for those, too.
bool wait_for_link(circuit_ptr self, waiting_view& view, const error& why) {
  const auto* table = missing_table(why);
  if (table == nullptr || self->state.engine.has_table(*table)) return false;
  load_linked(self, table_name{*table});
  view.tables.emplace_back(*table);
  self->state.waiting.push_back(std::move(view));
  return true;
}

/// The lane will show it.
void leave_to_lane(circuit_ptr self, waiting_view& waiting) {
  if (!waiting.restoring) return open_in_lane(self, std::move(waiting));
  // The SSP is ready once it can answer, and need not wait for what is slow.
  keep_view(self, waiting.registration, true);
  move_to_lane(self, waiting.registration);
  restored_one(self);
}

/// The database will tell it.
void leave_to_database(circuit_ptr self, waiting_view& waiting) {
  const bool restoring = waiting.restoring;
  if (const auto opened = open_asked(self, waiting); !opened.ok())
    return refuse(self, waiting, opened.failure());
  // The SSP is ready once it can answer, and need not wait for the database.
  if (restoring) restored_one(self);
}

void register_now(circuit_ptr self, waiting_view& waiting) {
  auto& state = self->state;
  const auto& view = waiting.registration;
  if (waiting.asked) return leave_to_database(self, waiting);
  if (!waiting.restoring)
    if (const auto may = may_try_heavy(self, *view); !may.ok())
      return refuse(self, waiting, may.failure());
  if (has_lane(self) && state.heavy.known(*view)) return leave_to_lane(self, waiting);
  auto shown = state.engine.register_view(view->id, view->surql, view->params, view->caller);
  if (!shown.ok()) {
    if (is_heavy(self, shown.failure())) {
      took_turn(self, *view);
      return leave_to_lane(self, waiting);
    }
    if (!wait_for_link(self, waiting, shown.failure())) refuse(self, waiting, shown.failure());
    return;
  }
  if (!waiting.restoring) {
    const auto allowed = may_keep(state, *view, rows_in(*shown), state.engine.bytes_of(view->id));
    if (!allowed.ok()) {
      state.engine.unregister_view(view->id);
      return refuse(self, waiting, allowed.failure());
    }
  }
  keep_view(self, view, true);
  const auto snapshot = shown_now(self->state, view->id, std::move(shown).value());
  if (waiting.restoring) {
    // The edges converge by themselves; the SSP is ready once it can answer.
    write_edges(self, view, snapshot, std::nullopt);
    return restored_one(self);
  }
  write_edges(self, view, snapshot, waiting.promise);
}

bool can_register(const circuit_state& state, const waiting_view& view) {
  return std::all_of(view.tables.begin(), view.tables.end(), [&](const table_name& table) {
    // While restoring nothing is delivered, so waiting for a floor would be for ever.
    return state.engine.has_table(table) && (view.restoring || !state.floors.contains(table));
  });
}

void register_ready(circuit_ptr self) {
  auto& waiting = self->state.waiting;
  for (std::size_t i = 0; i < waiting.size();) {
    if (!can_register(self->state, waiting[i])) {
      ++i;
      continue;
    }
    auto view = std::move(waiting[i]);
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i));
    register_now(self, view);
  }
}

void admit(circuit_ptr self, waiting_view view) {
  auto tables = views::engine::tables_of(view.registration->surql, view.registration->params,
                                         self->state.config.engine.text, view.registration->caller);
  // Who may see what, what is computed, which params and functions there are, what is captured.
  view.tables = {self->state.config.definition_table};
  if (tables.ok()) {
    for (const auto& table : *tables) view.tables.emplace_back(table);
  } else {
    auto asked = asked_plan_for(self, *view.registration, tables.failure());
    if (!asked.ok()) return refuse(self, view, asked.failure());
    view.asked = std::move(asked).value();
  }
  if (can_register(self->state, view)) return register_now(self, view);
  // Those that it held already are bounded by what it could hold.
  if (!view.restoring && self->state.waiting.size() >= self->state.config.max_waiting)
    return refuse(self, view, fail(errc::overloaded, "too many views wait for their tables"));
  for (const auto& table : view.tables)
    if (!self->state.engine.has_table(table)) load_table(self, table);
  self->state.waiting.push_back(std::move(view));
}

caf::result<snapshot_result_ptr> register_view(circuit_ptr self, const registration_ptr& view) {
  auto& state = self->state;
  const auto known = state.views.find(view->id);
  if (known != state.views.end() && !same_query(*known->second.registration, *view))
    return to_caf(fail(errc::already_exists,
                       "view " + view->id + " is registered with another query or parameters"));
  if (const auto allowed = may_keep(state, *view, 0, 0); !allowed.ok())
    return to_caf(allowed.failure());
  if (is_asked(state, view->id)) return register_asked_again(self, view);
  auto promise = self->make_response_promise<snapshot_result_ptr>();
  tell_time(self);
  if (state.heavy.place_of(view->id) != lane_ledger::place::circuit) {
    open_in_lane(self, waiting_view{view, {}, false, promise});
    serve_lane(self);
    return promise;
  }
  auto shown = state.engine.snapshot(view->id);
  // A permission may look at what is new with each of a user's sessions.
  const bool anew =
      shown.ok() && !shown->halted && known != state.views.end() &&
      value{known->second.registration->caller.session} != value{view->caller.session};
  if (anew) shown = state.engine.register_view(view->id, view->surql, view->params, view->caller);
  // A view that passed a limit tries again with what its tables hold now.
  if (!shown.ok() || shown->halted) {
    admit(self, waiting_view{view, {}, false, promise});
    serve_lane(self);
    await_time(self);
    return promise;
  }
  await_time(self);
  keep_view(self, view, anew);
  // A client registers again when its record or edges are lost: they are written again.
  write_edges(self, view, shown_now(self->state, view->id, std::move(*shown)), promise);
  return promise;
}

/// Ends registrations of this id that wait for their tables or for the lane. True if there were
/// any.
bool cancel_waiting(circuit_ptr self, const view_id& id) {
  auto& waiting = self->state.waiting;
  const auto first = std::stable_partition(waiting.begin(), waiting.end(), [&](const auto& view) {
    return view.registration->id != id;
  });
  std::vector<waiting_view> cancelled{std::make_move_iterator(first),
                                      std::make_move_iterator(waiting.end())};
  waiting.erase(first, waiting.end());
  for (auto& view : no_longer_opening(self->state, id)) cancelled.push_back(std::move(view));
  for (auto& view : no_longer_asked(self->state, id)) cancelled.push_back(std::move(view));
  for (auto& view : cancelled) {
    if (view.restoring)
      restored_one(self);
    else
      view.promise.deliver(to_caf(fail(errc::not_found, "view " + id + " was unregistered")));
  }
  return !cancelled.empty();
}

void stop_view(circuit_ptr self, std::map<view_id, live_view>::iterator view,
               const stream_ending& how) {
  self->state.engine.unregister_view(view->first);
  close_view(self, view, how);
  serve_lane(self);
}

caf::result<ack> unregister_view(circuit_ptr self, const view_id& id) {
  auto& state = self->state;
  const bool waited = cancel_waiting(self, id);
  const auto known = state.views.find(id);
  if (known == state.views.end()) {
    if (waited) return ack{};
    return to_caf(fail(errc::not_found, "no view " + id + " is registered here"));
  }
  const view_claim claim{id, known->second.registration->epoch};
  stop_view(self, known, {stream_end::gone});
  return self->delegate(state.parts.edges, unregister_view_atom_v, claim);
}

/// Another SSP keeps the view now.
caf::result<ack> release_view(circuit_ptr self, const view_release& release) {
  const auto& id = release.claim.id;
  const bool waited = cancel_waiting(self, id);
  const auto known = self->state.views.find(id);
  if (known != self->state.views.end())
    stop_view(self, known, {stream_end::moved, release.to});
  else if (!waited)
    return to_caf(fail(errc::not_found, "no view " + id + " is registered here"));
  self->send(self->state.parts.edges, release_view_atom_v, id);
  return ack{};
}

// -- starting over ------------------------------------------------------------------------------

/// Empties the engine at this position; gives back the views that were registered or waiting.
std::vector<waiting_view> empty(circuit_ptr self, sequence_number seq) {
  auto& state = self->state;
  ++state.generation;
  state.engine = engine_at(state.config.engine, seq);
  state.heavy.reset();
  state.lane.end();
  state.applied = seq;
  state.intake.clear();
  state.linked.clear();
  state.failed_loads.clear();
  state.floors.clear();
  forget_definitions(state);
  state.idle.clear();
  state.lost.clear();
  auto views = std::exchange(state.waiting, {});
  for (auto& [id, view] : std::exchange(state.opening, {})) views.push_back(std::move(view));
  for (auto& [id, view] : std::exchange(state.asking, {})) views.push_back(std::move(view));
  state.asked.clear();
  state.questions.reset();
  state.answer_bytes = 0;
  for (const auto& [id, view] : state.views) views.push_back({view.registration, {}, true, {}});
  return views;
}

caf::result<restore_outcome> start_over(circuit_ptr self, const circuit_start& start) {
  auto& state = self->state;
  if (const auto version = surrealql::parse_server_version(start.database))
    state.config.engine.text.rules = surrealql::semantics::of(*version);
  auto views = empty(self, start.seq);
  for (const auto& view : start.views) views.push_back({view, {}, true, {}});
  state.interest.reset(start);
  auto promise = self->make_response_promise<restore_outcome>();
  state.reset_promise = promise;
  // One more than there are views, so that the answer leaves also when there are none.
  state.restoring = 1;
  for (const auto& view : views) state.restoring += view.restoring ? 1 : 0;
  tell_time(self);
  for (auto& view : views) admit(self, std::move(view));
  await_time(self);
  restored_one(self);
  serve_lane(self);
  return promise;
}

caf::result<ack> forget_all(circuit_ptr self) {
  auto& state = self->state;
  for (auto& view : empty(self, state.applied))
    if (!view.restoring)
      view.promise.deliver(to_caf(fail(errc::not_ready, "the SSP was reset; register again")));
  const auto views = std::exchange(state.views, {});
  state.rows = 0;
  state.by_client.clear();
  if (views.empty()) return ack{};
  auto promise = self->make_response_promise<ack>();
  const auto left = std::make_shared<std::size_t>(views.size());
  auto one_done = [promise, left]() mutable {
    if (--*left == 0) promise.deliver(ack{});
  };
  for (const auto& [id, view] : views) {
    self->send(view.actor, close_feed_atom_v, stream_ending{stream_end::gone});
    self->request(state.parts.edges, state.config.edges_timeout, unregister_view_atom_v,
                  view_claim{id, view.registration->epoch})
        .then([one_done](const ack&) mutable { one_done(); },
              [one_done, id = id](const caf::error& reason) mutable {
                spdlog::warn("edges of view {} not removed: {}", id, from_caf(reason).message);
                one_done();
              });
  }
  return promise;
}

circuit_position about_to_join(circuit_state& state) {
  auto stated = state.interest.hold();
  return {state.applied, std::move(stated.tables), stated.revision};
}

circuit_status status(const circuit_state& state) {
  return {state.applied, state.views.size(), state.heavy.size(), state.engine.tables().size()};
}

caf::result<snapshot_result_ptr> current(circuit_ptr self, const view_id& id) {
  if (self->state.heavy.place_of(id) != lane_ledger::place::circuit)
    return current_in_lane(self, id);
  auto shown = snapshot_of(self->state, id);
  if (!shown.ok()) return to_caf(shown.failure());
  return shown_now(self->state, id, std::move(shown).value());
}

caf::result<value> explain(circuit_ptr self, const view_id& id) {
  if (self->state.heavy.place_of(id) != lane_ledger::place::circuit)
    return explain_in_lane(self, id);
  if (is_asked(self->state, id)) return explain_asked(self->state, id);
  auto told = self->state.engine.explain(id);
  if (!told.ok()) return to_caf(told.failure());
  auto view = told->as_object();
  view.set("lane", value{"main"});
  return value{std::move(view)};
}

}  // namespace

// -- tables ---------------------------------------------------------------------------------------

void tables_arrived(circuit_ptr self) {
  tell_time(self);
  if (!self->state.linked.empty()) publish(self, self->state.engine.step({}));
  register_ready(self);
  serve_lane(self);
  await_time(self);
}

void table_refused(circuit_ptr self, const table_name& table, const error& reason) {
  auto& state = self->state;
  auto waiting = std::exchange(state.waiting, {});
  for (auto& view : waiting) {
    const bool affected = std::count(view.tables.begin(), view.tables.end(), table) != 0;
    if (affected)
      refuse(self, view, reason);
    else
      state.waiting.push_back(std::move(view));
  }
  refused_in_lane(self, table, reason);
}

circuit_actor::behavior_type circuit(circuit_ptr self, circuit_parts parts, circuit_config config) {
  self->state.parts = std::move(parts);
  self->state.config = std::move(config);
  self->state.engine = engine_at(self->state.config.engine, 0);
  self->state.allowance = heavy_allowance{self->state.config.client_heavy_queries};
  self->state.questions = asked_ledger{self->state.config.asking};
  watch_lane(self);
  self->delayed_send(self, self->state.config.sweep_interval, drop_tables_atom_v);
  return {
      [self](join_atom) { return about_to_join(self->state); },
      [self](resume_atom) {
        resume_interest(self);
        return ack{};
      },
      [self](start_over_atom, const circuit_start& start) { return start_over(self, start); },
      [self](forget_all_atom) { return forget_all(self); },
      [self](ingest_log_atom, const log_slice& slice) { return apply(self, slice); },
      [self](register_view_atom, const registration_ptr& view) {
        return register_view(self, view);
      },
      [self](unregister_view_atom, const view_id& id) { return unregister_view(self, id); },
      [self](release_view_atom, const view_release& view) { return release_view(self, view); },
      [self](read_view_atom, const view_id& id) { return current(self, id); },
      [self](find_feed_atom, const view_id& id) { return find_feed(self->state, id); },
      [self](follow_view_atom, const stream_subscription& client,
             const stream_session_actor& session) { follow_view(self, client, session); },
      [self](leave_view_atom, const view_id& id, subscriber_id who) { leave_view(self, id, who); },
      [self](explain_view_atom, const view_id& id) { return explain(self, id); },
      [self](explain_tables_atom) {
        return with_lane(self->state, self->state.engine.dependencies());
      },
      [self](circuit_status_atom) { return status(self->state); },
      [self](list_views_atom, std::size_t rows) { return comparable_views(self->state, rows); },
      [self](watched_view_atom, const view_id& id) { return watched(self, id); },
      [self](mend_view_atom, const view_id& id, bool reload) { return mend(self, id, reload); },
      [self](load_again_atom, const table_name& table) { load_again(self, table); },
      [self](pass_time_atom, std::uint64_t alarm) { time_has_come(self, alarm); },
      [self](time_to_ask_atom, std::uint64_t alarm) { time_to_ask(self, alarm); },
      [self](state_interest_atom) { state_interest(self); },
      [self](drop_tables_atom) { sweep_tables(self); },
  };
}

}  // namespace spooky::actors
