#pragma once

#include "actors/interfaces.hpp"
#include "intents/views/edge_format.hpp"
#include "machines/watchman/watch_cycle.hpp"

#include <chrono>
#include <cstddef>

namespace spooky::actors {

struct view_watchman_config {
  watch_pace pace;
  std::size_t view_rows = 5'000;  ///< larger views are not compared
  edge_format format;
  std::chrono::milliseconds request_timeout{30'000};
};

struct view_watchman_parts {
  circuit_actor circuit;
  edge_writer_actor edges;
  database_actor database;
  scheduler_peer scheduler;  ///< knows what has been committed; in single mode the local_log
};

struct view_watchman_state {
  view_watchman_state() = default;
  static inline const char* name = "view_watchman";

  view_watchman_parts parts;
  view_watchman_config config;
  watch_cycle cycle{{}};
};

using view_watchman_ptr = watchman_actor::stateful_pointer<view_watchman_state>;

/// Compares views with the database, one at a time: each view's edges and record with what it
/// shows; and what it shows with the database's own answer, where that can be had: of views of
/// system users, and of others while nothing is hidden from anybody. At the second look all that
/// was committed before has been delivered. A result that differs for good makes the circuit load
/// the view's tables again; edges that do are removed and written anew.
watchman_actor::behavior_type view_watchman(view_watchman_ptr self, view_watchman_parts parts,
                                            view_watchman_config config);

}  // namespace spooky::actors
