#include "net/message_stream.hpp"

#include "net/http_server.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace spooky::net {

namespace {

/// Whether somebody was told to wait, and is to be told when that is over.
class waiting_mark {
 public:
  /// Tries to queue; a second time behind the mark, for what made it fail may just have ended, and
  /// then nobody would say so any more.
  template <class Send>
  bool attempt(Send send) {
    if (send()) return true;
    waits_ = true;
    return send();
  }
  bool clear() noexcept { return waits_.exchange(false); }

 private:
  std::atomic<bool> waits_{false};
};

class websocket_stream final : public message_stream {
 public:
  websocket_stream(std::shared_ptr<ws_session> session, bool binary)
      : session_(std::move(session)), binary_(binary) {}

  void accept(message_stream_callbacks callbacks, const ws_limits& limits) {
    ws_callbacks events;
    if (callbacks.on_message)
      events.on_message = [told = std::move(callbacks.on_message)](std::string message, bool) {
        told(std::move(message));
      };
    events.on_drained = [mark = mark_, told = std::move(callbacks.on_drained)] {
      if (mark->clear() && told) told();
    };
    events.on_close = [told = std::move(callbacks.on_close)](std::uint16_t, const std::string&) {
      if (told) told();
    };
    session_->accept(std::move(events), limits);
  }

  bool send(const std::shared_ptr<const std::string>& message) override {
    return mark_->attempt([&] { return session_->send_shared(message, binary_); });
  }
  void close(std::uint16_t code, const std::string& reason) override {
    session_->close(code, reason);
  }

 private:
  std::shared_ptr<ws_session> session_;
  bool binary_;
  std::shared_ptr<waiting_mark> mark_ = std::make_shared<waiting_mark>();
};

class event_stream final : public message_stream {
 public:
  event_stream(std::shared_ptr<responder> answer, message_stream_callbacks callbacks,
               std::size_t queue_bytes, std::size_t queue_messages)
      : answer_(std::move(answer)), queue_(std::make_shared<queue>()) {
    queue_->callbacks = std::move(callbacks);
    // What waits longer in the server than it allows would cut the connection.
    queue_->most_bytes = std::min(queue_bytes, http_limits{}.stream_backlog / 2);
    queue_->most_messages = queue_messages;
  }
  ~event_stream() override { answer_->finish(); }

  bool send(const std::shared_ptr<const std::string>& message) override {
    const auto size = message->size();
    if (!queue_->mark.attempt([&] { return queue_->take(size); })) return false;
    answer_->write(*message, [kept = queue_, size](bool open) { kept->drained(size, open); });
    return true;
  }
  void close(std::uint16_t, const std::string&) override {
    queue_->ended = true;
    answer_->finish();
  }

 private:
  struct queue {
    message_stream_callbacks callbacks;
    std::size_t most_bytes = 0;
    std::size_t most_messages = 0;
    std::atomic<std::size_t> bytes{0};
    std::atomic<std::size_t> messages{0};
    std::atomic<bool> ended{false};
    bool told_end = false;  ///< on the I/O thread
    waiting_mark mark;

    bool take(std::size_t size) {
      if (ended) return false;
      const auto before = messages.fetch_add(1);
      if (bytes.fetch_add(size) + size <= most_bytes && before + 1 <= most_messages) return true;
      if (before == 0) return true;
      give_back(size);
      return false;
    }
    void give_back(std::size_t size) {
      bytes -= size;
      --messages;
    }
    void drained(std::size_t size, bool open) {
      give_back(size);
      if (!open) {
        ended = true;
        if (!std::exchange(told_end, true) && callbacks.on_close) callbacks.on_close();
      } else if (messages == 0 && mark.clear() && callbacks.on_drained) {
        callbacks.on_drained();
      }
    }
  };

  std::shared_ptr<responder> answer_;
  std::shared_ptr<queue> queue_;
};

}  // namespace

std::shared_ptr<message_stream> accept_stream(std::shared_ptr<ws_session> session, bool binary,
                                              message_stream_callbacks callbacks,
                                              const ws_limits& limits) {
  auto stream = std::make_shared<websocket_stream>(std::move(session), binary);
  stream->accept(std::move(callbacks), limits);
  return stream;
}

std::shared_ptr<message_stream> begin_events(std::shared_ptr<responder> answer,
                                             http_headers headers,
                                             message_stream_callbacks callbacks,
                                             std::size_t queue_bytes, std::size_t queue_messages) {
  headers.set("Cache-Control", "no-store");
  headers.set("X-Accel-Buffering", "no");
  answer->begin(200, "text/event-stream", std::move(headers));
  return std::make_shared<event_stream>(std::move(answer), std::move(callbacks), queue_bytes,
                                        queue_messages);
}

}  // namespace spooky::net
