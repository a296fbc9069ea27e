#pragma once

#include "actors/ssp/ssp.hpp"

/// What an SSP does with its views alike, with a scheduler and without.
namespace spooky::actors {

/// Registers the view with the circuit and remembers that it is held. conflict for a registration
/// older than what is held.
caf::result<snapshot_result_ptr> register_view(ssp_ptr self, const registration_ptr& view);

/// Ends the view: edges and record go. A view that is not held here is ended as well when the
/// claim has an epoch: its owner is gone and somebody has to.
caf::result<ack> unregister_view(ssp_ptr self, const view_claim& claim);

/// Drops a view that another SSP has; its edges stay. A view held under a newer epoch stays.
/// All views of a query that are held here.
caf::result<ack> unregister_query(ssp_ptr self, const query_key& query);
caf::result<ack> release_view(ssp_ptr self, const view_claim& claim);

/// The status, in the lifecycle phase of that name.
ssp_status status_in(ssp_ptr self, const char* phase);

}  // namespace spooky::actors
