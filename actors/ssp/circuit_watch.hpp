#pragma once

#include "actors/ssp/circuit.hpp"

#include <cstddef>
#include <vector>

/// What the watchman asks of the circuit: its views as they are, and to put one right.
namespace spooky::actors {

/// Registered views of at most so many rows that are not failing and whose edges are not being
/// taken over. Those in the lane are too heavy to be compared. O(views).
std::vector<view_id> comparable_views(const circuit_state& state, std::size_t rows);

/// not_found for a view that is none of these any more.
caf::result<watched_view> watched(circuit_ptr self, const view_id& id);

/// Writes the view's edges anew, as a whole; or, with `reload`, loads its tables again, puts right
/// what differs, and evaluates the view anew: its edges follow as by any change. Answers when that
/// is done, with not_ready if it could not be; edges come later.
caf::result<ack> mend(circuit_ptr self, const view_id& id, bool reload);

}  // namespace spooky::actors
