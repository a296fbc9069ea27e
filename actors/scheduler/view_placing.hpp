#pragma once

#include "actors/scheduler/view_registry.hpp"

#include <functional>
#include <string>

/// What the registry asks of SSPs for one view. Each function wants to be called in the view's
/// turn (see view_turns), and says how it went exactly once.
namespace spooky::actors {

using placed_handler = std::function<void(const result<view_assignment>&)>;
using ended_handler = std::function<void(const result<void>&)>;

/// Seconds since 1970.
std::int64_t wall_seconds(view_registry_ptr self);
/// Asks for more epochs to be covered by a durable bound, if it is time.
void reserve_epochs(view_registry_ptr self);
/// Tells the balancer what is placed on an SSP; `settles`: this answers one of its choices.
void tell_load(view_registry_ptr self, const ssp_id& ssp_id, bool settles);

/// Where a view is wanted.
struct placing_wish {
  ssp_id prefer;          ///< this SSP, if it is ready; else whom the balancer picks
  ssp_id but_not;         ///< fails rather than place it here
  bool by_client = true;  ///< a client asks; else it is no sign of life, and no rows are wanted
};

/// Gives a view of the table to an SSP under a new epoch: notes it, registers it there, and has it
/// placed; whoever had it before lets go of it. After a failure that leaves in doubt whether that
/// SSP has taken it, nobody has it.
void place(view_registry_ptr self, const view_id& id, const placing_wish& wish,
           placed_handler done);

/// Registers a placed view again where it is, for its client.
void refresh(view_registry_ptr self, const view_id& id, placed_handler done);

/// Removes a doomed view's edges and record, by its SSP or, where that is gone, by another.
void end_view(view_registry_ptr self, const view_id& id, ended_handler done);

/// An SSP still has a view that it should not have: this placement of it, or an older one. If the
/// view goes on elsewhere its edges stay. Best effort: the database fences it anyway.
void let_go(view_registry_ptr self, const ssp_id& ssp_id, const view_release& release);
void remove_from(view_registry_ptr self, const ssp_id& ssp_id, const view_claim& claim);

void write_note(view_registry_ptr self, const view_id& id, const placement& view,
                ended_handler done);
void forget_note(view_registry_ptr self, const view_id& id);

}  // namespace spooky::actors
