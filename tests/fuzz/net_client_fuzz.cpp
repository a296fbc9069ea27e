#include "net/http_client.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

using namespace spooky;
using namespace spooky::net;

namespace {

using outcome = result<http_response>;

constexpr std::size_t largest_answer = 4096;

/// A client, and the socket that it is to call.
struct target {
  target() : listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        listen(listener, 8) != 0 ||
        getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0)
      std::abort();
    port = ntohs(address.sin_port);
    io.start();
    client = std::make_unique<http_client>(io);
  }

  std::future<outcome> call(bool in_pieces) {
    http_call one;
    one.target = {"http", "127.0.0.1", port, "/"};
    one.timeout = std::chrono::seconds{10};
    one.max_response_bytes = largest_answer;
    if (in_pieces) one.on_chunk = [](std::string_view piece) { return !piece.starts_with("stop"); };
    auto promise = std::make_shared<std::promise<outcome>>();
    client->send(std::move(one), [promise](outcome said) { promise->set_value(std::move(said)); });
    return promise->get_future();
  }

  io_runtime io;
  std::unique_ptr<http_client> client;
  int listener;
  std::uint16_t port = 0;
};

void answer(int fd, std::string_view bytes, std::size_t cut) {
  std::string request;
  char piece[4096];
  ssize_t n = 1;
  while (request.find("\r\n\r\n") == request.npos && (n = recv(fd, piece, sizeof piece, 0)) > 0)
    request.append(piece, static_cast<std::size_t>(n));
  send(fd, bytes.data(), cut, MSG_NOSIGNAL);
  send(fd, bytes.data() + cut, bytes.size() - cut, MSG_NOSIGNAL);
  // Without this the ports of a long run would all be waiting for stray packets.
  shutdown(fd, SHUT_WR);
  while (recv(fd, piece, sizeof piece, 0) > 0) {
  }
  const linger hard{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close(fd);
}

}  // namespace

/// What a job's backend, or a peer, may answer: the call ends long before its time limit, with a
/// response or with a reason.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static target t;
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  auto said = t.call(data[0] % 2 == 1);
  const int fd = accept4(t.listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) std::abort();
  answer(fd, bytes, bytes.empty() ? 0 : data[0] % bytes.size());
  const auto outcome = said.get();
  if (outcome.ok()) {
    if (outcome->body.size() > largest_answer) std::abort();
  } else if (outcome.failure().message.empty() || outcome.failure().code == errc::timeout) {
    std::abort();
  }
  return 0;
}
