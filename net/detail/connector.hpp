#pragma once

#include "net/detail/tls_context.hpp"
#include "net/detail/transport.hpp"
#include "net/url.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace spooky::net::detail {

/// One attempt to connect: resolve, connect to the addresses in turn, TLS. I/O thread only.
class connector : public std::enable_shared_from_this<connector> {
 public:
  using callback = std::function<void(result<std::unique_ptr<transport>>)>;

  connector(asio::io_context& context, url target, tls_context tls);

  /// `done` runs once, later: with the connection, or `unavailable` or `timeout`. Not after
  /// cancel().
  void start(std::chrono::milliseconds timeout, callback done);
  void cancel();

 private:
  void connect(tcp::resolver::results_type addresses);
  void secure();
  void finish(result<std::unique_ptr<transport>> outcome);
  error failure(const char* step, const error_code& ec) const;

  asio::ip::basic_resolver<tcp, io_executor> resolver_;
  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>, io_executor>
      deadline_;
  url target_;
  tls_context tls_;
  std::unique_ptr<transport> connection_;
  callback done_;
};

}  // namespace spooky::net::detail
