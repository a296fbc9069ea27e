#pragma once

#include "actors/interfaces.hpp"
#include "config/settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace spooky::actors {

/// One SSP of the pool as the balancer sees it.
struct pool_entry {
  link_status status;
  ssp_link_actor link;
  ssp_load load;           ///< what the registry says is placed there
  std::size_t chosen = 0;  ///< choices of it that `load` does not show yet
};

/// The pure choice: the position of the SSP that should get the next view, among those that are
/// ready; nothing if none is. `turn` counts the choices made so far (round robin).
/// least_queries: least cost of its views (see placement_table), each choice not yet in that figure
/// counting as one. least_load: least cpu in its last heartbeat and what was chosen since is taken
/// to use, then memory, then cost.
std::optional<std::size_t> choose(const std::vector<pool_entry>& pool,
                                  config::load_balance strategy, std::size_t turn);

struct load_balancer_state {
  load_balancer_state() = default;
  static inline const char* name = "load_balancer";

  config::load_balance strategy = config::load_balance::least_queries;
  std::vector<pool_entry> pool;  ///< by id
  std::size_t turn = 0;
  std::vector<pool_listener> listeners;
};

using load_balancer_ptr = load_balancer_actor::stateful_pointer<load_balancer_state>;

load_balancer_actor::behavior_type load_balancer(load_balancer_ptr self,
                                                 config::load_balance strategy);

}  // namespace spooky::actors
