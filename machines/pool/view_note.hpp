#pragma once

#include "machines/pool/placement_table.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

namespace spooky::machines {

/// A view as a note (see replica_keeper) that survives the scheduler, and back. The note is written
/// before what it says is done: after a restart the SSP it names may not have the view yet, and the
/// one that had it before may still have it; each finds out when it joins.
value to_note(const placement& view);
result<placement> from_note(const view_id& id, const value& note);

}  // namespace spooky::machines
