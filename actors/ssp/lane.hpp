#pragma once

#include "actors/interfaces.hpp"
#include "views/engine/engine.hpp"
#include "views/engine/engine_options.hpp"

#include <cstdint>

namespace spooky::actors {

struct lane_state {
  lane_state() = default;
  static inline const char* name = "lane";

  views::engine_options options;
  views::engine engine;
  std::uint64_t generation = 0;  ///< of the work that filled the engine
};

using lane_ptr = lane_actor::stateful_pointer<lane_state>;

/// Keeps the views that are too heavy for a circuit, whose owner it is, with an engine of its own.
/// Spawn detached: nobody but these views waits for it. `options` are the circuit's: a view here
/// has all that it may spend, and no turn.
lane_actor::behavior_type lane(lane_ptr self, views::engine_options options);

}  // namespace spooky::actors
