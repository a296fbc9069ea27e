#pragma once

#include <caf/all.hpp>

namespace spooky::actors {

/// Registers message types and error texts and sets the scheduler's policy; for the programs and
/// the tests alike. `worker_threads` 0: one per core.
void configure(caf::actor_system_config& config, std::size_t worker_threads);

}  // namespace spooky::actors
