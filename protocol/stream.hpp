#pragma once

#include "protocol/ids.hpp"
#include "protocol/view.hpp"
#include "surrealql/database/change.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// Streams of a view's changes to its clients.
namespace spooky {

/// In which form a stream's messages come.
enum class stream_format : std::uint8_t {
  json,   ///< WebSocket, text
  cbor,   ///< WebSocket, binary, with SurrealDB's tags
  event,  ///< JSON as server-sent events
};

/// What of a view a stream shows, and how. Streams of one view in the same shape are sent the same
/// bytes.
struct stream_shape {
  bool rows = false;  ///< rows with their content, else ids and versions
  stream_format format = stream_format::json;

  friend bool operator==(const stream_shape&, const stream_shape&) = default;
};

/// How far a client has followed a view: the feed, how many of its deltas it has, and the position
/// in the log that they lead to. Only the feed can go on from there without a snapshot; another
/// feed of the view, on another SSP or after a restart, learns how new what the client has is.
struct stream_place {
  std::string feed;
  std::uint64_t deltas = 0;
  sequence_number seq = 0;

  friend bool operator==(const stream_place&, const stream_place&) = default;
};

/// "<feed>.<deltas>.<seq>": opaque to clients, who give it back as `since`.
std::string to_text(const stream_place& place);
/// Nothing for text that is no place.
std::optional<stream_place> read_place(std::string_view text);

/// Why a stream of a view ends though its client did not ask for that.
enum class stream_end : std::uint8_t {
  gone,     ///< the view has ended: register it again if it is wanted
  moved,    ///< another SSP keeps it: its registration says which
  expired,  ///< the token has
  refused,  ///< the token is not one for this view
  unknown,  ///< the view is not here
};

/// "gone", "moved", ...: as in the stream's last message.
std::string_view to_text(stream_end why);

/// The end of a view's stream, as its client is told.
struct stream_ending {
  stream_end why = stream_end::gone;
  std::string to = {};  ///< `moved`: the address of the SSP that keeps it; empty: not known
};

/// A view that an SSP is to drop because another one keeps it.
struct view_release {
  view_claim claim;
  std::string to = {};  ///< the address under which clients reach the other; empty: not known
};

/// What a client asks on a connection that carries many views.
namespace stream_request {

struct subscribe {
  view_id view;
  std::string token;
  bool rows = false;
  std::optional<stream_place> since;
};
struct unsubscribe {
  view_id view;
};
struct renew {  ///< a newer token for a view that is subscribed to
  view_id view;
  std::string token;
};

using any = std::variant<subscribe, unsubscribe, renew>;

}  // namespace stream_request

}  // namespace spooky
