#include "net/detail/transport.hpp"

#include <optional>

#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>

namespace spooky::net::detail {

struct transport::state {
  explicit state(tcp_socket s) : socket(std::move(s)) {}
  tcp_socket socket;
  std::shared_ptr<asio::ssl::context> context;
  std::optional<asio::ssl::stream<tcp_socket&>> tls;
};

transport::transport(tcp_socket socket) : state_(std::make_unique<state>(std::move(socket))) {}
transport::transport(transport&&) noexcept = default;
transport& transport::operator=(transport&&) noexcept = default;
transport::~transport() = default;

transport::executor_type transport::get_executor() noexcept {
  return state_->socket.get_executor();
}

tcp_socket& transport::socket() noexcept { return state_->socket; }

bool transport::secure() const noexcept { return state_->tls.has_value(); }

void transport::handshake_as_client(std::shared_ptr<asio::ssl::context> context,
                                    const std::string& server_name,
                                    std::function<void(error_code)> done) {
  state_->context = std::move(context);
  auto& tls = state_->tls.emplace(state_->socket, *state_->context);
  // An address is not a name for SNI, but it is checked like one.
  error_code not_an_address;
  asio::ip::make_address(server_name, not_an_address);
  if (not_an_address) SSL_set_tlsext_host_name(tls.native_handle(), server_name.c_str());
  tls.set_verify_mode(asio::ssl::verify_peer);
  tls.set_verify_callback(asio::ssl::host_name_verification(server_name));
  tls.async_handshake(asio::ssl::stream_base::client, std::move(done));
}

void transport::handshake_as_server(std::shared_ptr<asio::ssl::context> context,
                                    std::function<void(error_code)> done) {
  state_->context = std::move(context);
  auto& tls = state_->tls.emplace(state_->socket, *state_->context);
  tls.async_handshake(asio::ssl::stream_base::server, std::move(done));
}

void transport::read_tls(asio::mutable_buffer into, any_io_handler handler) {
  state_->tls->async_read_some(into, std::move(handler));
}

void transport::write_tls(asio::const_buffer from, any_io_handler handler) {
  state_->tls->async_write_some(from, std::move(handler));
}

void transport::shutdown_send() noexcept {
  error_code ignored;
  if (!secure()) state_->socket.shutdown(tcp_socket::shutdown_send, ignored);
}

void transport::close() noexcept {
  error_code ignored;
  state_->socket.close(ignored);
}

void beast_close_socket(transport& t) { t.close(); }

void teardown(beast::role_type, transport& t, error_code& ec) {
  t.shutdown_send();
  t.close();
  ec = {};
}

}  // namespace spooky::net::detail
