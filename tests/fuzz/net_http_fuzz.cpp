#include "net/http_server.hpp"
#include "net/router.hpp"

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

struct target {
  target() {
    io.start();
    auto routes = std::make_shared<router>();
    routes->add("POST", "/a/{x}", everybody, [](auto request, auto, auto answer) {
      answer->send({200, "text/plain", {}, std::move(request.body)});
    });
    routes->add("GET", "/stream", everybody, [](auto, auto, auto answer) {
      answer->begin(200, "text/plain");
      answer->write("x");
      answer->finish();
    });
    routes->add_websocket("/live", everybody,
                          [](auto, auto, auto session) { session->accept({}); });
    http_server_options options;
    options.limits.header_bytes = 2048;
    options.limits.body_bytes = 4096;
    server = std::move(http_server::listen(io, options, routes)).value();
  }
  io_runtime io;
  std::unique_ptr<http_server> server;
};

}  // namespace

/// The server gets the bytes in two parts and then the end of the input: it must close the
/// connection, and whatever it answers must begin as an HTTP answer does.
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
  std::size_t first = size == 0 ? 0 : data[0] % size;
  send(fd, data, first, MSG_NOSIGNAL);
  send(fd, data + first, size - first, MSG_NOSIGNAL);
  shutdown(fd, SHUT_WR);
  std::string answer;
  char bytes[4096];
  ssize_t n;
  while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
    answer.append(bytes, static_cast<std::size_t>(n));
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) std::abort();
  if (!answer.empty() && !answer.starts_with("HTTP/1.")) std::abort();
  // Without this the ports of a long run would all be waiting for stray packets.
  linger hard{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close(fd);
  return 0;
}
