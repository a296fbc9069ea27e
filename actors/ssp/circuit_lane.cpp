#include "actors/ssp/circuit_lane.hpp"

#include "actors/clock.hpp"
#include "actors/ssp/circuit_clock.hpp"
#include "actors/ssp/circuit_streams.hpp"
#include "actors/ssp/circuit_tables.hpp"
#include "actors/ssp/circuit_views.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

using place = lane_ledger::place;

/// What is shown of a view that the lane has not got.
snapshot_result_ptr nothing_of(const circuit_state& state, const view_id& id, const error& why) {
  auto nothing = std::make_shared<views::view_snapshot>();
  nothing->view_id = id;
  nothing->seq = state.applied;
  nothing->result = value{array{}};
  nothing->failed = why;
  nothing->halted = true;
  return nothing;
}

/// Those who wait for the lane to open the view.
std::vector<waiting_view> take_waiting(circuit_state& state, const view_id& id) {
  std::vector<waiting_view> waiting;
  const auto [begin, end] = state.opening.equal_range(id);
  for (auto it = begin; it != end; ++it) waiting.push_back(std::move(it->second));
  state.opening.erase(begin, end);
  return waiting;
}

void opened(circuit_ptr self, const view_id& id, const snapshot_result_ptr& shown,
            std::size_t bytes) {
  auto& state = self->state;
  auto waiting = take_waiting(state, id);
  for (auto& each : waiting) {
    const auto allowed = may_keep(state, *each.registration, rows_in(*shown), bytes);
    if (!allowed.ok()) {
      each.promise.deliver(to_caf(allowed.failure()));
      continue;
    }
    keep_view(self, each.registration, true);
    write_edges(self, each.registration, shown_now(state, id, *shown), each.promise);
  }
  const auto view = state.views.find(id);
  if (view == state.views.end()) return state.heavy.drop(id);
  view->second.bytes_elsewhere = bytes;
  if (waiting.empty()) show_whole(self, view->second, shown_now(state, id, *shown));
}

void not_opened(circuit_ptr self, const view_id& id, const error& why) {
  auto& state = self->state;
  for (auto& each : take_waiting(state, id)) each.promise.deliver(to_caf(why));
  const auto view = state.views.find(id);
  if (view == state.views.end()) return state.heavy.drop(id);
  // It is registered, and shows nothing until it is registered again.
  if (state.heavy.place_of(id) == place::failed)
    show_whole(self, view->second, nothing_of(state, id, why));
}

void attempts_over(circuit_ptr self, const std::vector<lane_opened>& attempts,
                   const std::map<view_id, std::size_t>& kept = {}) {
  for (const auto& attempt : attempts) {
    const auto bytes = kept.find(attempt.view);
    if (attempt.shown.ok())
      opened(self, attempt.view, *attempt.shown, bytes == kept.end() ? 0 : bytes->second);
    else
      not_opened(self, attempt.view, attempt.shown.failure());
  }
}

void weigh_lane(circuit_state& state, std::size_t bytes) {
  state.lane_bytes = bytes;
  state.engine.share_memory(state.lane_bytes + state.answer_bytes);
}

void reported(circuit_ptr self, const lane_report& report) {
  auto& state = self->state;
  auto outcome = state.heavy.done(report);
  // What a lane that was replaced says is void.
  if (outcome.counts) weigh_lane(state, report.bytes);
  for (const auto& delta : outcome.deltas)
    if (const auto view = state.views.find(view_id{delta.view_id}); view != state.views.end())
      view->second.bytes_elsewhere = report.kept.at(view->first);
  for (const auto& table : outcome.missing) load_linked(self, table);
  for (auto& delta : outcome.deltas) tell_delta(self, std::move(delta));
  for (const auto& shown : outcome.shown) {
    const auto view = self->state.views.find(view_id{shown->view_id});
    if (view != self->state.views.end())
      show_whole(self, view->second, shown_now(state, view->first, *shown));
  }
  attempts_over(self, outcome.opened, report.kept);
  tell_position(self);
  serve_lane(self);
  await_time(self);
}

void lane_ended(circuit_ptr self, const std::string& why) {
  self->state.lane.lost();
  weigh_lane(self->state, 0);
  const auto failed = self->state.heavy.ended(why);
  std::string names;
  for (const auto& each : failed) names += " " + each.view;
  spdlog::error("the lane of heavy views ended: {}; another one takes its place, without{}", why,
                names.empty() ? " any view" : names);
  attempts_over(self, failed);
  serve_lane(self);
}

void spawn_lane(circuit_ptr self) {
  auto& state = self->state;
  state.lane.begin(state.parts.spawn_lane(state.config.engine));
  self->monitor(state.lane.actor());
}

table_rows_ptr copy_of(const circuit_state& state, const table_name& table) {
  auto copy = state.engine.rows_of(table);
  auto rows = std::make_shared<table_rows>();
  rows->table = table;
  rows->seq = state.applied;
  rows->rows = std::move(copy.records);
  rows->versions = std::move(copy.versions);
  return rows;
}

caf::error on_its_way(const view_id& id) {
  return to_caf(
      fail(errc::not_ready, "view " + id + " is on its way to the lane of heavy views; ask again"));
}

}  // namespace

void watch_lane(circuit_ptr self) {
  self->set_down_handler([self](const caf::down_msg& down) {
    const auto& lane = self->state.lane.actor();
    if (lane && down.source == lane.address()) lane_ended(self, from_caf(down.reason).message);
  });
}

bool has_lane(circuit_ptr self) { return self->state.parts.spawn_lane != nullptr; }

bool is_heavy(circuit_ptr self, const error& failed) {
  return has_lane(self) && failed.code == errc::limit_exceeded &&
         failed.cause == error_cause::took_too_long;
}

result<void> may_try_heavy(circuit_ptr self, const view_registration& view) {
  auto& state = self->state;
  const auto client = client_of(view);
  if (!client || !has_lane(self)) return {};
  std::size_t waiting = 0;
  for (auto it = state.opening.begin(); it != state.opening.end();
       it = state.opening.upper_bound(it->first))
    if (client_of(*it->second.registration) == client) ++waiting;
  SPOOKY_TRY(state.allowance.may_wait(waiting));
  if (state.heavy.known(view)) return {};
  return state.allowance.may_try(*client, now(self));
}

void took_turn(circuit_ptr self, const view_registration& view) {
  if (const auto client = client_of(view)) self->state.allowance.took_turn(*client, now(self));
}

void open_in_lane(circuit_ptr self, waiting_view waiting) {
  // Each may take a view's whole time, one after the other.
  if (self->state.opening.size() >= self->state.config.max_opening) {
    waiting.promise.deliver(
        to_caf(fail(errc::overloaded, "too many views wait for the lane of heavy views")));
    return;
  }
  const auto registration = waiting.registration;
  self->state.opening.emplace(registration->id, std::move(waiting));
  move_to_lane(self, registration);
}

void move_to_lane(circuit_ptr self, const registration_ptr& view) {
  auto& state = self->state;
  auto tables =
      views::engine::tables_of(view->surql, view->params, state.config.engine.text, view->caller);
  std::vector<table_name> names;
  // One that cannot be read was refused before it got here.
  if (tables.ok()) names = std::vector<table_name>(tables->begin(), tables->end());
  if (state.heavy.place_of(view->id) == place::circuit)
    spdlog::info("view {} is too heavy for the circuit; the lane takes it", view->id);
  state.heavy.admit(view, names);
}

void serve_lane(circuit_ptr self) {
  auto& state = self->state;
  if (!has_lane(self)) return;
  auto order = state.heavy.take(
      state.applied, [&](const table_name& table) { return state.engine.has_table(table); });
  if (!order) return;
  if (!state.lane.actor()) spawn_lane(self);
  order->work.now = state.engine.now();
  order->work.elsewhere = state.engine.bytes();
  order->work.answers = state.config.engine.text.rules;
  if (order->definitions)
    order->work.definitions = lane_definitions{state.definitions_in_force, state.rules_in_force};
  for (const auto& table : order->tables) order->work.tables.push_back(copy_of(state, table));
  self->request(state.lane.actor(), caf::infinite, carry_out_atom_v,
                std::make_shared<const lane_work>(std::move(order->work)))
      .then([self](const lane_report_ptr& report) { reported(self, *report); },
            // Its end is told otherwise, also when it did not get to this.
            [](const caf::error&) {});
}

std::vector<waiting_view> no_longer_opening(circuit_state& state, const view_id& id) {
  state.heavy.drop(id);
  return take_waiting(state, id);
}

void refused_in_lane(circuit_ptr self, const table_name& table, const error& reason) {
  attempts_over(self, self->state.heavy.refused(table, reason));
}

caf::result<snapshot_result_ptr> current_in_lane(circuit_ptr self, const view_id& id) {
  auto& state = self->state;
  const auto where = state.heavy.place_of(id);
  if (where == place::opening) return on_its_way(id);
  if (where == place::failed) return nothing_of(state, id, state.heavy.failure(id));
  auto promise = self->make_response_promise<snapshot_result_ptr>();
  self->request(state.lane.actor(), caf::infinite, read_view_atom_v, id)
      .then(
          [self, promise, id](const snapshot_result_ptr& shown) mutable {
            promise.deliver(shown_now(self->state, id, *shown));
          },
          [promise](const caf::error& reason) mutable { promise.deliver(reason); });
  return promise;
}

caf::result<value> explain_in_lane(circuit_ptr self, const view_id& id) {
  auto& state = self->state;
  const auto where = state.heavy.place_of(id);
  if (where == place::opening) return on_its_way(id);
  if (where == place::failed) {
    const auto& view = *state.views.at(id).registration;
    return value{object{{"id", value{id.raw()}},
                        {"query", value{view.surql}},
                        {"params", value{view.params}},
                        {"lane", value{"heavy"}},
                        {"failed", value{state.heavy.failure(id).message}}}};
  }
  auto promise = self->make_response_promise<value>();
  self->request(state.lane.actor(), caf::infinite, explain_view_atom_v, id)
      .then(
          [promise](const value& told) mutable {
            auto view = told.as_object();
            view.set("lane", value{"heavy"});
            promise.deliver(value{std::move(view)});
          },
          [promise](const caf::error& reason) mutable { promise.deliver(reason); });
  return promise;
}

value with_lane(const circuit_state& state, const value& dependencies) {
  constexpr std::size_t listed = 100;
  array views;
  for (const auto& id : state.heavy.ids())
    if (views.size() < listed) views.emplace_back(id.raw());
  array tables;
  for (const auto& table : state.heavy.tables()) tables.emplace_back(table.raw());
  auto all = dependencies.as_object();
  all.set("lane",
          value{object{{"view_count", value{static_cast<std::int64_t>(state.heavy.size())}},
                       {"views", value{std::move(views)}},
                       {"tables", value{std::move(tables)}},
                       {"seq", value{static_cast<std::int64_t>(state.heavy.position().raw())}}}});
  return value{std::move(all)};
}

}  // namespace spooky::actors
