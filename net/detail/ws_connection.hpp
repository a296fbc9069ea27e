#pragma once

#include "net/detail/collected_body.hpp"
#include "net/detail/transport.hpp"
#include "net/io_runtime.hpp"
#include "net/ws_session.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace spooky::net::detail {

/// The part of a session that any thread may touch: how much of the outgoing queue is taken.
struct ws_quota {
  /// Nothing can be sent before this.
  void open(const ws_limits& limits) noexcept;
  bool take(std::size_t size) noexcept;
  void give_back(std::size_t size) noexcept;

  std::atomic<std::size_t> max_bytes{0};
  std::atomic<std::size_t> max_messages{0};
  std::atomic<std::size_t> bytes{0};
  std::atomic<std::size_t> messages{0};
  std::atomic<bool> ended{false};
};

using ws_message = std::shared_ptr<const std::string>;

using ws_handshake = beast::http::request<collected_body>;

/// One WebSocket connection on the I/O thread, either role. It keeps itself alive while it is open.
class ws_connection : public std::enable_shared_from_this<ws_connection> {
 public:
  ws_connection(transport connection, ws_callbacks callbacks, const ws_limits& limits,
                std::shared_ptr<ws_quota> quota);

  /// Server: answers `handshake`, then reads.
  void accept(const ws_handshake& handshake, std::string subprotocol, std::string request_id);
  /// Client: asks for an upgrade, then reads.
  void connect(const std::string& authority, const std::string& target, std::string subprotocol,
               http_headers headers);

  /// `message` was counted by quota->take().
  void send(ws_message message, bool binary);
  void read_on();
  void close(std::uint16_t code, std::string reason);
  /// Ends it without a close frame.
  void cut(std::string reason);
  /// Runs once, after on_close.
  void on_end(std::function<void()> fn) { on_end_ = std::move(fn); }

 private:
  struct outgoing {
    ws_message data;
    bool binary;
  };
  void opened();
  void read();
  void write();
  void send_close();
  void guard_write();
  void failed(const error_code& ec);
  void end(std::uint16_t code, std::string reason);

  beast::websocket::stream<transport, true> stream_;
  asio::steady_timer guard_;
  ws_callbacks callbacks_;
  ws_limits limits_;
  std::shared_ptr<ws_quota> quota_;
  std::function<void()> on_end_;
  std::shared_ptr<ws_connection> unread_;  ///< itself, while nothing is read: else it would be gone
  beast::flat_buffer incoming_;
  std::deque<outgoing> queue_;
  std::string offered_subprotocol_;
  beast::websocket::response_type response_;
  beast::websocket::close_reason closing_;
  bool is_client_ = false;
  bool open_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool close_wanted_ = false;
  bool close_sent_ = false;
  bool ended_ = false;
};

/// What the owner of a connection does for a server-side session that is not accepted yet.
struct ws_upgrade_hooks {
  /// Null where the connection has gone; then on_close has been called.
  std::function<std::shared_ptr<ws_connection>(ws_callbacks, ws_limits, std::shared_ptr<ws_quota>,
                                               std::string subprotocol)>
      accept;
  std::function<void(http_response)> refuse;
};

/// The ws_session given to users of either side.
class ws_handle final : public ws_session {
 public:
  /// Server side: not accepted yet.
  ws_handle(io_poster poster, ws_upgrade_hooks hooks);
  /// Client side: the connection is set on the I/O thread, when there is a connection.
  explicit ws_handle(io_poster poster);
  ~ws_handle() override;

  void accept(ws_callbacks callbacks, ws_limits limits, std::string subprotocol) override;
  void refuse(http_response response) override;
  bool send_text(std::string message) override {
    return send_shared(std::make_shared<const std::string>(std::move(message)), false);
  }
  bool send_binary(std::string message) override {
    return send_shared(std::make_shared<const std::string>(std::move(message)), true);
  }
  bool send_shared(ws_message message, bool binary) override;
  std::size_t queued_bytes() const noexcept override;
  void read_on() override;
  void close(std::uint16_t code, std::string reason) override;

  /// Where the connection goes, shared with what is posted. I/O thread only.
  struct slot {
    std::weak_ptr<ws_connection> ws;
    std::function<void()> give_up;  ///< client side: stops connecting, while there is no connection
    bool closed = false;            ///< close() came, perhaps before connecting began
    bool connecting = false;        ///< client side: what is sent waits in `early`
    std::deque<std::pair<ws_message, bool>> early;  ///< message, binary

    void connected(const std::shared_ptr<ws_connection>& open);
    void close(std::uint16_t code, std::string reason);
  };
  const std::shared_ptr<slot>& link_slot() const { return slot_; }
  const std::shared_ptr<ws_quota>& quota() const { return quota_; }

 private:
  io_poster poster_;
  std::shared_ptr<slot> slot_ = std::make_shared<slot>();
  std::shared_ptr<ws_quota> quota_ = std::make_shared<ws_quota>();
  ws_upgrade_hooks hooks_;
  std::atomic<bool> decided_{false};  ///< server side: accept() or refuse() was called
};

}  // namespace spooky::net::detail
