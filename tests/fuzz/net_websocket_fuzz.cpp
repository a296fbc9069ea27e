#include "net/http_server.hpp"
#include "net/router.hpp"
#include "net/ws_session.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

using namespace spooky::net;

namespace {

constexpr std::size_t largest_message = 4096;

struct target {
  target() {
    io.start();
    auto routes = std::make_shared<router>();
    routes->add_websocket("/live", everybody, [](auto, auto, auto session) {
      ws_callbacks callbacks;
      callbacks.on_message = [session](std::string message, bool) {
        if (message.size() > largest_message) std::abort();
        session->send_binary(std::move(message));
      };
      ws_limits limits;
      limits.max_message_bytes = largest_message;
      session->accept(std::move(callbacks), limits);
    });
    server = std::move(http_server::listen(io, {}, routes)).value();
  }
  io_runtime io;
  std::unique_ptr<http_server> server;
};

/// Goes on after the fuzzer's own alarm.
ssize_t receive(int fd, char* bytes, std::size_t room) {
  ssize_t n;
  do n = recv(fd, bytes, room, 0);
  while (n < 0 && errno == EINTR);
  return n;
}

constexpr std::string_view handshake =
    "GET /live HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

}  // namespace

/// A client that shakes hands properly and then sends the bytes in two parts and its end: no
/// message is longer than the limit, and the server closes the connection.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static target t;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  timeval limit{10, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(t.server->port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
  send(fd, handshake.data(), handshake.size(), MSG_NOSIGNAL);
  std::string answer;
  char bytes[4096];
  ssize_t n = 1;
  while (answer.find("\r\n\r\n") == answer.npos && (n = receive(fd, bytes, sizeof bytes)) > 0)
    answer.append(bytes, static_cast<std::size_t>(n));
  if (!answer.starts_with("HTTP/1.1 101")) std::abort();
  const std::size_t first = size == 0 ? 0 : data[0] % size;
  send(fd, data, first, MSG_NOSIGNAL);
  send(fd, data + first, size - first, MSG_NOSIGNAL);
  shutdown(fd, SHUT_WR);
  while ((n = receive(fd, bytes, sizeof bytes)) > 0) {
  }
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) std::abort();
  // Without this the ports of a long run would all be waiting for stray packets.
  linger hard{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close(fd);
  return 0;
}
