#pragma once

#include "net/http_server.hpp"
#include "net/ws_session.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace spooky::net::test {

using request_function = std::function<void(http_request, std::shared_ptr<responder>)>;
using upgrade_function = std::function<void(http_request, std::shared_ptr<ws_session>)>;

/// A handler made of functions.
class function_handler : public http_handler {
 public:
  explicit function_handler(request_function serve, upgrade_function upgrade = {})
      : serve_(std::move(serve)), upgrade_(std::move(upgrade)) {}
  void handle(http_request request, std::shared_ptr<responder> answer) override {
    serve_(std::move(request), std::move(answer));
  }
  void upgrade(http_request request, std::shared_ptr<ws_session> session) override {
    if (!upgrade_) return http_handler::upgrade(std::move(request), std::move(session));
    upgrade_(std::move(request), std::move(session));
  }

 private:
  request_function serve_;
  upgrade_function upgrade_;
};

/// Answers 200 with "<method> <path> <body>".
inline void echo(http_request request, const std::shared_ptr<responder>& answer) {
  http_response response;
  response.content_type = "text/plain";
  response.body = request.method + " " + request.path + " " + request.body;
  answer->send(std::move(response));
}

/// A running server on a free loopback port.
struct serving {
  explicit serving(request_function serve = echo, http_limits limits = {},
                   upgrade_function upgrade = {}, std::uint16_t port = 0) {
    io.start();
    http_server_options options;
    options.limits = std::move(limits);
    options.port = port;
    auto made = http_server::listen(
        io, options, std::make_shared<function_handler>(std::move(serve), std::move(upgrade)));
    server = std::move(made).value();
  }
  std::uint16_t port() const { return server->port(); }

  io_runtime io;
  std::unique_ptr<http_server> server;
};

}  // namespace spooky::net::test
