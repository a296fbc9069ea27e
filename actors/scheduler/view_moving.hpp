#pragma once

#include "actors/scheduler/view_registry.hpp"

#include <string>
#include <vector>

/// When and why the registry places views by itself: they wait, their SSP is gone or drained, or
/// another one has joined.
namespace spooky::actors {

/// Starts as many placements, moves and ends as may be under way at once; the most active views
/// first. Called whenever something has changed that may let one start.
void place_waiting(view_registry_ptr self);

/// An SSP is ready and holds these views: what it should hold and does not is registered there,
/// what it should not hold is dropped.
void ssp_ready(view_registry_ptr self, const ssp_id& ssp_id, const std::vector<view_id>& held);
void ssp_gone(view_registry_ptr self, const ssp_id& ssp_id);

/// Views of SSPs that did not come back after the scheduler's restart wait for others.
void give_up_absent(view_registry_ptr self);

caf::result<drain_progress> drain(view_registry_ptr self, const ssp_id& ssp_id);
caf::result<ack> leave(view_registry_ptr self, const ssp_id& ssp_id);

/// One step towards an even pool, and the next one after a pause.
void rebalance(view_registry_ptr self);

}  // namespace spooky::actors
