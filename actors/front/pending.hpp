#pragma once

#include "actors/front/endpoint.hpp"
#include "actors/interfaces.hpp"
#include "net/http.hpp"
#include "protocol/deadlines.hpp"

#include <chrono>
#include <cstddef>
#include <memory>

namespace spooky::actors {

/// How many requests may be unanswered at once, and for how long.
struct front_limits {
  std::size_t pending = 1'000;
  std::size_t batch_changes = 10'000;  ///< in one body of `/ingest/batch`
  std::chrono::milliseconds request_timeout = deadlines::front_request;
  std::chrono::milliseconds registration_timeout = deadlines::front_registration;

  /// For a request to an actor. A timer for each of many small requests would cost half their
  /// throughput, hence endpoint_time::server.
  caf::duration of(endpoint_time time) const {
    switch (time) {
      case endpoint_time::request:
        return caf::duration{request_timeout};
      case endpoint_time::registration:
        return caf::duration{registration_timeout};
      case endpoint_time::server:
        break;
    }
    return caf::duration{caf::infinite};
  }
};

/// Counts the requests a front has out; the front refuses what is above the limit.
class pending_requests {
 public:
  explicit pending_requests(std::size_t limit) : limit_(limit) {}
  /// False, and answered with `overloaded`, when there are too many. Probes have a reserve: who
  /// looks after an overloaded process must see it.
  bool admit(const std::shared_ptr<net::responder>& respond, bool probe = false) {
    if (now_ < limit_ + (probe ? reserved_for_probes : 0)) return ++now_, true;
    respond->send(net::error_response(
        fail(errc::overloaded, "too many requests are waiting; send again later")));
    return false;
  }
  void done() { --now_; }
  std::size_t now() const noexcept { return now_; }

 private:
  static constexpr std::size_t reserved_for_probes = 64;

  std::size_t limit_;
  std::size_t now_ = 0;
};

}  // namespace spooky::actors
