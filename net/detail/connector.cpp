#include "net/detail/connector.hpp"

#include <boost/asio/connect.hpp>

namespace spooky::net::detail {

connector::connector(asio::io_context& context, url target, tls_context tls)
    : resolver_(context.get_executor()),
      deadline_(context.get_executor()),
      target_(std::move(target)),
      tls_(std::move(tls)),
      connection_(std::make_unique<transport>(tcp_socket(context.get_executor()))) {}

void connector::start(std::chrono::milliseconds timeout, callback done) {
  done_ = std::move(done);
  deadline_.expires_after(timeout);
  deadline_.async_wait([self = shared_from_this(), timeout](error_code cancelled) {
    if (cancelled) return;
    self->finish(fail(errc::timeout, "no connection to " + self->target_.authority() + " within " +
                                         std::to_string(timeout.count()) + " ms"));
  });

  error_code not_an_address;
  auto address = asio::ip::make_address(target_.host, not_an_address);
  if (!not_an_address) {
    tcp::endpoint endpoint(address, target_.port);
    auto only =
        tcp::resolver::results_type::create(endpoint, target_.host, std::to_string(target_.port));
    return connect(std::move(only));
  }
  resolver_.async_resolve(
      target_.host, std::to_string(target_.port),
      [self = shared_from_this()](error_code ec, tcp::resolver::results_type addresses) {
        if (!self->done_) return;
        if (ec) return self->finish(self->failure("cannot resolve the host of", ec));
        self->connect(std::move(addresses));
      });
}

void connector::connect(tcp::resolver::results_type addresses) {
  asio::async_connect(connection_->socket(), addresses,
                      [self = shared_from_this()](error_code ec, const tcp::endpoint&) {
                        if (!self->done_) return;
                        if (ec) return self->finish(self->failure("cannot connect to", ec));
                        self->connection_->socket().set_option(tcp::no_delay(true), ec);
                        self->secure();
                      });
}

void connector::secure() {
  if (!target_.secure()) return finish(std::move(connection_));
  connection_->handshake_as_client(tls_, target_.host, [self = shared_from_this()](error_code ec) {
    if (!self->done_) return;
    if (ec) return self->finish(self->failure("the TLS handshake failed with", ec));
    self->finish(std::move(self->connection_));
  });
}

void connector::cancel() {
  done_ = nullptr;
  deadline_.cancel();
  resolver_.cancel();
  if (connection_) connection_->close();
}

void connector::finish(result<std::unique_ptr<transport>> outcome) {
  if (!done_) return;
  auto done = std::move(done_);
  cancel();
  done(std::move(outcome));
}

error connector::failure(const char* step, const error_code& ec) const {
  return fail(errc::unavailable,
              std::string(step) + " " + target_.authority() + ": " + ec.message());
}

}  // namespace spooky::net::detail
