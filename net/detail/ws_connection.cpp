#include "net/detail/ws_connection.hpp"

#include <algorithm>
#include <utility>

#include <boost/beast/core/error.hpp>
#include <boost/beast/websocket/error.hpp>

namespace spooky::net::detail {

namespace websocket = beast::websocket;

namespace {

/// A buffer this large is given back after the message that needed it.
constexpr std::size_t large_buffer = 1 << 20;
constexpr std::size_t longest_close_reason = 123;

std::string_view to_std(beast::string_view text) noexcept { return {text.data(), text.size()}; }

}  // namespace

void ws_quota::open(const ws_limits& limits) noexcept {
  max_bytes = limits.max_queue_bytes;
  max_messages = limits.max_queue_messages;
}

bool ws_quota::take(std::size_t size) noexcept {
  if (ended) return false;
  const auto before = bytes.fetch_add(size);
  const bool fits = before + size <= max_bytes || (before == 0 && max_bytes != 0);
  if (messages.fetch_add(1) + 1 <= max_messages && fits) return true;
  give_back(size);
  return false;
}

void ws_quota::give_back(std::size_t size) noexcept {
  bytes -= size;
  --messages;
}

ws_connection::ws_connection(transport connection, ws_callbacks callbacks, const ws_limits& limits,
                             std::shared_ptr<ws_quota> quota)
    : stream_(std::move(connection)),
      guard_(stream_.get_executor()),
      callbacks_(std::move(callbacks)),
      limits_(limits),
      quota_(std::move(quota)) {
  websocket::stream_base::timeout times{limits.handshake_timeout, limits.idle_timeout, true};
  stream_.set_option(times);
  stream_.auto_fragment(false);
  stream_.read_message_max(limits.max_message_bytes);
  if (limits.compress) {
    websocket::permessage_deflate deflate;
    deflate.server_enable = true;
    stream_.set_option(deflate);
  }
}

void ws_connection::accept(const ws_handshake& handshake, std::string subprotocol,
                           std::string request_id) {
  stream_.set_option(websocket::stream_base::decorator(
      [subprotocol = std::move(subprotocol),
       request_id = std::move(request_id)](websocket::response_type& response) {
        response.set("X-Request-Id", request_id);
        if (!subprotocol.empty())
          response.set(beast::http::field::sec_websocket_protocol, subprotocol);
      }));
  stream_.async_accept(handshake, [self = shared_from_this()](error_code ec) {
    if (self->ended_) return;
    if (ec) return self->failed(ec);
    self->opened();
  });
}

void ws_connection::connect(const std::string& authority, const std::string& target,
                            std::string subprotocol, http_headers headers) {
  is_client_ = true;
  offered_subprotocol_ = subprotocol;
  stream_.set_option(websocket::stream_base::decorator(
      [subprotocol = std::move(subprotocol),
       headers = std::move(headers)](websocket::request_type& request) {
        for (auto& field : headers) request.set(field.name, field.value);
        if (!subprotocol.empty())
          request.set(beast::http::field::sec_websocket_protocol, subprotocol);
      }));
  stream_.async_handshake(response_, authority, target, [self = shared_from_this()](error_code ec) {
    if (self->ended_) return;
    if (ec == websocket::error::upgrade_declined)
      return self->end(ws_close::abnormal,
                       "the server answered the WebSocket handshake with HTTP status " +
                           std::to_string(self->response_.result_int()));
    if (ec) return self->failed(ec);
    auto chosen = to_std(self->response_[beast::http::field::sec_websocket_protocol]);
    if (chosen != self->offered_subprotocol_)
      return self->end(ws_close::abnormal, "the server does not speak the sub-protocol \"" +
                                               self->offered_subprotocol_ + "\"");
    self->opened();
  });
}

void ws_connection::opened() {
  open_ = true;
  if (callbacks_.on_open) callbacks_.on_open();
  read();
  write();
}

void ws_connection::read_on() {
  if (open_) read();
}

void ws_connection::read() {
  if (ended_ || reading_) return;
  reading_ = true;
  const auto alive = std::exchange(unread_, nullptr);
  stream_.async_read(incoming_, [self = shared_from_this()](error_code ec, std::size_t) {
    self->reading_ = false;
    if (self->ended_) return;
    if (ec) return self->failed(ec);
    auto& buffer = self->incoming_;
    std::string message(static_cast<const char*>(buffer.cdata().data()), buffer.size());
    buffer.consume(buffer.size());
    if (buffer.capacity() > large_buffer) buffer.shrink_to_fit();
    if (self->callbacks_.on_message)
      self->callbacks_.on_message(std::move(message), self->stream_.got_binary());
    if (!self->limits_.one_by_one)
      self->read();
    else if (!self->reading_ && !self->ended_)
      self->unread_ = self;
  });
}

void ws_connection::send(ws_message message, bool binary) {
  if (ended_ || close_wanted_) return quota_->give_back(message->size());
  queue_.push_back({std::move(message), binary});
  write();
}

void ws_connection::write() {
  if (writing_ || !open_ || close_sent_ || ended_) return;
  if (queue_.empty()) {
    if (close_wanted_) send_close();
    return;
  }
  writing_ = true;
  const auto& next = queue_.front();
  guard_.expires_after(limits_.write_timeout +
                       std::chrono::seconds(next.data->size() / limits_.write_pace));
  guard_.async_wait([self = shared_from_this()](error_code cancelled) {
    // The wait may have ended just before the write did, which then moved the expiry or cancelled.
    bool due = self->guard_.expiry() <= std::chrono::steady_clock::now();
    if (!cancelled && self->writing_ && due) self->cut("the peer did not take a message in time");
  });
  stream_.binary(next.binary);
  stream_.async_write(asio::buffer(*next.data),
                      [self = shared_from_this()](error_code ec, std::size_t) {
                        if (self->ended_) return;
                        self->writing_ = false;
                        self->guard_.cancel();
                        if (ec) return self->failed(ec);
                        self->quota_->give_back(self->queue_.front().data->size());
                        self->queue_.pop_front();
                        if (self->queue_.empty() && self->callbacks_.on_drained)
                          self->callbacks_.on_drained();
                        self->write();
                      });
}

void ws_connection::close(std::uint16_t code, std::string reason) {
  if (ended_ || close_wanted_) return;
  if (is_client_ && !open_) return end(ws_close::abnormal, "closed before it was connected");
  reason.resize(std::min(reason.size(), longest_close_reason));
  close_wanted_ = true;
  closing_ = websocket::close_reason(static_cast<websocket::close_code>(code), reason);
  write();
}

void ws_connection::send_close() {
  close_sent_ = true;
  guard_.expires_after(limits_.close_timeout);
  guard_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled) self->end(self->closing_.code, std::string(to_std(self->closing_.reason)));
  });
  stream_.async_close(closing_, [self = shared_from_this()](error_code) {
    self->end(self->closing_.code, std::string(to_std(self->closing_.reason)));
  });
}

void ws_connection::cut(std::string reason) { end(ws_close::abnormal, std::move(reason)); }

void ws_connection::failed(const error_code& ec) {
  if (close_sent_) return end(closing_.code, std::string(to_std(closing_.reason)));
  if (ec == websocket::error::closed) {
    auto& theirs = stream_.reason();
    return end(theirs.code ? theirs.code : ws_close::no_status, std::string(to_std(theirs.reason)));
  }
  if (ec == websocket::error::message_too_big || ec == websocket::error::buffer_overflow)
    return end(ws_close::too_big,
               "a message has more than " + std::to_string(limits_.max_message_bytes) + " bytes");
  if (ec == beast::error::timeout)
    return end(ws_close::abnormal, open_ ? "the peer gave no sign of life in time"
                                         : "the WebSocket handshake took too long");
  end(ws_close::abnormal, ec.message());
}

void ws_connection::end(std::uint16_t code, std::string reason) {
  if (std::exchange(ended_, true)) return;
  auto self = shared_from_this();
  unread_ = nullptr;
  quota_->ended = true;
  guard_.cancel();
  stream_.next_layer().close();
  auto callbacks = std::exchange(callbacks_, {});
  if (callbacks.on_close) callbacks.on_close(code, std::move(reason));
  if (auto fn = std::exchange(on_end_, nullptr)) fn();
}

void ws_handle::slot::connected(const std::shared_ptr<ws_connection>& open) {
  ws = open;
  connecting = false;
  for (auto& [message, binary] : std::exchange(early, {})) open->send(std::move(message), binary);
}

void ws_handle::slot::close(std::uint16_t code, std::string reason) {
  closed = true;
  if (auto open = ws.lock())
    open->close(code, std::move(reason));
  else if (auto stop = std::exchange(give_up, nullptr))
    stop();
}

ws_handle::ws_handle(io_poster poster, ws_upgrade_hooks hooks)
    : poster_(std::move(poster)), hooks_(std::move(hooks)) {}

ws_handle::ws_handle(io_poster poster) : poster_(std::move(poster)), decided_(true) {}

ws_handle::~ws_handle() {
  if (!decided_) refuse(json_error(500, error_text(errc::internal), "the request was dropped"));
  poster_.dispatch([slot = slot_] { slot->close(ws_close::going_away, ""); });
}

void ws_handle::accept(ws_callbacks callbacks, ws_limits limits, std::string subprotocol) {
  if (decided_.exchange(true)) return;
  quota_->open(limits);
  poster_.dispatch([slot = slot_, quota = quota_, hooks = std::move(hooks_),
                    callbacks = std::move(callbacks), limits,
                    subprotocol = std::move(subprotocol)]() mutable {
    slot->ws = hooks.accept(std::move(callbacks), limits, quota, std::move(subprotocol));
  });
}

void ws_handle::refuse(http_response response) {
  if (decided_.exchange(true)) return;
  poster_.dispatch([hooks = std::move(hooks_), response = std::move(response)]() mutable {
    hooks.refuse(std::move(response));
  });
}

bool ws_handle::send_shared(ws_message message, bool binary) {
  const auto size = message->size();
  if (!quota_->take(size)) return false;
  poster_.dispatch([slot = slot_, quota = quota_, message = std::move(message), binary]() mutable {
    if (auto ws = slot->ws.lock())
      ws->send(std::move(message), binary);
    else if (slot->connecting)
      slot->early.emplace_back(std::move(message), binary);
    else
      quota->give_back(message->size());
  });
  return true;
}

std::size_t ws_handle::queued_bytes() const noexcept { return quota_->bytes; }

void ws_handle::read_on() {
  poster_.dispatch([slot = slot_] {
    if (auto ws = slot->ws.lock()) ws->read_on();
  });
}

void ws_handle::close(std::uint16_t code, std::string reason) {
  poster_.dispatch([slot = slot_, code, reason = std::move(reason)]() mutable {
    slot->close(code, std::move(reason));
  });
}

}  // namespace spooky::net::detail
