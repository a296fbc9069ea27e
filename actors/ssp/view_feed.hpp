#pragma once

#include "actors/interfaces.hpp"
#include "machines/feed/delta_feed.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace spooky::actors {

struct view_feed_config {
  feed_limits limits;
  /// How long deltas are kept for a client that may come back.
  std::chrono::milliseconds linger{60'000};
  /// Between two questions for a snapshot that was refused, or older than what a client has.
  std::chrono::milliseconds pause{50};
};

struct view_feed_parts {
  edge_writer_actor edges;
  circuit_actor circuit;  ///< shows the view as it is
};

struct view_feed_state {
  view_feed_state() = default;
  static inline const char* name = "view_feed";

  /// A client, and the session that has its connection.
  struct follower {
    std::shared_ptr<net::message_stream> stream;
    stream_session_actor session;
  };

  registration_ptr registration;
  view_feed_parts parts;
  view_feed_config config;
  std::optional<delta_feed> feed;  ///< set at the start
  std::map<subscriber_id, follower> followers;
  bool asking = false;     ///< the circuit has been asked to show the view
  bool pausing = false;    ///< and will be again
  std::uint64_t left = 0;  ///< how often the last follower has left
};

using view_feed_ptr = view_feed_actor::stateful_pointer<view_feed_state>;

/// One registered view. Hands each delta of the engine to those who follow the view, in order: the
/// edge writer, and clients as `delta_feed` says. `name` is the feed's.
view_feed_actor::behavior_type view_feed(view_feed_ptr self, registration_ptr registration,
                                         std::string name, view_feed_parts parts,
                                         view_feed_config config);

}  // namespace spooky::actors
