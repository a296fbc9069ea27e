#pragma once

#include "actors/interfaces.hpp"
#include "storage/replica.hpp"

#include <deque>
#include <memory>
#include <string>

namespace spooky::actors {

struct replica_keeper_state {
  replica_keeper_state() = default;
  static inline const char* name = "replica_keeper";

  std::shared_ptr<storage::replica> replica;
  std::deque<log_slice> waiting;  ///< not applied yet, for want of disk space
  std::string paused;             ///< what the disk said; a retry is scheduled. Empty: it is not
  coordinator_actor coordinator;  ///< told how far the replica is; empty until it subscribes
};

using replica_keeper_ptr = replica_keeper_actor::stateful_pointer<replica_keeper_state>;

/// Owns the RocksDB replica. Spawn detached: it blocks on the disk. A replica that cannot be
/// written ends the actor, and with it the process: the log keeps what is missing.
replica_keeper_actor::behavior_type replica_keeper(replica_keeper_ptr self,
                                                   std::shared_ptr<storage::replica> replica);

/// The name of the replica's family for notes under that name; fails on an unknown one.
result<storage::meta_family> note_family(std::string_view name);

}  // namespace spooky::actors
