#include "bench/scheduler/http_load.hpp"

#include "bench/storage/measure.hpp"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace spooky::bench {

namespace {

struct connection {
  int socket = -1;
  std::string received;
  stopwatch sent;
};

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

int open_connection(std::uint16_t port) {
  const int s = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(s, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) give_up("connect");
  const int on = 1;
  ::setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return s;
}

/// The length of the whole response at the front, or 0 while it is incomplete.
std::size_t complete(std::string_view received) {
  const auto head = received.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  constexpr std::string_view field = "Content-Length: ";
  const auto at = received.find(field);
  if (at == std::string_view::npos) give_up("an answer without a length");
  std::size_t length = 0;
  std::from_chars(received.data() + at + field.size(), received.data() + head, length);
  const auto whole = head + 4 + length;
  return received.size() >= whole ? whole : 0;
}

void send_all(int to, std::string_view text) {
  // Blocking: a request is far smaller than the socket's buffer, or waits for the server to read.
  while (!text.empty()) {
    const auto n = ::send(to, text.data(), text.size(), MSG_NOSIGNAL);
    if (n <= 0) give_up("send");
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

class load {
 public:
  load(std::uint16_t port, std::string path, std::size_t connections,
       const std::function<std::string(std::size_t)>& body)
      : path_(std::move(path)), body_(body), poll_(::epoll_create1(0)), connections_(connections) {
    for (std::size_t i = 0; i < connections; ++i) {
      connections_[i].socket = open_connection(port);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      if (::epoll_ctl(poll_, EPOLL_CTL_ADD, connections_[i].socket, &event) != 0)
        give_up("epoll_ctl");
    }
  }
  load(const load&) = delete;
  load& operator=(const load&) = delete;
  ~load() {
    for (const auto& c : connections_) ::close(c.socket);
    ::close(poll_);
  }

  load_result run(double seconds) {
    const stopwatch all;
    for (auto& c : connections_) send_next(c);
    std::array<epoll_event, 256> events{};
    while (in_flight_ != 0) {
      const int ready = ::epoll_wait(poll_, events.data(), events.size(), 10'000);
      if (ready <= 0) give_up("no answer for ten seconds");
      const bool over = all.seconds() >= seconds;
      for (int i = 0; i < ready; ++i)
        receive(connections_[events[static_cast<std::size_t>(i)].data.u64], over);
    }
    result_.seconds = all.seconds();
    return std::move(result_);
  }

 private:
  void send_next(connection& c) {
    const auto body = body_(sent_++);
    const auto request = "POST " + path_ +
                         " HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
                         "Content-Length: " +
                         std::to_string(body.size()) + "\r\n\r\n" + body;
    c.sent = {};
    send_all(c.socket, request);
    ++in_flight_;
  }

  void receive(connection& c, bool over) {
    std::array<char, 4096> chunk{};
    const auto n = ::recv(c.socket, chunk.data(), chunk.size(), 0);
    if (n <= 0) give_up("recv");
    c.received.append(chunk.data(), static_cast<std::size_t>(n));
    const auto whole = complete(c.received);
    if (whole == 0) return;
    --in_flight_;
    result_.latencies_ms.push_back(c.sent.seconds() * 1e3);
    if (c.received.starts_with("HTTP/1.1 200"))
      ++result_.requests;
    else
      ++result_.refused;
    c.received.erase(0, whole);
    if (!over) send_next(c);
  }

  std::string path_;
  const std::function<std::string(std::size_t)>& body_;
  int poll_;
  std::vector<connection> connections_;
  std::size_t sent_ = 0;
  std::size_t in_flight_ = 0;
  load_result result_;
};

}  // namespace

load_result run_load(std::uint16_t port, const std::string& path, std::size_t connections,
                     double seconds, const std::function<std::string(std::size_t)>& body) {
  return load{port, path, connections, body}.run(seconds);
}

streamed stream_answer(std::uint16_t port, const std::string& path, const std::string& accept,
                       const std::string& body) {
  const int s = open_connection(port);
  send_all(s, "POST " + path + " HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nAccept: " +
                  accept + "\r\nContent-Type: application/json\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n" + body);
  streamed seen;
  std::vector<char> chunk(64 * 1024);
  constexpr std::string_view version = "HTTP/1.1 ";
  for (;;) {
    const auto n = ::recv(s, chunk.data(), chunk.size(), 0);
    if (n < 0) give_up("recv");
    if (n == 0) break;
    if (seen.bytes == 0)
      std::from_chars(chunk.data() + version.size(), chunk.data() + n, seen.status);
    seen.bytes += static_cast<std::size_t>(n);
  }
  ::close(s);
  return seen;
}

}  // namespace spooky::bench
