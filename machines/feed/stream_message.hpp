#pragma once

#include "protocol/stream.hpp"
#include "views/results/view_delta.hpp"
#include "views/results/view_snapshot.hpp"

#include <optional>
#include <string>

/// What stands in the messages of a stream; docs/protocol.md tells it to clients.
namespace spooky::machines {

/// The whole of a view: what a stream begins with, and what follows wherever deltas would not lead
/// from what the client has to what the view shows. O(result).
std::string encode_snapshot(const views::view_snapshot& shown, const stream_place& at,
                            const stream_shape& shape);

/// What a step changed; nothing if it changed nothing that the shape shows. `tells_result`: as the
/// view's snapshot says. O(delta).
std::optional<std::string> encode_delta(const views::view_delta& delta, const stream_place& at,
                                        const stream_shape& shape, bool tells_result);

}  // namespace spooky::machines
