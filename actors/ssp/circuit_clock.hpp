#pragma once

#include "actors/ssp/circuit.hpp"

#include <cstdint>

/// How the circuit's views follow the time of day.
namespace spooky::actors {

/// The engine learns when it is, the views what that changes. Before whatever is evaluated.
void tell_time(circuit_ptr self);

/// Wakes the circuit when the engine next has something due. After whatever was evaluated.
void await_time(circuit_ptr self);

/// An alarm that await_time() has set.
void time_has_come(circuit_ptr self, std::uint64_t alarm);

}  // namespace spooky::actors
