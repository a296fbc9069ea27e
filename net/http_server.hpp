#pragma once

#include "net/http.hpp"
#include "net/io_runtime.hpp"
#include "net/tls.hpp"
#include "surrealql/values/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spooky::net {

/// What one server grants its clients. All connections share them.
struct http_limits {
  std::size_t header_bytes = 16 << 10;  ///< request line and fields; more: 431
  std::size_t body_bytes = 16 << 20;    ///< more: 413, before it is read
  /// Other body limits for exact paths, for example {"/ingest/batch", 64 << 20}.
  std::vector<std::pair<std::string, std::size_t>> body_bytes_by_path;
  /// Bodies of more than 64 KiB that are being received, together, by what has come of them; more:
  /// 503.
  std::size_t all_bodies_bytes = 1 << 30;
  /// Where they are all taken, the one that has been idle for longest, or else one that has been
  /// sending a header for a second, is closed for a new one.
  std::size_t connections = 10'000;
  /// Beyond those, where none is idle: for requests that take precedence; others get 503.
  std::size_t reserve = 256;
  std::size_t pipelined = 16;            ///< requests of one connection in work at a time
  std::size_t stream_backlog = 8 << 20;  ///< undrained bytes of one streamed answer; more: cut
  std::chrono::milliseconds idle_timeout{60'000};  ///< between requests
  std::chrono::milliseconds header_timeout{
      10'000};  ///< from a request's first byte to its header's end
  std::chrono::milliseconds read_timeout{20'000};  ///< for the next bytes of a body
  std::chrono::milliseconds arrival_timeout{
      120'000};  ///< from a request's first byte to its last, however steadily it comes
  std::chrono::milliseconds reserve_timeout{
      2'000};  ///< for the header of a request on a connection of the reserve
  std::chrono::milliseconds write_timeout{30'000};  ///< for the client to take the next bytes
  std::chrono::milliseconds answer_timeout{
      120'000};  ///< for the handler to begin its answer; then 504
  std::chrono::milliseconds linger_timeout{5'000};  ///< reading on after an early refusal
};

struct http_server_options {
  std::string address = "127.0.0.1";  ///< an IP address or a name of this host
  std::uint16_t port = 0;             ///< 0: any free one, see port()
  http_limits limits;
  tls_server_options tls;
  std::chrono::milliseconds tls_look_interval{10'000};  ///< how often its files are looked at
  /// Told, on the I/O thread, that changed files are in use for new connections, or why they are
  /// not and the former ones stay.
  std::function<void(const result<void>&)> on_tls_change;
};

struct http_server_figures {
  std::size_t connections = 0;  ///< open now, WebSocket included
  std::uint64_t accepted = 0;   ///< connections ever
  std::uint64_t refused = 0;    ///< connections over the limit, those in the reserve included
  std::uint64_t displaced = 0;  ///< connections closed to make room for new ones
  std::uint64_t requests = 0;   ///< requests handed to the handler
};

/// An HTTP/1.1 server: keep-alive, pipelining with answers in order, `Expect: 100-continue`, HEAD
/// (answered as GET, without the body), WebSocket handshakes. Every answer carries X-Request-Id;
/// errors the server itself finds have the body {"code","message"}. 404 and 405 are the handler's.
class http_server {
 public:
  /// Binds and listens at once; fails with io_error naming the address.
  static result<std::unique_ptr<http_server>> listen(io_runtime& io, http_server_options options,
                                                     std::shared_ptr<http_handler> handler);
  /// Closes everything at once; no handler is called after it. The runtime must still exist.
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  std::uint16_t port() const noexcept;
  http_server_figures figures() const noexcept;

  /// Stops accepting, lets requests in work finish (answered with `Connection: close`), closes
  /// WebSockets with 1001, cuts what is left after `grace`, then runs `done` on the I/O thread.
  void stop(std::chrono::milliseconds grace, std::function<void()> done = {});

 private:
  class impl;
  explicit http_server(std::shared_ptr<impl> state);
  std::shared_ptr<impl> impl_;
};

}  // namespace spooky::net
