#pragma once

#include "actors/ssp/circuit.hpp"

#include <cstddef>
#include <map>
#include <optional>

/// The circuit's registered views, wherever they are kept: which there are, what they take, and
/// that the edge writer hears what they show.
namespace spooky::actors {

using snapshot_promise = caf::typed_response_promise<snapshot_result_ptr>;

/// Whether caps let the view be registered with so many rows and bytes; one that is may stay.
result<void> may_keep(const circuit_state& state, const view_registration& view, std::size_t rows,
                      std::size_t bytes);
std::size_t rows_in(const views::view_snapshot& shown);

/// What the view shows; in the error state where one of its tables is not captured.
snapshot_result_ptr shown_now(const circuit_state& state, const view_id& id,
                              views::view_snapshot shown);

/// Remembers that the view is registered, from now on under this registration. `anew`: an engine
/// has opened it, so it may show something else than before.
void keep_view(circuit_ptr self, const registration_ptr& registration, bool anew);

/// The view is registered no longer; its clients are told why.
void close_view(circuit_ptr self, std::map<view_id, live_view>::iterator view,
                const stream_ending& how);

/// Writes the edges and answers, if somebody waits for it, when the database has them.
void write_edges(circuit_ptr self, const registration_ptr& view, const snapshot_result_ptr& shown,
                 std::optional<snapshot_promise> promise);

/// A whole state takes the place of what the view showed.
void show_whole(circuit_ptr self, const live_view& view, const snapshot_result_ptr& shown);

/// Hands a delta to the view's edges and clients. Nothing happens if it is registered no longer.
void tell_delta(circuit_ptr self, views::view_delta delta);

/// Edges that a former owner wrote from later changes wait until the view has got there.
void tell_position(circuit_ptr self);

}  // namespace spooky::actors
