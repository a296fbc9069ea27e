#pragma once

#include "actors/front/http_body.hpp"
#include "actors/interfaces.hpp"
#include "protocol/deadlines.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace spooky::actors {

/// How many requests may be unanswered at once, and for how long.
struct front_limits {
  std::size_t pending = 1'000;
  std::chrono::milliseconds request_timeout = deadlines::front_request;
  std::chrono::milliseconds registration_timeout = deadlines::front_registration;
};

/// Counts the requests an front actor has out; its actor refuses what is above the limit.
class pending_requests {
 public:
  explicit pending_requests(std::size_t limit) : limit_(limit) {}
  /// False, and answered with `overloaded`, when there are too many.
  bool admit(const std::shared_ptr<net::responder>& respond) {
    if (now_ < limit_) return ++now_, true;
    respond->send(net::error_response(
        fail(errc::overloaded, "too many requests are waiting; send again later")));
    return false;
  }
  void done() { --now_; }
  std::size_t now() const noexcept { return now_; }

 private:
  std::size_t limit_;
  std::size_t now_ = 0;
};

/// Asks `whom`, and answers the client with what `show` makes of the reply, or with the error.
/// Reply is named by the caller: `ask_and_answer<ack>(...)`. @pre admitted by `pending`.
template <class Reply, class Self, class Whom, class Timeout, class Show, class... Args>
void ask_and_answer(Self* self, pending_requests& pending,
                    const std::shared_ptr<net::responder>& respond, const Whom& whom,
                    const Timeout& timeout, Show show, Args&&... args) {
  self->request(whom, timeout, std::forward<Args>(args)...)
      .then(
          [&pending, respond, show](const Reply& reply) {
            pending.done();
            respond->send(show(reply));
          },
          [&pending, respond](const caf::error& reason) {
            pending.done();
            respond->send(net::error_response(from_caf(reason)));
          });
}

}  // namespace spooky::actors
