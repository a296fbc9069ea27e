#pragma once

#include "actors/ssp/ssp.hpp"

/// What an SSP does with its views alike, with a scheduler and without.
namespace spooky::actors {

/// Registers the view with the circuit and remembers that it is held.
caf::result<snapshot_result_ptr> register_view(ssp_ptr self, const registration_ptr& view);

caf::result<ack> unregister_view(ssp_ptr self, const std::string& id);

/// The status, in the lifecycle phase of that name.
ssp_status status_in(ssp_ptr self, const char* phase);

}  // namespace spooky::actors
