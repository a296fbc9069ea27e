#pragma once

#include "views/hashes/digest.hpp"
#include "views/results/member.hpp"
#include "views/results/view_snapshot.hpp"

namespace spooky::views {

/// The id of a member's leaf: its record id, or [parent, path, id] for a related row.
value leaf_id(const member& m);

/// The root of the Merkle tree over a snapshot's members: a main row under its record id, a related
/// row under [parent, path, id]. Equal for two parties that hold the same rows in the same
/// versions. O(members).
digest merkle_root(const view_snapshot& snapshot);

}  // namespace spooky::views
