#pragma once

#include "surrealql/values/result.hpp"

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spooky::net {

struct http_header {
  std::string name;
  std::string value;
  friend bool operator==(const http_header&, const http_header&) = default;
};

/// Header fields in the order they came; names compare without regard to ASCII case.
class http_headers {
 public:
  http_headers() = default;
  http_headers(std::initializer_list<http_header> fields) : fields_(fields) {}

  /// The first field of that name, or nullptr.
  const std::string* find(std::string_view name) const noexcept;
  /// The first field of that name, or "".
  std::string_view get(std::string_view name) const noexcept;
  /// Replaces all fields of that name by one.
  void set(std::string_view name, std::string value);
  void add(std::string name, std::string value);
  void erase(std::string_view name);

  std::size_t size() const noexcept { return fields_.size(); }
  auto begin() const noexcept { return fields_.begin(); }
  auto end() const noexcept { return fields_.end(); }

 private:
  std::vector<http_header> fields_;
};

/// Names and values in order of appearance; a name may occur twice.
using http_parameters = std::vector<std::pair<std::string, std::string>>;

/// A request as the server received it, complete with its body.
struct http_request {
  std::string method;               ///< "GET", "POST", ...
  std::string path;                 ///< as sent, without the query: still percent-encoded
  http_parameters query;            ///< decoded
  http_parameters path_parameters;  ///< decoded; filled by the router from its `{name}` segments
  http_headers headers;
  std::string body;
  std::string request_id;  ///< the client's X-Request-Id where it is sane, else a generated one
  std::string peer;        ///< "127.0.0.1:54321"

  /// The first query parameter of that name, or nullptr.
  const std::string* query_parameter(std::string_view name) const noexcept;
  /// The path parameter of that name, or "".
  std::string_view path_parameter(std::string_view name) const noexcept;
};

/// `content_type` and the length are added to the header by net/; do not repeat them in `headers`.
struct http_response {
  unsigned status = 200;
  std::string content_type = "application/json";
  http_headers headers;
  std::string body;
};

/// `{"code": code, "message": message}` with that status.
http_response json_error(unsigned status, std::string_view code, std::string_view message);
/// The same for an error value: status by http_status(), code by error_text(); `overloaded` and
/// `not_ready` carry `Retry-After: 1`. The context stays out of it: it is for logs.
http_response error_response(const error& failure);
/// The status the contract gives an errc, for example 400 for parse_error and 503 for overloaded.
unsigned http_status(errc code) noexcept;

/// The way to answer one request. Thread-safe. Exactly one answer is sent: either send(), or
/// begin(), write()..., and finish() or abort(). Whatever comes after that is ignored. A responder
/// that is dropped without an answer answers 500; dropped between begin() and finish() it aborts.
/// It may outlive the connection and the server.
class responder {
 public:
  virtual ~responder() = default;

  /// The whole answer at once.
  virtual void send(http_response response) = 0;

  /// Starts a streamed answer (chunked transfer).
  virtual void begin(unsigned status, std::string content_type, http_headers headers = {}) = 0;
  /// Adds a piece. `on_drained(true)` runs on the I/O thread when this piece and all before it have
  /// been handed to the operating system; `on_drained(false)` when they never will be, because the
  /// client is gone: stop producing. It runs exactly once. Back-pressure is the caller's: keep few
  /// pieces (one or two) undrained. A server limit (`max_stream_backlog`) aborts whoever does not.
  virtual void write(std::string chunk, std::function<void(bool open)> on_drained = {}) = 0;
  virtual void finish() = 0;
  /// Cuts the connection, so that the client sees that the answer is not complete.
  virtual void abort() = 0;
};

class ws_session;

/// Whatever serves requests; see router.hpp for the usual one. Called on the I/O thread: hand over
/// and return at once. An exception that leaves it answers 500.
class http_handler {
 public:
  virtual ~http_handler() = default;
  virtual void handle(http_request request, std::shared_ptr<responder> answer) = 0;
  /// Asked when only the header of a request with a large body (over 64 KiB, or of unknown size)
  /// has come: a response here refuses it before the body is read. The default takes it.
  virtual std::optional<http_response> refuse_early(const http_request& head);
  /// Asked for a request on a connection beyond the server's limit, whose header has come: whether
  /// it is served all the same. The default serves none.
  virtual bool takes_precedence(const http_request& head);
  /// A WebSocket handshake has come. Call session->accept() or session->refuse(), now or later.
  /// The default refuses with 404.
  virtual void upgrade(http_request request, std::shared_ptr<ws_session> session);
};

}  // namespace spooky::net
