#pragma once

#include "actors/ssp/circuit.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// Views that nobody here can evaluate: the part of the circuit that asks the database for them.
/// When it is asked is decided in machines/ssp/asked_ledger.hpp, what of it is told in
/// views/asked/asked_view.hpp, what may be asked in views/asked/asked_plan.hpp.
namespace spooky::actors {

/// How a query that was refused for `why` is asked of the database; else why it is not.
result<views::asked_plan_ptr> asked_plan_for(circuit_ptr self, const view_registration& view,
                                             const error& why);

bool is_asked(const circuit_state& state, const view_id& id);
/// The tables whose changes lead to another question. @pre is_asked
std::vector<std::string> names_behind(const circuit_state& state, const view_id& id);

/// The database is asked for the view once the definitions are known; who registers it is answered
/// with what it says. Takes `waiting` unless it fails: by its caller's rights, or for want of room.
result<void> open_asked(circuit_ptr self, waiting_view& waiting);

/// A view that is asked for is registered again.
caf::result<snapshot_result_ptr> register_asked_again(circuit_ptr self,
                                                      const registration_ptr& view);

/// Nobody wants the view any more. Gives those who waited for it.
std::vector<waiting_view> no_longer_asked(circuit_state& state, const view_id& id);

/// Changes above `before` that the circuit has applied.
void asked_about(circuit_ptr self, std::span<const change> changes, sequence_number before);

/// The rules or definitions are others: who may not see a view's answer any more sees nothing.
void judge_asked(circuit_ptr self);

/// Asks what is to be asked now, and sets the alarm for the next time. At the end of whatever
/// changed that.
void serve_asked(circuit_ptr self);
void time_to_ask(circuit_ptr self, std::uint64_t alarm);

/// What a view of the engine shows, or one that is asked for; not_ready while its first answer is
/// awaited.
result<views::view_snapshot> snapshot_of(const circuit_state& state, const view_id& id);

/// Of a view that is asked for.
value explain_asked(const circuit_state& state, const view_id& id);

}  // namespace spooky::actors
