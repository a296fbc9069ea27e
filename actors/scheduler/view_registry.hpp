#pragma once

#include "actors/interfaces.hpp"

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace spooky::actors {

struct view_registry_config {
  std::chrono::milliseconds registration_timeout{60'000};
  std::chrono::milliseconds retry_interval{1'000};
  /// After a start, how long views wait for the SSP that held them before they move.
  std::chrono::milliseconds grace{20'000};
  std::size_t placing_at_once = 32;
};

struct view_registry_parts {
  load_balancer_actor balancer;
  replica_keeper_actor replica;  ///< keeps the notes that survive a restart
};

struct registered_view {
  registration_ptr registration;
  std::string ssp_id;    ///< empty: waits for an SSP
  bool placing = false;  ///< a registration for it is under way
  bool missing = false;  ///< its SSP came back without it: register it there again
};

struct view_registry_state {
  view_registry_state() = default;
  static inline const char* name = "view_registry";

  view_registry_parts parts;
  view_registry_config config;
  std::map<std::string, registered_view> views;
  std::map<std::string, std::size_t> under_way;  ///< registrations that are not answered yet
  std::set<std::string> dropped;                 ///< unregistered while a registration is under way
  std::map<std::string, bool> present;           ///< SSPs that have been ready since the start
  std::set<std::string> draining;                ///< SSPs whose views move away
  std::size_t placing = 0;
  caf::timestamp started_at{};
};

using view_registry_ptr = view_registry_actor::stateful_pointer<view_registry_state>;

/// Knows where each view lives and keeps it so: a view stays with its SSP while that lives, moves
/// when it is gone, and is found again after a restart. Starts by reading its notes.
view_registry_actor::behavior_type view_registry(view_registry_ptr self, view_registry_parts parts,
                                                 view_registry_config config);

/// A registration as a note (see replica_keeper), and back.
value to_note(const view_registration& view, const std::string& ssp_id);
result<registered_view> from_note(const std::string& id, const value& note);

}  // namespace spooky::actors
