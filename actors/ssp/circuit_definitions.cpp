#include "actors/ssp/circuit_definitions.hpp"

#include "actors/ssp/circuit_asked.hpp"
#include "actors/ssp/circuit_lane.hpp"
#include "actors/ssp/circuit_tables.hpp"

#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

/// Views that have become stale are told so, those that are so no longer as well.
void capture_changed(circuit_ptr self) {
  auto& state = self->state;
  for (auto& [id, view] : state.views) {
    auto why = state.uncaptured.why(view.tables);
    const bool same =
        why.has_value() == view.stale.has_value() && (!why || why->message == view.stale->message);
    if (same) continue;
    view.stale = std::move(why);
    if (state.heavy.place_of(id) != lane_ledger::place::circuit) {
      // The lane shows it again, which tells it.
      move_to_lane(self, view.registration);
      continue;
    }
    views::view_delta told;
    told.view_id = id;
    told.seq = state.applied;
    const auto shown = snapshot_of(state, id);
    if (shown.ok()) told.failed = shown->failed;
    if (!told.failed) told.failed = view.stale;
    told.healed = !told.failed;
    self->send(view.actor, delta_atom_v,
               std::make_shared<const views::view_delta>(std::move(told)));
  }
}

/// What is evaluated follows the books, if they say something else now.
void evaluated_changed(circuit_ptr self) {
  auto& state = self->state;
  for (const auto& line : state.rules.unread()) spdlog::warn("{}", line);
  for (const auto& line : state.definitions.unread()) spdlog::warn("{}", line);
  auto rules = state.rules.changed();
  auto definitions = state.definitions.changed();
  if (!rules && !definitions) return;
  if (rules) state.rules_in_force = std::move(rules);
  if (definitions) state.definitions_in_force = std::move(definitions);
  state.heavy.definitions_changed();
  publish(self, state.engine.set_definitions(state.definitions_in_force, state.rules_in_force));
  judge_asked(self);
}

}  // namespace

void load_definitions(circuit_ptr self, std::span<const value> rows) {
  auto& state = self->state;
  state.rules.load(rows);
  state.definitions.load(rows, state.config.engine.text.rules);
  state.uncaptured.load(rows);
  evaluated_changed(self);
  capture_changed(self);
}

void take_definitions(circuit_ptr self, std::span<const change> definitions) {
  auto& state = self->state;
  for (const auto& definition : definitions) {
    state.rules.take(definition);
    state.definitions.take(definition);
    state.uncaptured.take(definition);
  }
  evaluated_changed(self);
  capture_changed(self);
}

void forget_definitions(circuit_state& state) {
  state.rules_in_force = nullptr;
  state.definitions_in_force = nullptr;
  state.uncaptured = {};
}

}  // namespace spooky::actors
