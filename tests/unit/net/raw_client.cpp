#include "raw_client.hpp"

#include "waiting.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace spooky::net::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

void wait_for(int fd, short events) {
  pollfd one{fd, events, 0};
  auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  if (poll(&one, 1, static_cast<int>(limit)) <= 0)
    throw std::runtime_error("the peer did nothing within the test's patience");
}

}  // namespace

std::string raw_response::header(std::string_view name) const {
  std::size_t at = 0;
  while ((at = head.find('\n', at)) != std::string::npos) {
    ++at;
    if (head.size() - at > name.size() && head[at + name.size()] == ':' &&
        strncasecmp(head.data() + at, name.data(), name.size()) == 0) {
      auto begin = head.find_first_not_of(' ', at + name.size() + 1);
      return head.substr(begin, head.find('\r', begin) - begin);
    }
  }
  return {};
}

raw_client::raw_client(std::uint16_t port, int receive_buffer) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0)
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  auto address = loopback(port);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot connect");
}

raw_client::~raw_client() { close(); }

void raw_client::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

bool raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    wait_for(fd_, POLLOUT);
    auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void raw_client::half_close() { shutdown(fd_, SHUT_WR); }

void raw_client::reset() {
  linger hard{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close();
}

bool raw_client::fill() {
  wait_for(fd_, POLLIN);
  char bytes[65536];
  auto n = recv(fd_, bytes, sizeof bytes, 0);
  if (n < 0 && errno == ECONNRESET) reset_seen_ = true;
  if (n <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(n));
  return true;
}

std::string raw_client::line() {
  std::size_t end;
  while ((end = buffer_.find("\r\n")) == std::string::npos)
    if (!fill()) throw std::runtime_error("the peer closed in the middle of a line");
  auto out = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return out;
}

std::string raw_client::read_exactly(std::size_t n) {
  while (buffer_.size() < n)
    if (!fill()) throw std::runtime_error("the peer closed too early");
  auto out = buffer_.substr(0, n);
  buffer_.erase(0, n);
  return out;
}

std::string raw_client::read_to_end() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

bool raw_client::closed_by_peer() { return buffer_.empty() && !fill() && !reset_seen_; }

raw_response raw_client::response(bool head_only) {
  raw_response out;
  auto status = line();
  out.head = status + "\r\n";
  out.status = std::stoi(status.substr(9, 3));
  for (auto field = line(); !field.empty(); field = line()) out.head += field + "\r\n";
  if (head_only || out.status / 100 == 1 || out.status == 204) {
    out.complete = true;
  } else if (out.header("Transfer-Encoding") == "chunked") {
    try {
      for (;;) {
        auto size = std::stoul(line(), nullptr, 16);
        if (size == 0) break;
        out.chunks.push_back(read_exactly(size));
        out.body += out.chunks.back();
        line();
      }
      line();
      out.complete = true;
    } catch (const std::runtime_error&) {
      out.complete = false;
    }
  } else if (auto length = out.header("Content-Length"); !length.empty()) {
    out.body = read_exactly(std::stoul(length));
    out.complete = true;
  } else {
    out.body = read_to_end();
    out.complete = true;
  }
  return out;
}

raw_listener::raw_listener(std::uint16_t port) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;
  setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto address = loopback(port);
  socklen_t size = sizeof address;
  if (bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd_, 16) != 0)
    throw std::runtime_error("cannot listen");
  getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
}

raw_listener::~raw_listener() { close(); }

void raw_listener::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

int raw_listener::accept() {
  wait_for(fd_, POLLIN);
  return ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
}

std::string read_until(int fd, std::string_view marker) {
  std::string out;
  char byte;
  while (out.find(marker) == std::string::npos) {
    wait_for(fd, POLLIN);
    if (recv(fd, &byte, 1, 0) != 1) throw std::runtime_error("the peer closed too early");
    out += byte;
  }
  return out;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace spooky::net::test
