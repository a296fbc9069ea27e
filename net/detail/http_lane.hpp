#pragma once

#include "net/detail/collected_body.hpp"
#include "net/detail/connector.hpp"
#include "net/http_client.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>

namespace spooky::net::detail {

/// One call on its way through the client. I/O thread only, after it was made.
struct pending_call {
  pending_call(asio::io_context& context, http_call c, http_client::callback d)
      : call(std::move(c)), done(std::move(d)), deadline(context) {}

  http_call call;
  http_client::callback done;  ///< empty once it has run
  asio::steady_timer deadline;
  bool repeated = false;  ///< sent a second time after an idle race
};
using pending_ptr = std::shared_ptr<pending_call>;

/// One connection of a client's pool, with at most one call on it.
class http_lane : public std::enable_shared_from_this<http_lane> {
 public:
  struct hooks {
    /// The call ends with this outcome.
    std::function<void(const pending_ptr&, result<http_response>)> completed;
    /// A kept-alive connection was closed just when the call was sent: send it again on a new one.
    std::function<void(const pending_ptr&)> repeat;
    std::function<void(const std::shared_ptr<http_lane>&)> idle;
    std::function<void(const std::shared_ptr<http_lane>&)> closed;
  };

  http_lane(asio::io_context& context, const url& origin, tls_context tls, hooks events);

  /// Connects, then carries out `call`.
  void start(std::chrono::milliseconds connect_timeout, pending_ptr call);
  /// For an idle lane.
  void carry_out(pending_ptr call);
  /// Closes without completing the call it has; the owner does that.
  void close();

  const pending_ptr& current() const noexcept { return call_; }
  std::chrono::steady_clock::time_point idle_since() const noexcept { return idle_since_; }

 private:
  using response_parser = beast::http::response_parser<collected_body>;

  void connected(transport connection);
  void send();
  void read();
  void on_read(error_code ec, std::size_t n);
  /// False when the call has ended.
  bool take_bytes(std::size_t n);
  bool hand_out_body();
  void at_end_of_input(const error_code& ec);
  void complete();
  void fail_call(error failure);
  void make_parser();

  asio::io_context& context_;
  url origin_;
  tls_context tls_;
  hooks hooks_;
  std::shared_ptr<connector> connecting_;
  std::optional<transport> connection_;
  beast::flat_buffer in_;
  std::optional<response_parser> parser_;
  pending_ptr call_;
  std::string request_head_;
  std::shared_ptr<const std::string> request_body_;
  std::size_t calls_ = 0;  ///< carried out before this one
  bool writing_ = false;
  bool got_bytes_ = false;  ///< of the answer
  bool streams_ = false;    ///< the answer's body goes to on_chunk
  bool closed_ = false;
  std::chrono::steady_clock::time_point idle_since_;
};

}  // namespace spooky::net::detail
