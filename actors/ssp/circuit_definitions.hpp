#pragma once

#include "actors/ssp/circuit.hpp"

#include <span>

/// What the circuit makes of the definitions in the log: who may see what, what is computed, which
/// params and functions there are, and which tables are not captured.
namespace spooky::actors {

/// All definitions have come: what views show follows them.
void load_definitions(circuit_ptr self, std::span<const value> rows);

/// These have changed, and the engine has stepped over them.
void take_definitions(circuit_ptr self, std::span<const change> definitions);

/// Nothing is defined, as in the engine that was emptied.
void forget_definitions(circuit_state& state);

}  // namespace spooky::actors
