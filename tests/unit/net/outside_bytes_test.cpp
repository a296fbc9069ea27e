#include "net/http_server.hpp"
#include "raw_client.hpp"
#include "serving.hpp"

#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::net;
using namespace spooky::net::test;

// What the fuzzers of tests/fuzz look for at length, for a moment: whatever a client sends, its
// connection ends, and others are served.

namespace {

constexpr int rounds = 300;
constexpr std::string_view handshake =
    "GET /live HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

std::string spoilt(std::string text, std::mt19937& random) {
  for (auto n = 1 + random() % 4; n > 0 && !text.empty(); --n) {
    const auto at = random() % text.size();
    switch (random() % 3) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, 1 + random() % 8);
        break;
      default:
        text.insert(at, text.substr(at, 1 + random() % 20));
    }
  }
  return text;
}

void check_served(std::uint16_t port) {
  raw_client honest(port);
  honest.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(honest.response().status == 200);
}

}  // namespace

TEST_CASE("whatever is sent as a request, it is answered in HTTP or not at all") {
  serving s(echo);
  std::mt19937 random{11};
  for (int round = 0; round < rounds; ++round) {
    raw_client client(s.port());
    client.send(
        spoilt("POST /a?b=%20c HTTP/1.1\r\nHost: h\r\nContent-Type: x\r\n"
               "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
               "5\r\nhello\r\n0\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n",
               random));
    client.half_close();
    const auto told = client.read_to_end();
    CHECK((told.empty() || told.starts_with("HTTP/1.")));
  }
  check_served(s.port());
}

TEST_CASE("whatever frames come over a WebSocket, no message passes the limit and the end comes") {
  constexpr std::size_t limit = 64;
  std::atomic<std::size_t> longest = 0;
  serving s(echo, {}, [&](auto, auto session) {
    ws_callbacks callbacks;
    callbacks.on_message = [&](const std::string& message, bool) {
      longest = std::max<std::size_t>(longest, message.size());
    };
    ws_limits limits;
    limits.max_message_bytes = limit;
    session->accept(std::move(callbacks), limits);
  });
  std::mt19937 random{13};
  for (int round = 0; round < rounds; ++round) {
    raw_client client(s.port());
    client.send(handshake);
    CHECK(client.response().status == 101);
    // A masked text frame, a ping, a fragment and a close.
    client.send(spoilt(std::string("\x81\x85\x01\x02\x03\x04igohn\x89\x80\x01\x02\x03\x04"
                                   "\x01\x82\x01\x02\x03\x04kk\x88\x82\x01\x02\x03\x04\x02\xea",
                                   35),
                       random));
    client.half_close();
    client.read_to_end();
  }
  CHECK(longest > 0);
  CHECK(longest <= limit);
  check_served(s.port());
}
