#pragma once

#include "actors/interfaces.hpp"
#include "machines/feed/stream_session.hpp"
#include "net/stream_token.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace spooky::actors {

/// What streams are given, on all connections alike.
struct stream_terms {
  std::size_t connections = 4'000;
  std::size_t views = 100;                         ///< on one connection
  std::size_t queue_bytes = std::size_t{4} << 20;  ///< on its way to one client
  std::size_t queue_messages = 1'024;
  bool compress = false;
  net::stream_tokens tokens;
  std::function<net::unix_time()> wall_clock;      ///< tokens say when they end by it
  std::chrono::milliseconds sign_of_life{15'000};  ///< between two, where events are sent
};

/// A client whose connection is to be opened: let in, if it is for one view.
struct stream_opening {
  stream_exchange client;
  stream_format format = stream_format::json;
  /// Of the one view; nothing on a connection that carries many.
  std::optional<session_event::subscribe> first;
  /// Shows a node's or an operator's secret, or none is asked for: it needs no tokens.
  bool trusted = false;
};

struct stream_session_state {
  stream_session_state() = default;
  static inline const char* name = "stream_session";

  stream_source source;
  stream_terms terms;
  stream_opening opening;
  std::shared_ptr<net::message_stream> stream;
  std::shared_ptr<std::atomic<std::size_t>> unread =  ///< messages that wait in our mailbox
      std::make_shared<std::atomic<std::size_t>>(0);
  std::optional<machines::stream_session> session;        ///< set at the start
  std::deque<std::shared_ptr<const std::string>> untold;  ///< what there was no room for
  std::map<view_id, stream_feed> feeds;                   ///< of the views that are followed
  std::map<view_id, std::uint64_t> followed;              ///< by which of our requests
  std::uint64_t follows = 0;                              ///< requests so far
};

using stream_session_ptr = stream_session_actor::stateful_pointer<stream_session_state>;

/// One client's connection, from its handshake to its end: `machines::stream_session` decides. The
/// feeds send to the connection themselves; this has them begin and end. Ends with the connection,
/// and with the `front` that has opened it.
stream_session_actor::behavior_type stream_session(stream_session_ptr self,
                                                   caf::strong_actor_ptr front,
                                                   stream_source source, stream_terms terms,
                                                   stream_opening opening);

/// Until when a token lets in to a view, by the clock by which it is `now`.
machines::admission admitted(const stream_terms& terms, bool trusted, const view_id& view,
                             std::string_view token, machines::timestamp now);

}  // namespace spooky::actors
