#include "actors/ssp/circuit_asked.hpp"

#include "actors/clock.hpp"
#include "actors/database_query.hpp"
#include "actors/ssp/circuit_streams.hpp"
#include "actors/ssp/circuit_tables.hpp"
#include "actors/ssp/circuit_views.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

asked_ledger::query query_of(const circuit_state& state, const views::asked_plan& plan) {
  // The database must not go on with what nobody awaits any more.
  const auto limit = std::to_string(state.config.ask_timeout.count());
  return {plan.read ? plan.text + " TIMEOUT " + limit + "ms" : plan.text, plan.params};
}

/// The tables behind the plan's answer, if its caller may see that.
result<std::set<table_name>> judge(const circuit_state& state, const views::asked_plan& plan,
                                   const surrealql::caller& who) {
  if (!state.rules_in_force || !state.definitions_in_force)
    return fail(errc::not_ready, "It is not known yet what the database defines; try again");
  SPOOKY_TRY(views::may_be_asked(plan, who, *state.rules_in_force, *state.definitions_in_force));
  SPOOKY_ASSIGN(const auto tables,
                views::tables_behind(plan, *state.rules_in_force, *state.definitions_in_force));
  return std::set<table_name>(tables.begin(), tables.end());
}

asked_ledger::reaches_us heard(const circuit_state& state) {
  return [&state](const table_name& table) { return state.interest.granted(table).has_value(); };
}

/// Failures that another attempt may mend: the way to the database is at fault, not the query.
bool passes(errc code) {
  return code == errc::unavailable || code == errc::timeout || code == errc::conflict ||
         code == errc::overloaded || code == errc::not_ready;
}

void follow_tables(circuit_ptr self, const view_id& id) {
  auto& state = self->state;
  for (const auto& table : state.questions.tables_of(id)) state.interest.want(table);
  state_interest(self);
}

std::vector<waiting_view> take_waiting(circuit_state& state, const view_id& id) {
  std::vector<waiting_view> waiting;
  const auto [begin, end] = state.asking.equal_range(id);
  for (auto it = begin; it != end; ++it) waiting.push_back(std::move(it->second));
  state.asking.erase(begin, end);
  return waiting;
}

void drop(circuit_state& state, const view_id& id) {
  state.questions.drop(id);
  state.asked.erase(id);
}

snapshot_result_ptr shown_of(const circuit_state& state, const view_id& id) {
  return shown_now(state, id,
                   state.asked.at(id).view.snapshot(state.questions.position(id, state.applied)));
}

std::size_t bytes_of(const views::asked_view& view) {
  return view.shown() ? view.shown()->bytes : 0;
}

/// Answers count for the engine's memory; one that several views show counts once.
void weigh_answers(circuit_state& state) {
  std::set<views::asked_answer_ptr> all;
  std::size_t bytes = 0;
  for (const auto& [id, each] : state.asked)
    if (const auto& shown = each.view.shown(); shown && all.insert(shown).second)
      bytes += shown->bytes;
  state.answer_bytes = bytes;
  state.engine.share_memory(state.lane_bytes + state.answer_bytes);
}

// -- answers --------------------------------------------------------------------------------------

/// The view has something to show for the first time.
void opened(circuit_ptr self, const view_id& id) {
  auto& state = self->state;
  const auto shown = shown_of(state, id);
  const auto bytes = bytes_of(state.asked.at(id).view);
  auto waiting = take_waiting(state, id);
  for (auto& each : waiting) {
    const auto allowed = may_keep(state, *each.registration, rows_in(*shown), bytes);
    if (!allowed.ok()) {
      each.promise.deliver(to_caf(allowed.failure()));
      continue;
    }
    keep_view(self, each.registration, true);
    write_edges(self, each.registration, shown_of(state, id), each.promise);
  }
  const auto view = state.views.find(id);
  if (view == state.views.end()) return drop(state, id);
  view->second.bytes_elsewhere = bytes;
  if (waiting.empty()) show_whole(self, view->second, shown);
}

/// Nobody who waits for the view's first answer gets one.
void not_opened(circuit_ptr self, const view_id& id, const error& why) {
  auto& state = self->state;
  const auto& plan = state.asked.at(id).view.plan();
  const bool misspelt = !plan.read && !passes(why.code);
  const auto told = misspelt ? fail(plan.refused_as, plan.reason + "; " + why.message) : why;
  for (auto& each : take_waiting(state, id)) each.promise.deliver(to_caf(told));
  const auto view = state.views.find(id);
  if (view == state.views.end()) return drop(state, id);
  // One that was kept elsewhere before has its edges, as old as they are, until there are better.
  if (passes(why.code)) return;
  state.asked.at(id).view.failed(why, state.applied);
  show_whole(self, view->second, shown_of(state, id));
}

void tell(circuit_ptr self, std::optional<views::view_delta> delta) {
  if (!delta) return;
  const auto view = self->state.views.find(view_id{delta->view_id});
  if (view == self->state.views.end()) return;
  view->second.bytes_elsewhere = bytes_of(self->state.asked.at(view->first).view);
  tell_delta(self, *std::move(delta));
}

void failed(circuit_ptr self, const asked_ledger::outcome& of, const error& why) {
  auto& state = self->state;
  for (const auto& id : of.views) {
    auto& view = state.asked.at(id).view;
    if (view.opening())
      not_opened(self, id, why);
    else
      tell(self, view.failed(why, of.seq));
  }
}

void answered(circuit_ptr self, const asked_ledger::outcome& of, value said) {
  auto& state = self->state;
  if (of.views.empty()) return;
  views::asked_answer_ptr before;
  for (const auto& id : of.views)
    if (const auto& shown = state.asked.at(id).view.shown(); shown && !before) before = shown;
  const auto answer =
      views::read_answer(state.asked.at(of.views.front()).view.plan(), std::move(said), of.seq,
                         before, state.config.version_field,
                         {state.config.engine.max_result_rows, state.config.engine.max_view_bytes});
  if (!answer.ok()) return failed(self, of, answer.failure());
  for (const auto& id : of.views) {
    auto& view = state.asked.at(id).view;
    if (view.barred()) continue;
    const bool opening = view.opening();
    auto delta = view.answered(*answer);
    if (opening)
      opened(self, id);
    else
      tell(self, std::move(delta));
  }
  weigh_answers(state);
}

void put_question(circuit_ptr self, asked_ledger::question question) {
  const auto& config = self->state.config;
  const auto ticket = question.ticket;
  ask_database(self, self->state.parts.database,
               answer_select{std::move(question.what.text), std::move(question.what.params)},
               config.ask_timeout, [self, ticket](result<value> said) {
                 auto& questions = self->state.questions;
                 if (said.ok()) {
                   answered(self, questions.answered(ticket), std::move(said).value());
                 } else {
                   const auto& why = said.failure();
                   const auto of = questions.failed(ticket, passes(why.code), now(self));
                   failed(self, of,
                          fail(why.code, "SurrealDB, asked for this query, says: " + why.message));
                 }
                 tell_position(self);
                 serve_asked(self);
               });
}

/// Registrations of the client that wait for a first answer.
std::size_t waiting_of(const circuit_state& state, const std::optional<std::string>& client) {
  return static_cast<std::size_t>(std::count_if(
      state.asking.begin(), state.asking.end(),
      [&](const auto& each) { return client_of(*each.second.registration) == client; }));
}

result<void> may_wait(const circuit_state& state, const view_registration& view) {
  if (state.asking.size() >= state.config.max_opening)
    return fail(errc::overloaded, "too many views wait for the database's answer");
  const auto client = client_of(view);
  if (!client || waiting_of(state, client) < state.config.client_heavy_queries) return {};
  return fail(errc::overloaded,
              "as many views of this client wait for the database's answer as may "
              "(limits.client_heavy_queries); try again");
}

}  // namespace

result<views::asked_plan_ptr> asked_plan_for(circuit_ptr self, const view_registration& view,
                                             const error& why) {
  if (!self->state.parts.database) return why;
  SPOOKY_ASSIGN(auto plan,
                views::asked_plan_of(view.surql, view.params, why, self->state.config.engine.text));
  return std::make_shared<const views::asked_plan>(std::move(plan));
}

std::vector<std::string> names_behind(const circuit_state& state, const view_id& id) {
  std::vector<std::string> names;
  for (const auto& table : state.questions.tables_of(id)) names.push_back(table.raw());
  return names;
}

bool is_asked(const circuit_state& state, const view_id& id) { return state.asked.contains(id); }

result<void> open_asked(circuit_ptr self, waiting_view& waiting) {
  auto& state = self->state;
  const auto registration = waiting.registration;
  const auto& id = registration->id;
  const auto& plan = waiting.asked;
  SPOOKY_ASSIGN(auto tables, judge(state, *plan, registration->caller));
  if (!waiting.restoring) SPOOKY_TRY(may_wait(state, *registration));
  if (!is_asked(state, id)) {
    state.asked.emplace(id, asked_for{registration, views::asked_view{id.raw(), plan}});
    state.questions.admit(id, query_of(state, *plan), std::move(tables), now(self));
  }
  follow_tables(self, id);
  // As with the lane: what it showed before stays until there is an answer.
  if (waiting.restoring) keep_view(self, registration, true);
  if (!waiting.restoring) state.asking.emplace(id, std::move(waiting));
  // What another view shows already is right as long as nothing is to be asked.
  const auto other = state.questions.sibling(id);
  const bool settled = state.questions.position(id, state.applied) == state.applied;
  if (other && settled && state.asked.at(*other).view.shown() &&
      state.asked.at(id).view.opening()) {
    state.asked.at(id).view.answered(state.asked.at(*other).view.shown());
    opened(self, id);
  } else {
    state.questions.lacks_answer(id, now(self));
  }
  serve_asked(self);
  return {};
}

caf::result<snapshot_result_ptr> register_asked_again(circuit_ptr self,
                                                      const registration_ptr& view) {
  auto& state = self->state;
  auto& [before, kept] = state.asked.at(view->id);
  if (!same_query(*before, *view))
    return to_caf(fail(errc::already_exists,
                       "view " + view->id + " is registered with another query or parameters"));
  auto tables = judge(state, kept.plan(), view->caller);
  if (!tables.ok()) return to_caf(tables.failure());
  if (kept.opening())
    if (const auto may = may_wait(state, *view); !may.ok()) return to_caf(may.failure());
  before = view;
  if (kept.failure() && !kept.barred())
    state.questions.depends_on(view->id, std::move(tables).value(), state.applied, now(self));
  auto promise = self->make_response_promise<snapshot_result_ptr>();
  if (kept.opening()) {
    state.asking.emplace(view->id, waiting_view{view, {}, false, promise, {}});
  } else {
    keep_view(self, view, false);
    write_edges(self, view, shown_of(state, view->id), promise);
  }
  serve_asked(self);
  return promise;
}

std::vector<waiting_view> no_longer_asked(circuit_state& state, const view_id& id) {
  drop(state, id);
  return take_waiting(state, id);
}

void asked_about(circuit_ptr self, std::span<const change> changes, sequence_number before) {
  auto& state = self->state;
  if (state.asked.empty()) return;
  std::set<std::string_view> tables;
  for (const auto& each : changes) tables.insert(each.id.table);
  for (const auto table : tables)
    state.questions.changed(table_name{std::string(table)}, before, now(self));
}

void judge_asked(circuit_ptr self) {
  auto& state = self->state;
  const auto seq = state.engine.applied();
  std::vector<view_id> ids;
  for (const auto& [id, view] : state.asked) ids.push_back(id);
  for (const auto& id : ids) {
    auto& view = state.asked.at(id).view;
    auto tables = judge(state, view.plan(), state.asked.at(id).registration->caller);
    if (tables.ok()) {
      view.allow();
      state.questions.depends_on(id, std::move(tables).value(), seq, now(self));
      follow_tables(self, id);
      if (const auto kept = state.views.find(id); kept != state.views.end())
        kept->second.tables = names_behind(state, id);
      continue;
    }
    const auto& why = tables.failure();
    for (auto& each : take_waiting(state, id)) each.promise.deliver(to_caf(why));
    const auto kept = state.views.find(id);
    if (kept == state.views.end()) {
      drop(state, id);
      continue;
    }
    const bool opening = view.opening();
    auto delta = view.bar(why, seq);
    if (opening)
      show_whole(self, kept->second, shown_of(state, id));
    else
      tell(self, std::move(delta));
  }
  serve_asked(self);
}

void serve_asked(circuit_ptr self) {
  auto& state = self->state;
  if (state.asked.empty()) return;
  const auto reaches = heard(state);
  for (auto& question : state.questions.take(now(self), state.applied, reaches))
    put_question(self, std::move(question));
  const auto next = state.questions.next(reaches);
  if (!next || (state.asks_at && *state.asks_at <= *next)) return;
  state.asks_at = next;
  const auto pause = std::max(*next - now(self), timespan{1});
  self->delayed_send(self, pause, time_to_ask_atom_v, ++state.ask_alarm);
}

void time_to_ask(circuit_ptr self, std::uint64_t alarm) {
  if (alarm != self->state.ask_alarm) return;
  self->state.asks_at.reset();
  serve_asked(self);
}

result<views::view_snapshot> snapshot_of(const circuit_state& state, const view_id& id) {
  const auto asked = state.asked.find(id);
  if (asked == state.asked.end()) return state.engine.snapshot(id);
  const auto& view = asked->second.view;
  if (view.opening())
    return fail(errc::not_ready, "the database is being asked for view " + id + "; ask again");
  return view.snapshot(state.questions.position(id, state.applied));
}

value explain_asked(const circuit_state& state, const view_id& id) {
  const auto& [registration, view] = state.asked.at(id);
  array tables;
  for (const auto& table : state.questions.tables_of(id)) tables.emplace_back(table.raw());
  object told{
      {"id", value{id.raw()}},
      {"query", value{registration->surql}},
      {"params", value{registration->params}},
      {"mode", value{"asked"}},
      {"reason", value{view.plan().reason}},
      {"statement", value{view.plan().text}},
      {"tables", value{std::move(tables)}},
      {"times_asked", value{static_cast<std::int64_t>(state.questions.times_asked(id))}},
      {"rows",
       value{static_cast<std::int64_t>(view.shown() ? views::rows_of(view.shown()->result) : 0)}}};
  if (view.failure()) told.set("failed", value{view.failure()->message});
  return value{std::move(told)};
}

}  // namespace spooky::actors
