#pragma once

#include "net/http_server.hpp"
#include "net/io_runtime.hpp"

#include <chrono>
#include <initializer_list>

#include <caf/all.hpp>

/// What the assemblies do alike when their process ends.
namespace spooky::process {

/// How long requests that are being answered may keep a server.
inline constexpr std::chrono::milliseconds stop_grace{3'000};

/// Takes no more requests; returns when those there are have been answered, and in twice
/// `stop_grace` at the latest. Nothing to do for null.
void stop_listening(net::http_server* server);

/// Ends actors one after the other: each has ended before the next is told to.
class one_by_one {
 public:
  explicit one_by_one(caf::actor_system& system) : self_(system) {}

  /// Nothing to do for an empty handle.
  template <class Handle>
  void operator()(const Handle& part) const {
    if (!part) return;
    self_->send_exit(part, caf::exit_reason::user_shutdown);
    self_->wait_for(part);
  }

 private:
  caf::scoped_actor self_;
};

/// The last of it, when all actors have ended and all clients and servers are gone: no callback
/// may reach an actor system that is gone, nor may a straggler keep it.
void stop_threads(std::initializer_list<net::io_runtime*> runtimes, caf::actor_system& system);

}  // namespace spooky::process
