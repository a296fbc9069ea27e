#pragma once

#include "net/http.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace spooky::net {

/// Answers 503 until it is told who serves. Lets a server listen, and so know its port, before the
/// parts behind its routes exist. The lock is between the I/O thread and the one that starts us.
class late_handler : public http_handler {
 public:
  void serve_with(std::shared_ptr<http_handler> routes) {
    const std::lock_guard lock{mutex_};
    routes_ = std::move(routes);
  }

  void handle(http_request request, std::shared_ptr<responder> answer) override {
    if (const auto routes = current()) return routes->handle(std::move(request), std::move(answer));
    answer->send(
        error_response(fail(errc::not_ready, "the process is starting; try again in a moment")));
  }

  std::optional<http_response> refuse_early(const http_request& head) override {
    if (const auto routes = current()) return routes->refuse_early(head);
    return http_handler::refuse_early(head);
  }

  bool takes_precedence(const http_request& head) override {
    const auto routes = current();
    return routes && routes->takes_precedence(head);
  }

  void upgrade(http_request request, std::shared_ptr<ws_session> session) override {
    if (const auto routes = current())
      return routes->upgrade(std::move(request), std::move(session));
    http_handler::upgrade(std::move(request), std::move(session));
  }

 private:
  std::shared_ptr<http_handler> current() {
    const std::lock_guard lock{mutex_};
    return routes_;
  }

  std::mutex mutex_;
  std::shared_ptr<http_handler> routes_;
};

}  // namespace spooky::net
