#pragma once

#include "actors/interfaces.hpp"
#include "net/ws_session.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace spooky::actors {

/// Opens a connection to the SSP at that address that carries many views in that form, as a node;
/// its messages come one by one.
using stream_opener = std::function<std::shared_ptr<net::ws_session>(
    const std::string& address, stream_format format, net::ws_callbacks callbacks)>;

struct stream_relay_parts {
  owner_finder owners;
  stream_opener open;
};

struct stream_relay_state {
  stream_relay_state() = default;
  static inline const char* name = "stream_relay";

  /// A connection to an SSP.
  struct upstream {
    std::string address;
    std::shared_ptr<net::ws_session> session;
    /// What the client could not be sent. Nothing more is read until it has room.
    std::shared_ptr<const std::string> refused = nullptr;
  };
  /// A view that the client follows.
  struct followed {
    std::uint64_t request = 0;
    std::uint64_t upstream = 0;  ///< 0: it is not known yet where the view is
  };

  stream_relay_parts parts;
  std::optional<stream_subscription> client;  ///< the first of its subscriptions
  stream_session_actor session;               ///< the client's
  std::map<std::uint64_t, upstream> upstreams;
  std::map<view_id, followed> views;
  std::uint64_t numbers = 0;  ///< of requests and connections so far
};

using stream_relay_ptr = stream_relay_actor::stateful_pointer<stream_relay_state>;

/// Stands for the circuits of all SSPs towards the session of one of the scheduler's clients: which
/// tokens are good, and for how long, the session knows. One connection to each SSP that has a view
/// of the client's. A client that is slow holds up only its own: its SSPs notice, and send what it
/// has missed, or a snapshot, when it goes on.
stream_relay_actor::behavior_type stream_relay(stream_relay_ptr self, stream_relay_parts parts);

}  // namespace spooky::actors
