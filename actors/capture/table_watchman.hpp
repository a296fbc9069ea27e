#pragma once

#include "actors/interfaces.hpp"
#include "machines/watchman/watch_cycle.hpp"

#include <chrono>
#include <cstddef>

namespace spooky::actors {

struct table_watchman_config {
  watch_pace pace;
  std::size_t page_rows = 500;  ///< of a table at once
  std::chrono::milliseconds request_timeout{30'000};
};

struct table_watchman_parts {
  capture_actor capture;  ///< knows the tables, and has rows read again
  reconciler_actor reconciler;
};

struct table_watchman_state {
  table_watchman_state() = default;
  static inline const char* name = "table_watchman";

  table_watchman_parts parts;
  table_watchman_config config;
  watch_cycle cycle{{}};
};

using table_watchman_ptr = watchman_actor::stateful_pointer<table_watchman_state>;

/// Compares tables in the database with the replica, a page at a time. At the second look all that
/// was committed before has been delivered by the table's source and applied to the replica. Rows
/// that differ for good are read again by that source, so that every follower of the log gets them
/// at their place. Tables that are compared all the time, or that are not captured as they should
/// be, are passed over.
watchman_actor::behavior_type table_watchman(table_watchman_ptr self, table_watchman_parts parts,
                                             table_watchman_config config);

}  // namespace spooky::actors
