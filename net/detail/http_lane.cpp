#include "net/detail/http_lane.hpp"

#include <array>
#include <limits>
#include <utility>

#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

namespace spooky::net::detail {

namespace http = beast::http;

namespace {

constexpr std::size_t read_size = 64 << 10;
constexpr std::uint32_t longest_header = 64 << 10;

std::string_view to_std(beast::string_view text) noexcept { return {text.data(), text.size()}; }

std::string format_request(const http_call& call) {
  std::string out;
  out.reserve(256);
  out += call.method + " " + call.target.target + " HTTP/1.1\r\n";
  out += "Host: " + call.target.authority() + "\r\n";
  if (call.body) {
    out += "Content-Length: " + std::to_string(call.body->size()) + "\r\n";
    if (!call.content_type.empty()) out += "Content-Type: " + call.content_type + "\r\n";
  } else if (call.method == "POST" || call.method == "PUT" || call.method == "PATCH") {
    out += "Content-Length: 0\r\n";
  }
  for (auto& field : call.headers) out += field.name + ": " + field.value + "\r\n";
  out += "\r\n";
  return out;
}

}  // namespace

http_lane::http_lane(asio::io_context& context, const url& origin, tls_context tls, hooks events)
    : context_(context), origin_(origin), tls_(std::move(tls)), hooks_(std::move(events)) {}

void http_lane::start(std::chrono::milliseconds connect_timeout, pending_ptr call) {
  call_ = std::move(call);
  connecting_ = std::make_shared<connector>(context_, origin_, tls_);
  connecting_->start(connect_timeout,
                     [self = shared_from_this()](result<std::unique_ptr<transport>> outcome) {
                       self->connecting_.reset();
                       if (!outcome.ok()) return self->fail_call(outcome.failure());
                       self->connected(std::move(**outcome));
                     });
}

void http_lane::connected(transport connection) {
  connection_.emplace(std::move(connection));
  send();
  read();
}

void http_lane::carry_out(pending_ptr call) {
  call_ = std::move(call);
  ++calls_;
  send();
}

void http_lane::send() {
  make_parser();
  got_bytes_ = false;
  request_head_ = format_request(call_->call);
  request_body_ = call_->call.body;
  std::array<asio::const_buffer, 2> buffers{asio::buffer(request_head_), asio::const_buffer()};
  if (request_body_) buffers[1] = asio::buffer(*request_body_);
  writing_ = true;
  asio::async_write(*connection_, buffers, [self = shared_from_this()](error_code ec, std::size_t) {
    self->writing_ = false;
    self->request_body_.reset();
    // The answer or the reason why there is none comes through the pending read.
    if (ec && !self->closed_) self->connection_->shutdown_send();
  });
}

void http_lane::make_parser() {
  parser_.emplace();
  parser_->header_limit(longest_header);
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
  parser_->eager(false);
  parser_->skip(call_->call.method == "HEAD");
  streams_ = false;
}

void http_lane::read() {
  // Also while idle, so that a connection closed by the peer leaves the pool at once.
  connection_->async_read_some(
      in_.prepare(read_size),
      [self = shared_from_this()](error_code ec, std::size_t n) { self->on_read(ec, n); });
}

void http_lane::on_read(error_code ec, std::size_t n) {
  if (closed_) return;
  if (ec) return at_end_of_input(ec);
  if (!call_) return close();  // nobody asked for these bytes
  if (take_bytes(n)) read();
}

bool http_lane::take_bytes(std::size_t n) {
  in_.commit(n);
  got_bytes_ = true;
  while (in_.size() > 0) {
    error_code ec;
    in_.consume(parser_->put(in_.data(), ec));
    if (ec == http::error::need_more) {
      if (in_.size() < 2 * longest_header) return true;
      ec = http::error::header_limit;
    }
    if (ec) {
      fail_call(
          fail(errc::corrupt, origin_.authority() + " did not answer in HTTP: " + ec.message()));
      return false;
    }
    if (!parser_->eager() && parser_->is_header_done()) {
      if (parser_->get().result_int() < 200) {
        make_parser();
        continue;
      }
      parser_->eager(true);
      streams_ = call_->call.on_chunk && parser_->get().result_int() / 100 == 2;
    }
    if (!hand_out_body()) return false;
    if (parser_->is_done()) {
      complete();
      return !closed_;
    }
  }
  return true;
}

bool http_lane::hand_out_body() {
  auto& body = parser_->get().body();
  if (streams_) {
    if (body.empty()) return true;
    auto call = call_;
    bool more = call->call.on_chunk(body);
    if (closed_ || call_ != call) return false;
    body.clear();
    if (!more) fail_call(fail(errc::internal, "the receiver of the answer refused to take more"));
    return more;
  }
  auto limit = call_->call.max_response_bytes;
  auto announced = parser_->content_length();
  if (body.size() <= limit && !(announced && *announced > limit && !parser_->is_done()))
    return true;
  fail_call(fail(errc::limit_exceeded, "the answer of " + call_->call.target.to_string() +
                                           " has more than " + std::to_string(limit) + " bytes"));
  return false;
}

void http_lane::at_end_of_input(const error_code& ec) {
  if (!call_) return close();
  if (got_bytes_ && ec == asio::error::eof && parser_->got_some()) {
    error_code incomplete;
    parser_->put_eof(incomplete);
    if (!incomplete && parser_->is_done()) {
      if (hand_out_body()) complete();
      return;
    }
  }
  if (!got_bytes_ && calls_ > 0) {
    // The idle race: the peer gave up the connection when the call was already on its way.
    auto call = call_;
    if (call->call.idempotent && !call->repeated) {
      close();
      call->repeated = true;
      return hooks_.repeat(call);
    }
  }
  fail_call(
      fail(errc::unavailable, origin_.authority() +
                                  (got_bytes_ ? " broke off in the middle of its answer: "
                                              : " closed the connection without an answer: ") +
                                  ec.message()));
}

void http_lane::complete() {
  auto& message = parser_->get();
  http_response out;
  out.status = message.result_int();
  out.content_type = to_std(message[http::field::content_type]);
  for (auto& field : message)
    out.headers.add(std::string(to_std(field.name_string())), std::string(to_std(field.value())));
  out.body = std::move(message.body());
  // An answer that overtook its request leaves the connection in the middle of that request.
  bool reusable = parser_->keep_alive() && !writing_ && in_.size() == 0;
  auto call = std::exchange(call_, nullptr);
  parser_.reset();
  if (!reusable) {
    close();
  } else {
    idle_since_ = std::chrono::steady_clock::now();
  }
  hooks_.completed(call, std::move(out));
  if (reusable && !closed_ && !call_) hooks_.idle(shared_from_this());
}

void http_lane::fail_call(error failure) {
  auto call = std::exchange(call_, nullptr);
  close();
  if (call) hooks_.completed(call, std::move(failure));
}

void http_lane::close() {
  if (std::exchange(closed_, true)) return;
  auto self = shared_from_this();
  call_.reset();
  if (auto attempt = std::exchange(connecting_, nullptr)) attempt->cancel();
  if (connection_) connection_->close();
  hooks_.closed(self);
}

}  // namespace spooky::net::detail
