#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>

namespace spooky::net::detail {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using io_executor = asio::io_context::executor_type;
using tcp_socket = asio::basic_stream_socket<tcp, io_executor>;

/// A move-only completion handler of any type, so that the TLS code is compiled once.
class any_io_handler {
 public:
  template <class H>
  explicit any_io_handler(H&& handler)
      : held_(std::make_unique<box<std::decay_t<H>>>(std::forward<H>(handler))) {}
  void operator()(error_code ec, std::size_t n) { held_->call(ec, n); }

 private:
  struct base {
    virtual ~base() = default;
    virtual void call(error_code ec, std::size_t n) = 0;
  };
  template <class H>
  struct box final : base {
    template <class U>
    explicit box(U&& h) : handler(std::forward<U>(h)) {}
    void call(error_code ec, std::size_t n) override { handler(ec, n); }
    H handler;
  };
  std::unique_ptr<base> held_;
};

/// A TCP connection with or without TLS: one type, so that HTTP and WebSocket code exists once.
/// Models Beast's AsyncStream. The plain case costs no indirection, the TLS case one allocation per
/// operation.
class transport {
 public:
  using executor_type = io_executor;

  explicit transport(tcp_socket socket);
  transport(transport&&) noexcept;
  transport& operator=(transport&&) noexcept;
  ~transport();

  executor_type get_executor() noexcept;
  tcp_socket& socket() noexcept;
  bool secure() const noexcept;

  /// The TLS handshake; `server_name` is sent (SNI) and checked against the certificate.
  void handshake_as_client(std::shared_ptr<asio::ssl::context> context,
                           const std::string& server_name, std::function<void(error_code)> done);
  void handshake_as_server(std::shared_ptr<asio::ssl::context> context,
                           std::function<void(error_code)> done);

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (!secure()) return socket().async_read_some(buffers, std::forward<Handler>(handler));
    read_tls(first_of<asio::mutable_buffer>(buffers),
             any_io_handler(std::forward<Handler>(handler)));
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (!secure()) return socket().async_write_some(buffers, std::forward<Handler>(handler));
    write_tls(first_of<asio::const_buffer>(buffers),
              any_io_handler(std::forward<Handler>(handler)));
  }

  /// Says "no more from us" where that leaves the other direction open (plain TCP).
  void shutdown_send() noexcept;
  void close() noexcept;

 private:
  template <class Buffer, class Buffers>
  static Buffer first_of(const Buffers& buffers) {
    auto end = asio::buffer_sequence_end(buffers);
    for (auto it = asio::buffer_sequence_begin(buffers); it != end; ++it)
      if (Buffer one = *it; one.size() != 0) return one;
    return {};
  }
  void read_tls(asio::mutable_buffer into, any_io_handler handler);
  void write_tls(asio::const_buffer from, any_io_handler handler);

  struct state;
  std::unique_ptr<state> state_;
};

// What Beast's WebSocket asks of a stream type.
void beast_close_socket(transport& t);
void teardown(beast::role_type role, transport& t, error_code& ec);
template <class Handler>
void async_teardown(beast::role_type, transport& t, Handler&& handler) {
  t.shutdown_send();
  t.close();
  asio::post(t.get_executor(),
             beast::bind_front_handler(std::forward<Handler>(handler), error_code{}));
}

}  // namespace spooky::net::detail
