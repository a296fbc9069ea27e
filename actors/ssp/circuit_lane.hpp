#pragma once

#include "actors/ssp/circuit.hpp"

#include <vector>

/// Views that are too heavy for the circuit: the part of it that talks to the lane that keeps them.
/// What goes where is decided in machines/ssp/lane_ledger.hpp.
namespace spooky::actors {

/// Replaces the lane should it end; to be called once.
void watch_lane(circuit_ptr self);

bool has_lane(circuit_ptr self);

/// Whether a view that fails so is to be kept in the lane.
bool is_heavy(circuit_ptr self, const error& failed);

/// Whether a query that may be heavy can be tried for its client; see heavy_allowance.
result<void> may_try_heavy(circuit_ptr self, const view_registration& view);

/// The circuit was held for a turn to find out that the query is heavy.
void took_turn(circuit_ptr self, const view_registration& view);

/// The lane is to register the view; who asked is answered then.
void open_in_lane(circuit_ptr self, waiting_view waiting);

/// A view that is registered here goes to the lane; its edges follow.
void move_to_lane(circuit_ptr self, const registration_ptr& view);

/// Tells the lane what there is to tell. At the end of whatever changed views or tables.
void serve_lane(circuit_ptr self);

/// Nobody wants the view opened any more, nor kept there. Gives those who waited for it.
std::vector<waiting_view> no_longer_opening(circuit_state& state, const view_id& id);

/// The table will never come.
void refused_in_lane(circuit_ptr self, const table_name& table, const error& reason);

/// Of a view that is in the lane, or on its way there. not_ready while it is on its way.
caf::result<snapshot_result_ptr> current_in_lane(circuit_ptr self, const view_id& id);
caf::result<value> explain_in_lane(circuit_ptr self, const view_id& id);

/// What depends on which table, with what the lane keeps.
value with_lane(const circuit_state& state, const value& dependencies);

}  // namespace spooky::actors
