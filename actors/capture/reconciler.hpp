#pragma once

#include "actors/interfaces.hpp"
#include "machines/capture/table_difference.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace spooky::actors {

struct reconciler_config {
  std::string system_prefix = "_spooky_";
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds apply_timeout{20'000};  ///< how long the replica may lag
  std::size_t page_rows = 5'000;                    ///< rows of each side in memory at once
};

/// A question that waits for the replica.
struct waiting_page {
  page_request asked;
  caf::typed_response_promise<page_difference_ptr> promise;
  caf::timestamp since{};
};

struct reconciler_state {
  reconciler_state() = default;
  static inline const char* name = "reconciler";

  database_actor database;
  replica_keeper_actor replica;
  reconciler_config config;
  std::vector<waiting_page> waiting;
  bool retry_due = false;
};

using reconciler_ptr = reconciler_actor::stateful_pointer<reconciler_state>;

/// Tells how a table in the database differs from the replica, one bounded page at a time. Spawn
/// detached: it reads the replica's disk. The replica's page is pinned first and the database's is
/// read after it, so nothing in the replica is newer than what it is compared with. A table that
/// does not exist has no rows. Computed fields, by the replica's definitions, are not compared.
reconciler_actor::behavior_type reconciler(reconciler_ptr self, database_actor database,
                                           replica_keeper_actor replica, reconciler_config config);

}  // namespace spooky::actors
