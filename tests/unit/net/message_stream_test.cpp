#include "net/message_stream.hpp"

#include "net/ws_client.hpp"
#include "raw_client.hpp"
#include "serving.hpp"
#include "waiting.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::net;
using namespace spooky::net::test;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<const std::string> text_of(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

struct stream_fixture {
  stream_fixture()
      : s(
            [this](http_request, auto answer) {
              streams.put(begin_events(answer, {{"X-Own", "1"}}, callbacks(), bytes, messages));
            },
            {},
            [this](http_request, std::shared_ptr<ws_session> session) {
              ws_limits limits;
              limits.max_queue_bytes = bytes;
              limits.max_queue_messages = messages;
              limits.compress = compress;
              streams.put(accept_stream(std::move(session), false, callbacks(), limits));
            }) {}

  message_stream_callbacks callbacks() {
    message_stream_callbacks out;
    out.on_message = [this](std::string text) { said.put(std::move(text)); };
    out.on_drained = [this] { drained.put(true); };
    out.on_close = [this] { closed.put(true); };
    return out;
  }
  /// Sends until no more is taken; gives how often.
  int fill(message_stream& stream, const std::shared_ptr<const std::string>& piece) {
    int taken = 0;
    while (stream.send(piece)) ++taken;
    return taken;
  }

  std::size_t bytes = 1 << 20;
  std::size_t messages = 1'000;
  bool compress = false;
  mailbox<std::shared_ptr<message_stream>> streams;
  mailbox<std::string> said;
  mailbox<bool> drained;
  mailbox<bool> closed;
  serving s;
};

constexpr std::string_view handshake =
    "GET /live HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

}  // namespace

TEST_SUITE("net.message_stream") {
  TEST_CASE_FIXTURE(stream_fixture, "events are an answer that goes on") {
    raw_client raw(s.port());
    raw.send("GET /live HTTP/1.1\r\nHost: h\r\n\r\n");
    auto stream = streams.take();
    CHECK(stream->send(text_of("data: 1\n\n")));
    CHECK(stream->send(text_of("data: 2\n\n")));
    stream->close(ws_close::normal, "");
    CHECK_FALSE(stream->send(text_of("data: 3\n\n")));
    const auto answer = raw.response();
    CHECK(answer.status == 200);
    CHECK(answer.header("Content-Type") == "text/event-stream");
    CHECK(answer.header("Cache-Control") == "no-store");
    CHECK(answer.header("X-Own") == "1");
    CHECK(answer.body == "data: 1\n\ndata: 2\n\n");
  }

  TEST_CASE_FIXTURE(stream_fixture,
                    "who does not read events is told to wait, and told when to go on") {
    raw_client raw(s.port(), 4096);
    raw.send("GET /live HTTP/1.1\r\nHost: h\r\n\r\n");
    auto stream = streams.take();
    const auto piece = text_of(std::string(64 << 10, 'x'));
    CHECK(fill(*stream, piece) >= 16);
    CHECK(drained.size() == 0);
    for (std::string read; drained.size() == 0;) read = raw.read_exactly(1000);
    CHECK(stream->send(piece));
    // A message larger than the queue is taken where nothing else waits.
    while (drained.size() > 0) drained.take();
  }

  TEST_CASE_FIXTURE(stream_fixture,
                    "the end of a client that gets events is noticed with the next") {
    auto raw = std::make_unique<raw_client>(s.port());
    raw->send("GET /live HTTP/1.1\r\nHost: h\r\n\r\n");
    auto stream = streams.take();
    raw.reset();
    // The other end's reset takes a moment to arrive.
    for (int tries = 0; tries < 2'000 && closed.size() == 0; ++tries) {
      stream->send(text_of(": \n\n"));
      std::this_thread::sleep_for(5ms);
    }
    REQUIRE(closed.size() == 1);
    CHECK_FALSE(stream->send(text_of(": \n\n")));
  }

  TEST_CASE_FIXTURE(stream_fixture, "a WebSocket takes messages that others are sent as well") {
    ws_client_options options;
    options.target = {"ws", "127.0.0.1", s.port(), "/live"};
    mailbox<std::string> heard;
    mailbox<std::uint16_t> ended;
    ws_callbacks here;
    here.on_message = [&](std::string text, bool) { heard.put(std::move(text)); };
    here.on_close = [&](std::uint16_t code, std::string) { ended.put(code); };
    auto client = ws_connect(s.io, options, here);
    auto stream = streams.take();
    const auto shared = text_of("for all");
    CHECK(stream->send(shared));
    CHECK(heard.take() == "for all");
    client->send_text("hello");
    CHECK(said.take() == "hello");
    stream->close(4410, "moved");
    CHECK(ended.take() == 4410);
    CHECK(closed.take());
    CHECK_FALSE(stream->send(shared));
  }

  TEST_CASE_FIXTURE(stream_fixture,
                    "a slow WebSocket is told to wait; one large message is taken") {
    bytes = 1000;
    raw_client raw(s.port(), 4096);
    raw.send(std::string(handshake) + "\r\n");
    CHECK(raw.response().status == 101);
    auto stream = streams.take();
    const auto large = text_of(std::string(4 << 20, 'x'));
    CHECK(stream->send(large));
    CHECK_FALSE(stream->send(text_of("more")));
    CHECK(drained.size() == 0);
    while (drained.size() == 0) raw.read_exactly(64 << 10);
    CHECK(stream->send(text_of("more")));
  }

  TEST_CASE_FIXTURE(stream_fixture, "messages are compressed where both sides want it") {
    compress = true;
    raw_client raw(s.port());
    raw.send(std::string(handshake) + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
    const auto answer = raw.response();
    CHECK(answer.status == 101);
    CHECK(answer.header("Sec-WebSocket-Extensions").find("permessage-deflate") !=
          std::string::npos);
    auto stream = streams.take();
    CHECK(stream->send(text_of(std::string(10'000, 'x'))));
    const auto head = raw.read_exactly(2);
    CHECK(head[0] == '\xc1');  // final, text, compressed
    CHECK(static_cast<unsigned char>(head[1]) < 126);

    compress = false;
    raw_client plain(s.port());
    plain.send(std::string(handshake) + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
    CHECK(plain.response().header("Sec-WebSocket-Extensions").empty());
  }
}
