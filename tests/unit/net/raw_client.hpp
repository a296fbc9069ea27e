#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::net::test {

/// An HTTP answer as it came over the wire, read without any of net's own code.
struct raw_response {
  int status = 0;
  std::string head;  ///< with the status line, without the blank line
  std::string body;  ///< chunks joined
  std::vector<std::string> chunks;
  bool complete = false;  ///< the body's end came as announced

  /// The header's value, or "".
  std::string header(std::string_view name) const;
};

/// A blocking TCP client on loopback that does exactly what the test tells it, byte by byte. Every
/// wait ends with an exception after the test's patience.
class raw_client {
 public:
  explicit raw_client(std::uint16_t port, int receive_buffer = 0);
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  /// Sends all of it; false when the peer has closed.
  bool send(std::string_view bytes);
  void half_close();
  /// Closes with a reset.
  void reset();
  void close();

  /// Reads one answer. `head_only`: to a HEAD request.
  raw_response response(bool head_only = false);
  std::string read_exactly(std::size_t n);
  /// All until the peer closes.
  std::string read_to_end();
  /// True if the peer closes in order before sending anything more.
  bool closed_by_peer();
  bool was_reset() const noexcept { return reset_seen_; }

 private:
  bool fill();
  std::string line();

  int fd_ = -1;
  std::string buffer_;
  bool reset_seen_ = false;
};

/// A listening socket that the test accepts from and answers on by hand.
class raw_listener {
 public:
  explicit raw_listener(std::uint16_t port = 0);
  ~raw_listener();
  std::uint16_t port() const noexcept { return port_; }
  /// Accepts one connection and returns its descriptor.
  int accept();
  void close();

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

/// Reads from a descriptor until `marker` was seen.
std::string read_until(int fd, std::string_view marker);
void write_all(int fd, std::string_view bytes);

}  // namespace spooky::net::test
