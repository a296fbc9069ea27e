#include "net/detail/http_connection.hpp"

#include "net/url.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

// Life and reading; writing and WebSocket hand-over are in http_connection_write.cpp and
// _upgrade.cpp.

namespace spooky::net::detail {

namespace http = beast::http;

namespace {

/// The reserve is small, and what it refuses must not fill it.
constexpr std::chrono::milliseconds reserve_linger{100};
constexpr std::size_t header_read_size = 8 << 10;
constexpr std::size_t body_read_size = 64 << 10;
/// Up to this size reading a body that will be refused is cheaper than losing the connection.
constexpr std::size_t small_body = 64 << 10;
/// A chunk's extensions and trailers count as header, beyond one read's worth of body.
constexpr std::size_t read_slack = body_read_size;

std::string_view to_std(beast::string_view text) noexcept { return {text.data(), text.size()}; }

/// "http://host/path" (allowed to clients that think we are a proxy) -> "/path".
std::string_view origin_form(std::string_view target) noexcept {
  auto mark = target.find("://");
  if (target.starts_with('/') || mark == target.npos) return target;
  auto slash = target.find('/', mark + 3);
  return slash == target.npos ? std::string_view("/") : target.substr(slash);
}

}  // namespace

std::size_t server_shared::body_limit(std::string_view path) const noexcept {
  for (auto& [exact, limit] : limits.body_bytes_by_path)
    if (exact == path) return limit;
  return limits.body_bytes;
}

void server_shared::remove(const std::shared_ptr<http_connection>& connection) {
  if (connections.erase(connection) == 0) return;
  open = connections.size() + websockets.size();
  if (on_connection_gone) on_connection_gone();
}

void server_shared::remove(const std::shared_ptr<ws_connection>& ws) {
  if (websockets.erase(ws) == 0) return;
  open = connections.size() + websockets.size();
  if (on_connection_gone) on_connection_gone();
}

http_connection::http_connection(tcp_socket socket, std::shared_ptr<server_shared> server)
    : server_(std::move(server)), connection_(std::move(socket)) {
  error_code gone;
  connection_.socket().set_option(tcp::no_delay(true), gone);
  auto endpoint = connection_.socket().remote_endpoint(gone);
  if (!gone) peer_ = endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
}

void http_connection::start() {
  if (!server_->tls) {
    read();
    return set_read_deadline();
  }
  read_by_ = clock::now() + header_time();
  connection_.handshake_as_server(server_->tls, [self = shared_from_this()](error_code ec) {
    if (self->mode_ == mode::closed) return;
    if (ec) return self->cut();
    self->read();
    self->set_read_deadline();
  });
}

void http_connection::start_in_reserve() {
  in_reserve_ = true;
  start();
}

void http_connection::check_time(clock::time_point now) {
  if (mode_ == mode::closed) return;
  if (write_by_ <= now) return cut();
  if (read_by_ <= now) {
    read_by_ = clock::time_point::max();
    if (mode_ == mode::serving && waiting_for_ >= waiting::header)
      return refuse(408, error_text(errc::timeout), "the request did not arrive in time");
    return cut();
  }
  for (auto& one : exchanges_) {
    if (one->started || one->answer_by > now) continue;
    // The answer may end the connection and with it this loop's container.
    auto late = one;
    return answer(late, json_error(504, error_text(errc::timeout), "no answer in time"));
  }
}

void http_connection::wind_down() {
  if (mode_ == mode::serving && exchanges_.empty() && !writing_ && !head_) cut();
}

void http_connection::cut() {
  if (mode_ == mode::closed) return;
  mode_ = mode::closed;
  release_body();
  stand_in(nullptr);
  auto self = shared_from_this();
  connection_.close();
  server_->remove(self);
  std::vector<std::function<void(bool)>> undrained;
  for (auto& piece : in_flight_)
    if (piece.on_drained) undrained.push_back(std::exchange(piece.on_drained, nullptr));
  for (auto& exchange : exchanges_)
    // Taken out: a streamed piece owns the exchange that owns it, until it is sent.
    for (auto& piece : std::exchange(exchange->out, {}))
      if (piece.on_drained) undrained.push_back(std::move(piece.on_drained));
  exchanges_.clear();
  for (auto& on_drained : undrained) on_drained(false);
}

bool http_connection::takes_requests() const noexcept {
  return mode_ == mode::serving && exchanges_.size() < server_->limits.pipelined &&
         (!server_->stopping || head_);
}

void http_connection::read() {
  if (reading_ || mode_ == mode::closed) return;
  reading_ = true;
  bool large = head_ || mode_ == mode::lingering;
  if (mode_ == mode::lingering) in_.clear();
  connection_.async_read_some(
      in_.prepare(large ? body_read_size : header_read_size),
      [self = shared_from_this()](error_code ec, std::size_t n) { self->on_read(ec, n); });
}

void http_connection::on_read(error_code ec, std::size_t n) {
  reading_ = false;
  if (mode_ == mode::closed) return;
  if (mode_ == mode::lingering) {
    auto now = clock::now();
    if (ec || now >= linger_by_) return cut();
    read_by_ = now + linger_time();
    return read();
  }
  if (ec && ec != asio::error::eof) return cut();
  if (ec) {
    // The client has said all it will; it may still be listening for answers.
    mode_ = mode::no_more;
    read_by_ = clock::time_point::max();
    if (exchanges_.empty() && !writing_) cut();
    return;
  }
  if (mode_ != mode::serving) return;
  in_.commit(n);
  parse();
}

void http_connection::parse() {
  // While a read is pending its target inside in_ must not move, and all before it has been parsed.
  if (reading_) return set_read_deadline();
  while (takes_requests() && in_.size() > 0) {
    if (!parser_) {
      parser_.emplace();
      arrive_by_ = clock::now() + server_->limits.arrival_timeout;
      parser_->header_limit(static_cast<std::uint32_t>(server_->limits.header_bytes));
      // The body's limit depends on the path, so it is checked in on_header.
      parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
      parser_->eager(false);
    }
    error_code ec;
    in_.consume(parser_->put(in_.data(), ec));
    if (ec == http::error::need_more) {
      if (in_.size() < server_->limits.header_bytes + read_slack) break;
      ec = http::error::header_limit;
    }
    if (ec) return refuse_unparsed(ec);
    if (!head_ && parser_->is_header_done() && !on_header()) return;
    if (!account_body()) return;
    if (parser_->is_done()) on_request();
  }
  if (takes_requests()) read();
  set_read_deadline();
}

std::optional<http_request> http_connection::read_head() {
  auto& message = parser_->get();
  http_request out;
  out.peer = peer_;
  for (auto& field : message)
    out.headers.add(std::string(to_std(field.name_string())), std::string(to_std(field.value())));
  auto client_id = out.headers.get("X-Request-Id");
  out.request_id = is_sane_request_id(client_id) ? std::string(client_id) : server_->ids.next();
  out.method = to_std(message.method_string());
  auto target = origin_form(to_std(message.target()));
  auto question = target.find('?');
  out.path = target.substr(0, question);
  head_ = std::move(out);  // so that a refusal carries the request id

  if (message.version() >= 11 && !head_->headers.find("Host")) {
    refuse(400, error_text(errc::invalid_argument), "an HTTP/1.1 request needs a Host header");
    return {};
  }
  if (question != target.npos) {
    auto query = parse_query_string(target.substr(question + 1));
    if (!query.ok()) {
      refuse(400, error_text(errc::invalid_argument),
             "the query string is broken: " + query.failure().message);
      return {};
    }
    head_->query = std::move(*query);
  }
  return std::exchange(head_, std::nullopt);
}

bool http_connection::on_header() {
  auto head = read_head();
  if (!head) return false;
  head_ = std::move(head);
  if (in_reserve_ && !server_->handler->takes_precedence(*head_)) {
    refuse_busy("this server has no room for another connection; try again later");
    return false;
  }
  auto limit = server_->body_limit(head_->path);
  auto length = parser_->content_length();
  if (length && *length > limit) {
    refuse(413, error_text(errc::limit_exceeded),
           "the body has " + std::to_string(*length) + " bytes; " + head_->path +
               " takes at most " + std::to_string(limit));
    return false;
  }
  if (head_->headers.find("Transfer-Encoding") && !parser_->chunked()) {
    refuse(501, error_text(errc::unsupported), "the only Transfer-Encoding served is chunked");
    return false;
  }
  if (!admits_body()) return false;
  if (auto* expectation = head_->headers.find("Expect")) {
    if (!beast::iequals(*expectation, "100-continue")) {
      refuse(417, error_text(errc::unsupported), "the only Expect served is 100-continue");
      return false;
    }
    if (!parser_->is_done() && in_.size() == 0 && parser_->get().version() >= 11) {
      auto interim = add_exchange({}, true, true);
      interim->started = interim->complete = true;
      interim->out.push_back({"HTTP/1.1 100 Continue\r\n\r\n", {}, {}, {}, {}});
      pump();
    }
  }
  parser_->body_limit(limit);
  parser_->eager(true);
  return mode_ == mode::serving;
}

bool http_connection::admits_body() {
  if (parser_->is_done()) return true;
  const auto length = parser_->content_length();
  if (length && *length <= small_body) return true;
  auto refused = server_->handler->refuse_early(*head_);
  if (!refused) return true;
  refuse_with(std::move(*refused));
  return false;
}

/// What was received counts, not what was announced: an announcement costs its sender nothing.
bool http_connection::account_body() {
  if (!head_) return true;
  const auto size = parser_->get().body().size();
  if (size <= small_body) return true;
  const auto more = size - accounted_;
  if (server_->body_bytes + more > server_->limits.all_bodies_bytes) {
    refuse_busy("too many bytes of requests are being received; try again later");
    return false;
  }
  accounted_ = size;
  server_->body_bytes += more;
  return true;
}

void http_connection::release_body() noexcept {
  server_->body_bytes -= std::exchange(accounted_, 0);
}

void http_connection::on_request() {
  auto request = std::move(*head_);
  head_.reset();
  release_body();
  bool keep_alive = parser_->keep_alive() && !in_reserve_;
  bool http11 = parser_->get().version() >= 11;
  bool upgrade = beast::websocket::is_upgrade(parser_->get());
  ws_handshake message = parser_->release();
  parser_.reset();
  if (upgrade) {
    mode_ = mode::upgrading;
    upgrade_ = pending_upgrade{std::move(request), std::move(message), {}};
    if (exchanges_.empty() && !writing_) offer_upgrade();
    return;
  }
  request.body = std::move(message.body());
  if (!keep_alive) mode_ = mode::no_more;
  auto exchange = add_exchange(request.request_id, keep_alive, http11);
  exchange->head_only = request.method == "HEAD";
  ++server_->requests;
  auto answer = std::make_shared<http_responder>(server_->poster, weak_from_this(), exchange);
  try {
    server_->handler->handle(std::move(request), answer);
  } catch (const std::exception& failure) {
    answer->send(json_error(500, error_text(errc::internal),
                            std::string("the handler failed: ") + failure.what()));
  }
}

void http_connection::refuse(unsigned status, std::string_view code, const std::string& message) {
  refuse_with(json_error(status, code, message));
}

void http_connection::refuse_busy(const std::string& message) {
  auto busy = json_error(503, error_text(errc::overloaded), message);
  busy.headers.set("Retry-After", "1");
  refuse_with(std::move(busy));
}

void http_connection::refuse_with(http_response response) {
  auto id = head_ ? std::move(head_->request_id) : server_->ids.next();
  bool head_only = head_ && head_->method == "HEAD";
  mode_ = mode::no_more;
  head_.reset();
  parser_.reset();
  release_body();
  auto exchange = add_exchange(std::move(id), false, true);
  exchange->head_only = head_only;
  answer(exchange, std::move(response));
}

void http_connection::refuse_unparsed(const error_code& ec) {
  if (ec == http::error::header_limit)
    return refuse(431, error_text(errc::limit_exceeded),
                  "the request's header has more than " +
                      std::to_string(server_->limits.header_bytes) + " bytes");
  if (ec == http::error::body_limit)
    return refuse(413, error_text(errc::limit_exceeded),
                  "the body has more than the " +
                      std::to_string(server_->body_limit(head_ ? head_->path : std::string())) +
                      " bytes that this path takes");
  refuse(400, error_text(errc::invalid_argument),
         "this is not an HTTP/1.1 request: " + ec.message());
}

std::chrono::milliseconds http_connection::header_time() const noexcept {
  return in_reserve_ ? server_->limits.reserve_timeout : server_->limits.header_timeout;
}

std::chrono::milliseconds http_connection::linger_time() const noexcept {
  return std::min(server_->limits.linger_timeout,
                  in_reserve_ ? reserve_linger : std::chrono::milliseconds::max());
}

http_connection::waiting http_connection::awaited() const noexcept {
  if (mode_ != mode::serving || !reading_) return waiting::nothing;
  if (head_) return waiting::body;
  if (parser_) return waiting::header;
  return exchanges_.empty() && !writing_ ? waiting::request : waiting::nothing;
}

void http_connection::stand_in(std::list<http_connection*>* queue) {
  if (queue == queue_) return;
  if (queue_ != nullptr) queue_->erase(place_);
  if (queue != nullptr) place_ = queue->insert(queue->end(), this);
  queue_ = queue;
}

void http_connection::set_read_deadline() {
  const auto before = std::exchange(waiting_for_, awaited());
  const auto& limits = server_->limits;
  const auto now = clock::now();
  if (before != waiting_for_) since_ = now;
  stand_in(waiting_for_ == waiting::request  ? &server_->idle
           : waiting_for_ == waiting::header ? &server_->heads
                                             : nullptr);
  if (mode_ == mode::lingering) return;
  // While we did not read, the client could not send.
  if (before == waiting::nothing) arrive_by_ = now + limits.arrival_timeout;
  switch (waiting_for_) {
    case waiting::nothing:
      read_by_ = clock::time_point::max();
      break;
    case waiting::request:
      read_by_ = now + (in_reserve_ ? limits.reserve_timeout : limits.idle_timeout);
      break;
    case waiting::header:
      // One limit for the whole header: a byte now and then does not prolong it.
      if (before != waiting::header) read_by_ = std::min(now + header_time(), arrive_by_);
      break;
    case waiting::body:
      read_by_ = std::min(now + limits.read_timeout, arrive_by_);
      break;
  }
}

}  // namespace spooky::net::detail
