#pragma once

#include "actors/clock.hpp"
#include "actors/interfaces.hpp"
#include "actors/say.hpp"
#include "machines/watchman/watch_cycle.hpp"

#include <utility>
#include <variant>

/// What every watchman does alike: its cycle told what happened, its pauses, its answers. `Self` is
/// a pointer to a watchman whose state has a `cycle`.
namespace spooky::actors {

/// Tells the cycle what happened, and does what it wants; `Runner{self}` carries out what differs
/// between watchmen: list_subjects, look and repair.
template <class Runner, class Self>
void watch_step(Self self, const watch_event::any& event) {
  struct : Runner {
    using Runner::operator();
    void operator()(const watch_effect::pause& effect) const {
      this->self->delayed_send(this->self, effect.length, watch_on_atom_v, effect.number);
    }
    void operator()(const say& effect) const { log_line(effect); }
  } const runner{{self}};
  for (const auto& effect : self->state.cycle.on(event, now(self))) std::visit(runner, effect);
}

/// The behaviour of a watchman; it begins at once.
template <class Runner, class Self>
watchman_actor::behavior_type watch(Self self) {
  watch_step<Runner>(self, watch_event::began{});
  return {
      [self](drift_report_atom) { return self->state.cycle.report(); },
      [self](seen_drift_atom) {
        auto report = self->state.cycle.report();
        self->state.cycle.seen();
        return report;
      },
      [self](watch_on_atom, std::uint64_t pause) {
        watch_step<Runner>(self, watch_event::due{pause});
      },
  };
}

}  // namespace spooky::actors
