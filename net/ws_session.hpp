#pragma once

#include "net/http.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace spooky::net {

/// Close codes of RFC 6455, section 7.4.1, as far as net/ uses them itself. Applications may use
/// 4000 to 4999.
namespace ws_close {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t no_status = 1005;  ///< never on the wire: the peer gave no code
inline constexpr std::uint16_t abnormal = 1006;   ///< never on the wire: the connection broke
inline constexpr std::uint16_t policy_error = 1008;
inline constexpr std::uint16_t too_big = 1009;
inline constexpr std::uint16_t internal_error = 1011;
}  // namespace ws_close

/// Run on the I/O thread. Any may be empty.
struct ws_callbacks {
  std::function<void()> on_open;
  /// One whole message.
  std::function<void(std::string message, bool binary)> on_message;
  /// Everything given to send() so far has been handed to the operating system.
  std::function<void()> on_drained;
  /// The last call, exactly once: also when accept() failed. Says why.
  std::function<void(std::uint16_t code, std::string reason)> on_close;
};

struct ws_limits {
  std::size_t max_message_bytes = 1 << 20;  ///< incoming; more closes with 1009
  /// Outgoing, not yet handed to the system. One message is taken in any case, however large, where
  /// nothing else waits.
  std::size_t max_queue_bytes = 4 << 20;
  std::size_t max_queue_messages = 4096;
  /// Silence after which the peer counts as gone; it is pinged after half of it.
  std::chrono::milliseconds idle_timeout{20'000};
  std::chrono::milliseconds handshake_timeout{10'000};
  /// For one message to be taken by the peer, and a second more for each `write_pace` bytes of it.
  std::chrono::milliseconds write_timeout{30'000};
  std::size_t write_pace = 64 << 10;
  /// Server side: whether messages are compressed where the client offers it (permessage-deflate).
  /// Costs some 300 KiB for each such connection.
  bool compress = false;
  bool one_by_one = false;  ///< the next message is read only after read_on()
  std::chrono::milliseconds close_timeout{2'000};  ///< for the peer to answer a close
};

/// One WebSocket connection, server or client side. Thread-safe; may outlive the connection.
/// Dropping the last handle closes with 1001.
class ws_session {
 public:
  virtual ~ws_session() = default;

  /// Server side, once: completes the handshake. What is sent before it is complete waits in the
  /// queue. `subprotocol` must be one the client offered, or empty.
  virtual void accept(ws_callbacks callbacks, ws_limits limits = {},
                      std::string subprotocol = {}) = 0;
  /// Server side, instead of accept(): answers with an ordinary response and closes.
  virtual void refuse(http_response response) = 0;

  /// Queues one message. False when it was not taken: the queue is full (nothing is dropped from
  /// it; the caller decides: wait for on_drained, resynchronise or close) or the session has ended.
  virtual bool send_text(std::string message) = 0;
  virtual bool send_binary(std::string message) = 0;
  /// The same for a message that other sessions send as well: it is not copied.
  virtual bool send_shared(std::shared_ptr<const std::string> message, bool binary) = 0;
  /// Bytes queued and not yet handed to the operating system.
  virtual std::size_t queued_bytes() const noexcept = 0;

  /// With `one_by_one`: what the last message said has been dealt with. While this is not called
  /// the peer is held up, and notices when its own queue is full.
  virtual void read_on() = 0;

  /// Sends what is queued, then a close frame, and waits for the peer's up to `close_timeout`.
  /// `reason` is cut to 123 bytes, the protocol's limit.
  virtual void close(std::uint16_t code, std::string reason = {}) = 0;
};

}  // namespace spooky::net
