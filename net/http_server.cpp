#include "net/http_server.hpp"

#include "net/detail/http_connection.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace spooky::net {

using namespace detail;

namespace {

/// A header is sent in one piece by whoever means it.
constexpr auto late_header = std::chrono::seconds(1);
constexpr auto accept_pause = std::chrono::milliseconds(100);
constexpr int accept_backlog = 1024;

/// How often time limits are looked at: an eighth of the shortest, so none is late by much.
std::chrono::milliseconds tick_of(const http_limits& l) {
  auto shortest =
      std::min({l.idle_timeout, l.header_timeout, l.read_timeout, l.write_timeout, l.answer_timeout,
                l.linger_timeout, l.arrival_timeout, l.reserve_timeout});
  return std::clamp(shortest / 8, std::chrono::milliseconds(5), std::chrono::milliseconds(500));
}

}  // namespace

class http_server::impl : public std::enable_shared_from_this<http_server::impl> {
 public:
  impl(io_runtime& io, std::shared_ptr<server_shared> shared)
      : io_(io),
        context_(io.context()),
        acceptor_(context_.get_executor()),
        tick_(context_),
        grace_(context_),
        shared_(std::move(shared)) {}

  result<void> listen(const http_server_options& options) {
    auto where = options.address + ":" + std::to_string(options.port);
    error_code ec;
    tcp::resolver resolver(context_);
    auto found =
        resolver.resolve(options.address, std::to_string(options.port), tcp::resolver::passive, ec);
    if (ec || found.empty())
      return fail(errc::io_error, "cannot listen on " + where + ": " + ec.message());
    tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(accept_backlog, ec);
    if (ec)
      return fail(errc::io_error, "cannot listen on " + where + ": " + ec.message() +
                                      "; choose another address or port, or stop who has it");
    port_ = acceptor_.local_endpoint().port();
    return {};
  }

  /// The certificate, and how it is kept in step with its files.
  result<void> secure(const http_server_options& options) {
    tls_.emplace(options.tls);
    SPOOKY_TRY(*tls_->refresh());
    shared_->tls = tls_->context().value();
    tls_look_interval_ = options.tls_look_interval;
    on_tls_change_ = options.on_tls_change;
    next_tls_look_ = http_connection::clock::now() + tls_look_interval_;
    return {};
  }

  void start() {
    asio::post(context_, [self = shared_from_this()] {
      self->shared_->on_connection_gone = [weak = self->weak_from_this()] {
        if (auto server = weak.lock()) server->check_stopped();
      };
      self->tick();
      self->accept();
    });
  }

  void stop(std::chrono::milliseconds grace, std::function<void()> done) {
    if (done) when_stopped_.push_back(std::move(done));
    if (!std::exchange(shared_->stopping, true)) {
      error_code ignored;
      acceptor_.close(ignored);
      for (auto& connection : copy(shared_->connections)) connection->wind_down();
      for (auto& ws : copy(shared_->websockets))
        ws->close(ws_close::going_away, "the server stops");
    }
    grace_.expires_after(grace);
    grace_.async_wait([self = shared_from_this()](error_code cancelled) {
      if (!cancelled) self->cut_all();
    });
    check_stopped();
  }

  void cut_all() {
    error_code ignored;
    shared_->stopping = true;
    acceptor_.close(ignored);
    for (auto& connection : copy(shared_->connections)) connection->cut();
    for (auto& ws : copy(shared_->websockets)) ws->cut("the server stops");
    check_stopped();
  }

  std::uint16_t port() const noexcept { return port_; }
  const server_shared& shared() const noexcept { return *shared_; }
  io_runtime& io() noexcept { return io_; }

 private:
  template <class Set>
  static std::vector<typename Set::value_type> copy(const Set& set) {
    return {set.begin(), set.end()};
  }

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](error_code ec, tcp_socket socket) {
      if (self->shared_->stopping || ec == asio::error::operation_aborted) return;
      if (ec) return self->pause();
      self->take(std::move(socket));
      self->accept();
    });
  }

  /// Out of file descriptors, most likely: accepting at once would spin.
  void pause() {
    auto wait = std::make_shared<asio::steady_timer>(context_, accept_pause);
    wait->async_wait([self = shared_from_this(), wait](error_code) {
      if (!self->shared_->stopping) self->accept();
    });
  }

  std::size_t open() const noexcept {
    return shared_->connections.size() + shared_->websockets.size();
  }

  /// Who is idle, or takes his time over a header, is worth less than a newcomer.
  void displace_one() {
    auto& shared = *shared_;
    const auto late = http_connection::clock::now() - late_header;
    if (!shared.idle.empty())
      shared.idle.front()->cut();
    else if (!shared.heads.empty() && shared.heads.front()->waiting_since() <= late)
      shared.heads.front()->cut();
    else
      return;
    ++shared.displaced;
  }

  void take(tcp_socket socket) {
    auto& shared = *shared_;
    ++shared.accepted;
    if (open() >= shared.limits.connections) displace_one();
    const bool full = open() >= shared.limits.connections;
    if (full) ++shared.refused;
    if (open() >= shared.limits.connections + shared.limits.reserve) return;
    auto connection = std::make_shared<http_connection>(std::move(socket), shared_);
    shared.connections.insert(connection);
    shared.open = open();
    if (full)
      connection->start_in_reserve();
    else
      connection->start();
  }

  void tick() {
    shared_->date = http_date();
    auto now = http_connection::clock::now();
    for (auto& connection : copy(shared_->connections)) connection->check_time(now);
    if (shared_->tls && next_tls_look_ <= now) look_at_certificate(now);
    tick_.expires_after(tick_of(shared_->limits));
    tick_.async_wait([weak = weak_from_this()](error_code cancelled) {
      auto self = weak.lock();
      if (!cancelled && self) self->tick();
    });
  }

  void look_at_certificate(http_connection::clock::time_point now) {
    next_tls_look_ = now + tls_look_interval_;
    const auto changed = tls_->refresh();
    if (!changed) return;
    shared_->tls = tls_->context().value();
    if (on_tls_change_) on_tls_change_(*changed);
  }

  void check_stopped() {
    if (!shared_->stopping || !shared_->connections.empty() || !shared_->websockets.empty()) return;
    grace_.cancel();
    tick_.cancel();
    for (auto& done : std::exchange(when_stopped_, {})) done();
  }

  io_runtime& io_;
  asio::io_context& context_;
  asio::basic_socket_acceptor<tcp, io_executor> acceptor_;
  asio::steady_timer tick_;
  asio::steady_timer grace_;
  std::shared_ptr<server_shared> shared_;
  std::vector<std::function<void()>> when_stopped_;
  std::uint16_t port_ = 0;
  std::optional<tls_source> tls_;
  std::chrono::milliseconds tls_look_interval_{};
  http_connection::clock::time_point next_tls_look_{};
  std::function<void(const result<void>&)> on_tls_change_;
};

result<std::unique_ptr<http_server>> http_server::listen(io_runtime& io,
                                                         http_server_options options,
                                                         std::shared_ptr<http_handler> handler) {
  auto shared = std::make_shared<server_shared>();
  shared->poster = io.poster();
  shared->limits = options.limits;
  shared->handler = std::move(handler);
  auto state = std::make_shared<impl>(io, std::move(shared));
  SPOOKY_TRY(state->secure(options));
  SPOOKY_TRY(state->listen(options));
  state->start();
  return std::unique_ptr<http_server>(new http_server(std::move(state)));
}

http_server::http_server(std::shared_ptr<impl> state) : impl_(std::move(state)) {}

http_server::~http_server() {
  // Waits, so that afterwards no handler and no callback runs any more.
  impl_->io().run_and_wait([this] { impl_->cut_all(); });
}

std::uint16_t http_server::port() const noexcept { return impl_->port(); }

http_server_figures http_server::figures() const noexcept {
  auto& shared = impl_->shared();
  return {shared.open, shared.accepted, shared.refused, shared.displaced, shared.requests};
}

void http_server::stop(std::chrono::milliseconds grace, std::function<void()> done) {
  impl_->io().post([state = impl_, grace, done = std::move(done)]() mutable {
    state->stop(grace, std::move(done));
  });
}

}  // namespace spooky::net
