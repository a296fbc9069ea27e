#pragma once

#include "surrealql/database/change.hpp"

#include <memory>

namespace spooky::storage {
class replica_snapshot;
}

namespace spooky::machines {

using snapshot_ptr = std::shared_ptr<const storage::replica_snapshot>;

/// A pinned snapshot and the exact position it shows (I4).
struct frozen_snapshot {
  sequence_number seq = 0;
  snapshot_ptr snapshot;
};

}  // namespace spooky::machines
