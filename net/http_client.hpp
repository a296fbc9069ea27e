#pragma once

#include "net/http.hpp"
#include "net/io_runtime.hpp"
#include "net/tls.hpp"
#include "net/url.hpp"
#include "surrealql/values/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace spooky::net {

/// One request to send.
struct http_call {
  std::string method = "GET";
  url target;
  http_headers headers;                           ///< Host, Content-Length and Connection are net's
  std::string content_type = "application/json";  ///< sent when there is a body
  /// Shared, so that one body goes to many peers without a copy. May be null.
  std::shared_ptr<const std::string> body;
  /// For everything: queueing, connecting, sending and the whole answer.
  std::chrono::milliseconds timeout{10'000};
  /// May be sent twice without harm. Then the idle race (the peer closed a kept-alive connection
  /// just as the request went out) is repaired by one repetition on a new connection.
  bool idempotent = false;
  /// Calls of different channels to one origin have lanes of their own: what a peer answers late in
  /// one (a registration that waits for the log) never holds up what goes in another (the log).
  std::string channel;
  std::size_t max_response_bytes = 16 << 20;  ///< more: limit_exceeded
  /// When set, the body of a 2xx answer is handed out piece by piece and the response's body stays
  /// empty; `max_response_bytes` does not apply. Returning false ends the call with `internal`. The
  /// next piece is read after it returns: slow work belongs elsewhere, but blocking here stalls all
  /// I/O.
  std::function<bool(std::string_view chunk)> on_chunk;
};

struct http_client_options {
  /// Connections of one channel to one origin, one request in flight on each.
  std::size_t lanes_per_origin = 4;
  /// Waiting for a lane of one channel; more: overloaded.
  std::size_t queued_per_origin = 1'000;
  std::size_t total_connections = 512;
  std::chrono::milliseconds connect_timeout{5'000};
  /// Unused connections are closed after this; keep it below the servers' idle timeout.
  std::chrono::milliseconds idle_timeout{30'000};
  tls_client_options tls;
};

/// A pooled HTTP/1.1 client: connections are kept per origin and channel and used in turn,
/// requests of one channel start in the order sent. No redirects, no cookies, no proxies. Any
/// status is a response, not an error.
///
/// Errors: `timeout` (deadline passed; the request may have been carried out), `unavailable` (not
/// resolved, refused, cut), `overloaded` (too many queued), `limit_exceeded` (answer too large),
/// `invalid_argument` (bad header), `corrupt` (not HTTP).
class http_client {
 public:
  using callback = std::function<void(result<http_response>)>;

  http_client(io_runtime& io, http_client_options options = {});
  /// Fails what is in flight with `unavailable`; no callback runs after it. The runtime must still
  /// exist.
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// Thread-safe. `done` runs exactly once, on the I/O thread.
  void send(http_call call, callback done);

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace spooky::net
