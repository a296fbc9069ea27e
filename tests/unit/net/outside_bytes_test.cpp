#include "net/http_server.hpp"
#include "raw_client.hpp"
#include "serving.hpp"

#include <random>
#include <string>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::net;
using namespace spooky::net::test;

// What the fuzzers of tests/fuzz look for at length, for a moment: whatever a client sends, its
// connection ends, and others are served.

namespace {

constexpr int rounds = 300;

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
