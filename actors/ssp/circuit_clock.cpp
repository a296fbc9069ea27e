#include "actors/ssp/circuit_clock.hpp"

#include "actors/clock.hpp"
#include "actors/ssp/circuit_lane.hpp"
#include "actors/ssp/circuit_tables.hpp"

namespace spooky::actors {

namespace {

timestamp time_of_day(circuit_ptr self) {
  const auto& config = self->state.config;
  return config.time_of_day ? config.time_of_day() : now(self);
}

}  // namespace

void tell_time(circuit_ptr self) {
  publish(self, self->state.engine.advance_to(machines::to_datetime(time_of_day(self))));
}

void await_time(circuit_ptr self) {
  auto& state = self->state;
  auto next = state.engine.next_moment();
  const auto& in_lane = state.heavy.next_moment();
  if (in_lane && (!next || *in_lane < *next)) next = in_lane;
  const auto alarm = state.alarm.wait_for(next, time_of_day(self));
  if (alarm) self->delayed_send(self, alarm->pause, pass_time_atom_v, alarm->number);
}

void time_has_come(circuit_ptr self, std::uint64_t alarm) {
  if (!self->state.alarm.goes_off(alarm)) return;
  tell_time(self);
  self->state.heavy.pass_time();
  serve_lane(self);
  await_time(self);
}

}  // namespace spooky::actors
