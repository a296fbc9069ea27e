#pragma once

#include "actors/interfaces.hpp"
#include "machines/pool/epoch_source.hpp"
#include "machines/pool/placement_table.hpp"
#include "machines/pool/view_turns.hpp"
#include "protocol/deadlines.hpp"

#include <chrono>
#include <set>
#include <string>

namespace spooky::actors {

struct view_registry_config {
  std::chrono::milliseconds registration_timeout = deadlines::registration.asked;
  std::chrono::milliseconds retry_interval{1'000};
  std::chrono::milliseconds retry_limit{30'000};  ///< longest pause before a view is tried again
  /// After a start, how long views wait for the SSP that held them before they move.
  std::chrono::milliseconds grace{20'000};
  std::size_t placing_at_once = 32;          ///< moves and placements under way
  std::size_t rebalance_moves_per_sec = 20;  ///< 0: a joining SSP gets new views only
  view_caps client;                          ///< of each client's views in the pool, without bytes
  std::chrono::milliseconds wall_clock{0};   ///< since 1970, when the actor clock stood at zero
  /// Where clients of a view's stream that moves go on, if not at its new SSP.
  std::string streams_at;
  edge_format format{};
  std::chrono::milliseconds request_timeout{30'000};
};

struct view_registry_parts {
  load_balancer_actor balancer;
  replica_keeper_actor replica;  ///< keeps the notes that survive a restart
  /// Knows which epochs views were held under, and whether somebody wants one; may be empty.
  database_actor database;
};

struct view_registry_state {
  view_registry_state() = default;
  static inline const char* name = "view_registry";

  view_registry_parts parts;
  view_registry_config config;
  placement_table table;
  view_turns turns;
  epoch_source epochs;
  bool epochs_known = false;  ///< from a note or the database; until then the clock must do
  std::set<ssp_id> present;   ///< SSPs that have been ready since the start
  std::set<ssp_id> draining;  ///< of these: their views move away
  std::size_t placing = 0;    ///< placements, moves and ends under way on our own account
  bool stalled = false;       ///< no SSP took a view: not before something changes
  bool rebalancing = false;
  caf::timestamp started_at{};
};

using view_registry_ptr = view_registry_actor::stateful_pointer<view_registry_state>;

/// Knows where each view lives and keeps it so: a view stays with its SSP while that lives, moves
/// when it is gone, drained, or when another one joins, and is found again after a restart. Starts
/// by reading its notes. What it asks of SSPs is in view_placing, when it moves views in
/// view_moving.
view_registry_actor::behavior_type view_registry(view_registry_ptr self, view_registry_parts parts,
                                                 view_registry_config config);

}  // namespace spooky::actors
