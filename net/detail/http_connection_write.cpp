#include "net/detail/http_connection.hpp"

#include <utility>

#include <boost/asio/write.hpp>

namespace spooky::net::detail {
namespace {

constexpr std::size_t pieces_per_write = 16;
constexpr std::size_t bytes_per_send = 256 << 10;

/// Whether a response of that status has a body at all (RFC 9110, section 6.4.1).
bool has_body(unsigned status) noexcept { return status >= 200 && status != 204 && status != 304; }

}  // namespace

http_connection::exchange_ptr http_connection::add_exchange(std::string request_id, bool keep_alive,
                                                            bool http11) {
  auto exchange = std::make_shared<http_exchange>();
  exchange->request_id = std::move(request_id);
  exchange->keep_alive = keep_alive;
  exchange->http11 = http11;
  exchange->answer_by = clock::now() + server_->limits.answer_timeout;
  exchanges_.push_back(exchange);
  return exchange;
}

void http_connection::queue_head(const exchange_ptr& exchange, unsigned status,
                                 body_framing framing, std::string_view content_type,
                                 const http_headers& headers, std::string body) {
  exchange->started = true;
  // Only the last answer of a connection may announce its end: those behind it would be lost.
  if (server_->stopping && !head_ && exchange == exchanges_.back()) exchange->keep_alive = false;
  response_head head;
  head.status = status;
  head.http11 = exchange->http11;
  head.keep_alive = exchange->keep_alive;
  head.framing = framing;
  head.length = body.size();
  head.content_type = content_type;
  head.request_id = exchange->request_id;
  head.date = server_->date;
  if (exchange->head_only) body.clear();
  exchange->out.push_back({format_head(head, headers), std::move(body), {}, {}, {}});
}

void http_connection::answer(const exchange_ptr& exchange, http_response response) {
  if (exchange->started || mode_ == mode::closed) return;
  exchange->complete = true;
  bool bodied = has_body(response.status);
  if (!bodied) response.body.clear();
  bool typed = bodied && (!response.body.empty() || exchange->head_only);
  queue_head(exchange, response.status, bodied ? body_framing::length : body_framing::none,
             typed ? std::string_view(response.content_type) : std::string_view(), response.headers,
             std::move(response.body));
  pump();
}

void http_connection::begin_stream(const exchange_ptr& exchange, unsigned status,
                                   const std::string& content_type, const http_headers& headers) {
  if (exchange->started || mode_ == mode::closed) return;
  exchange->chunked = exchange->http11;
  if (!exchange->http11) {
    // HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
    exchange->keep_alive = false;
    mode_ = mode::no_more;
  }
  queue_head(exchange, status, exchange->http11 ? body_framing::chunked : body_framing::until_close,
             content_type, headers, {});
  pump();
}

void http_connection::add_to_stream(const exchange_ptr& exchange, std::string chunk,
                                    std::function<void(bool)> on_drained) {
  bool fits =
      exchange->backlog + chunk.size() <= server_->limits.stream_backlog || exchange->backlog == 0;
  if (mode_ == mode::closed || !exchange->started || exchange->complete || !fits) {
    // A producer that ignores back-pressure would otherwise fill the memory.
    if (!fits) cut();
    if (on_drained) on_drained(false);
    return;
  }
  outgoing_piece piece;
  piece.on_drained = std::move(on_drained);
  if (!chunk.empty() && !exchange->head_only) {
    exchange->backlog += chunk.size();
    piece.stream = exchange;
    if (exchange->chunked) {
      piece.head = chunk_head(chunk.size());
      piece.tail = "\r\n";
    }
    piece.data = std::move(chunk);
  }
  exchange->out.push_back(std::move(piece));
  pump();
}

void http_connection::end_stream(const exchange_ptr& exchange) {
  if (mode_ == mode::closed || !exchange->started || exchange->complete) return;
  exchange->complete = true;
  if (exchange->chunked && !exchange->head_only)
    exchange->out.push_back({"0\r\n\r\n", {}, {}, {}, {}});
  pump();
}

void http_connection::pump() {
  if (writing_ || mode_ == mode::closed || mode_ == mode::lingering) return;
  while (!exchanges_.empty() && !last_answer_ && in_flight_.size() < pieces_per_write) {
    auto& exchange = *exchanges_.front();
    while (!exchange.out.empty() && in_flight_.size() < pieces_per_write) {
      in_flight_.push_back(std::move(exchange.out.front()));
      exchange.out.pop_front();
    }
    if (!exchange.complete || !exchange.out.empty()) break;
    last_answer_ = !exchange.keep_alive;
    exchanges_.pop_front();
  }
  if (in_flight_.empty()) return rest();

  std::vector<asio::const_buffer> buffers;
  buffers.reserve(3 * in_flight_.size());
  for (auto& piece : in_flight_)
    for (auto part : {std::string_view(piece.head), std::string_view(piece.data), piece.tail})
      if (!part.empty()) buffers.emplace_back(part.data(), part.size());
  writing_ = true;
  auto progress = [self = this](error_code ec, std::size_t) -> std::size_t {
    self->write_by_ = clock::now() + self->server_->limits.write_timeout;
    return ec ? 0 : bytes_per_send;
  };
  asio::async_write(
      connection_, buffers, progress,
      [self = shared_from_this()](error_code ec, std::size_t) { self->on_written(ec); });
}

void http_connection::on_written(error_code ec) {
  writing_ = false;
  write_by_ = clock::time_point::max();
  if (mode_ == mode::closed) return;
  if (ec) return cut();
  auto written = std::exchange(in_flight_, {});
  for (auto& piece : written)
    if (piece.stream) piece.stream->backlog -= piece.data.size();
  for (auto& piece : written)
    if (piece.on_drained) piece.on_drained(true);
  if (mode_ == mode::closed) return;
  if (last_answer_) return linger();
  pump();
  if (mode_ == mode::serving) parse();
}

void http_connection::rest() {
  if (!exchanges_.empty()) return;
  if (mode_ == mode::upgrading && !upgrade_->exchange) return offer_upgrade();
  if (mode_ == mode::no_more || (server_->stopping && !head_)) linger();
}

void http_connection::linger() {
  // Closing with unread input makes the system send a reset, which can overtake the answer on its
  // way to the client. So: say that no more comes, and read until the client has seen it.
  mode_ = mode::lingering;
  auto now = clock::now();
  linger_by_ = now + 6 * linger_time();
  read_by_ = now + linger_time();
  connection_.shutdown_send();
  read();
}

}  // namespace spooky::net::detail
