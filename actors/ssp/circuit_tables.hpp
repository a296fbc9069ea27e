#pragma once

#include "actors/ssp/circuit.hpp"

#include <string>
#include <vector>

/// How the circuit's tables come and go: the part of the circuit that talks to whoever has them.
namespace spooky::actors {

/// Asks for a table, unless that is under way: first that its changes be sent, then for its rows.
void load_table(circuit_ptr self, const table_name& table);

/// The same for a table that rows link to.
void load_linked(circuit_ptr self, const table_name& table);

/// Repeats a load that failed, if the table is still wanted.
void load_again(circuit_ptr self, const table_name& table);

/// Says which tables' changes are needed, if that has changed.
void state_interest(circuit_ptr self);

/// The registration at the scheduler was accepted with the interest it stated.
void resume_interest(circuit_ptr self);

/// Forgets tables that no view has needed for a while.
void sweep_tables(circuit_ptr self);

// -- what circuit.cpp does when they have come ----------------------------------------------------

/// Views that waited or failed for want of a table look again.
void tables_arrived(circuit_ptr self);

/// Tells the views what has changed for them.
void publish(circuit_ptr self, std::vector<views::view_delta> deltas);

/// The table will never come: views that wait for it are refused.
void table_refused(circuit_ptr self, const table_name& table, const error& reason);

}  // namespace spooky::actors
