#pragma once

#include "actors/ssp/ssp.hpp"

/// What an SSP does when it is asked for, or told to let go of, a view.
namespace spooky::actors {

/// Registers the view with the circuit and remembers that it is held. conflict for a registration
/// older than what is held.
caf::result<snapshot_result_ptr> register_view(ssp_ptr self, const registration_ptr& view);

/// Ends the view, or all views of a query that are held here: edges and record go. A view that is
/// not held here is ended as well when the claim has an epoch: its owner is gone and somebody has
/// to. One that only was to go because nobody wants it stays, with conflict, if somebody does.
caf::result<ack> unregister_view(ssp_ptr self, const view_claim& claim);

/// Drops a view that another SSP has; its edges stay. A view held under a newer epoch stays.
caf::result<ack> release_view(ssp_ptr self, const view_release& release);

}  // namespace spooky::actors
