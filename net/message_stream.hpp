#pragma once

#include "net/http.hpp"
#include "net/ws_session.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace spooky::net {

/// Run on the I/O thread. Any may be empty.
struct message_stream_callbacks {
  /// What the client sends; server-sent events have nothing of the kind.
  std::function<void(std::string message)> on_message;
  /// After send() has said no: there is room again.
  std::function<void()> on_drained;
  /// The last call, exactly once: the client is gone. Server-sent events notice that when the next
  /// message cannot be sent.
  std::function<void()> on_close;
};

/// One client's end of a stream of messages, whatever carries them. Thread-safe; may outlive the
/// connection. Dropping the last handle ends it.
class message_stream {
 public:
  virtual ~message_stream() = default;

  /// Queues one message, which others may be sent as well. False when it was not taken: too much
  /// waits, and on_drained follows; or the client is gone, and on_close follows or has come. One
  /// message is taken in any case, however large, where nothing else waits.
  virtual bool send(const std::shared_ptr<const std::string>& message) = 0;
  /// Sends what is queued and ends. The code is a WebSocket's; server-sent events have none.
  virtual void close(std::uint16_t code, const std::string& reason) = 0;
};

/// Completes a WebSocket's handshake. `binary`: of what is sent.
std::shared_ptr<message_stream> accept_stream(std::shared_ptr<ws_session> session, bool binary,
                                              message_stream_callbacks callbacks,
                                              const ws_limits& limits);

/// Answers a request with server-sent events: each message is one, complete with its field names.
/// `queue_bytes` and `queue_messages` may wait.
std::shared_ptr<message_stream> begin_events(std::shared_ptr<responder> answer,
                                             http_headers headers,
                                             message_stream_callbacks callbacks,
                                             std::size_t queue_bytes, std::size_t queue_messages);

}  // namespace spooky::net
