#include "net/ws_client.hpp"
#include "raw_client.hpp"
#include "serving.hpp"
#include "waiting.hpp"

#include <unistd.h>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::net;
using namespace spooky::net::test;
using namespace std::chrono_literals;

namespace {

/// What one side of a connection has seen.
struct witness {
  struct closing {
    std::uint16_t code;
    std::string reason;
  };
  ws_callbacks callbacks() {
    ws_callbacks out;
    out.on_open = [this] { opened.put(true); };
    out.on_message = [this](std::string text, bool binary) { messages.put({text, binary}); };
    out.on_drained = [this] { drained.put(true); };
    out.on_close = [this](std::uint16_t code, std::string reason) { closed.put({code, reason}); };
    return out;
  }
  mailbox<bool> opened;
  mailbox<std::pair<std::string, bool>> messages;
  mailbox<bool> drained;
  mailbox<closing> closed;
};

struct ws_fixture {
  ws_fixture()
      : s([](http_request r, auto answer) { echo(std::move(r), answer); }, {},
          [this](http_request r, std::shared_ptr<ws_session> session) {
            requests.put(std::move(r));
            if (automatic) session->accept(there.callbacks(), limits);
            sessions.put(std::move(session));
          }) {}
  std::shared_ptr<ws_session> connect(ws_limits own = {}, std::string subprotocol = {}) {
    ws_client_options options;
    options.target = {"ws", "127.0.0.1", s.port(), "/live?since=4"};
    options.subprotocol = std::move(subprotocol);
    options.headers.set("Authorization", "Bearer t");
    options.limits = own;
    return ws_connect(s.io, options, here.callbacks());
  }

  witness here, there;
  mailbox<http_request> requests;
  mailbox<std::shared_ptr<ws_session>> sessions;
  ws_limits limits;
  bool automatic = true;
  serving s;
};

constexpr std::string_view upgrade_request =
    "GET /live HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

}  // namespace

TEST_SUITE("net.websocket") {
  TEST_CASE_FIXTURE(ws_fixture, "messages travel both ways with their kind") {
    auto client = connect();
    here.opened.take();
    auto server = sessions.take();
    auto r = requests.take();
    CHECK(r.path == "/live");
    CHECK(*r.query_parameter("since") == "4");
    CHECK(r.headers.get("Authorization") == "Bearer t");
    CHECK(client->send_text("text"));
    CHECK(client->send_binary(std::string("\0\xff", 2)));
    CHECK(there.messages.take() == std::pair(std::string("text"), false));
    CHECK(there.messages.take() == std::pair(std::string("\0\xff", 2), true));
    for (int i = 0; i < 100; ++i) CHECK(server->send_text(std::to_string(i)));
    for (int i = 0; i < 100; ++i) CHECK(here.messages.take().first == std::to_string(i));
    CHECK(server->send_text(""));
    CHECK(here.messages.take().first == "");
  }

  TEST_CASE_FIXTURE(ws_fixture,
                    "the client's close code and reason arrive, and the other way round") {
    auto client = connect();
    auto server = sessions.take();
    here.opened.take();
    client->close(4001, "enough");
    auto seen = there.closed.take();
    CHECK(seen.code == 4001);
    CHECK(seen.reason == "enough");
    CHECK(here.closed.take().code == 4001);
    CHECK_FALSE(server->send_text("too late"));

    client = connect();
    server = sessions.take();
    server->send_text("last words");
    server->close(ws_close::policy_error, std::string(200, 'r'));
    CHECK(here.messages.take().first == "last words");
    seen = here.closed.take();
    CHECK(seen.code == ws_close::policy_error);
    CHECK(seen.reason == std::string(123, 'r'));
  }

  TEST_CASE_FIXTURE(ws_fixture,
                    "the handshake can be refused later, with a reason the client sees") {
    automatic = false;
    auto client = connect();
    sessions.take()->refuse(json_error(404, "NOT_FOUND", "no such view"));
    auto seen = here.closed.take();
    CHECK(seen.code == ws_close::abnormal);
    CHECK(seen.reason.find("HTTP status 404") != std::string::npos);
    CHECK(here.opened.size() == 0);

    raw_client raw(s.port());
    raw.send(upgrade_request);
    sessions.take()->refuse(json_error(401, "UNAUTHORIZED", "who are you"));
    auto answer = raw.response();
    CHECK(answer.status == 401);
    CHECK(answer.body == "{\"code\":\"UNAUTHORIZED\",\"message\":\"who are you\"}");
  }

  TEST_CASE_FIXTURE(ws_fixture, "the handshake is RFC 6455's, and waits for earlier answers") {
    raw_client raw(s.port());
    raw.send("GET /first HTTP/1.1\r\nHost: h\r\n\r\n" + std::string(upgrade_request));
    CHECK(raw.response().body == "GET /first ");
    auto answer = raw.response();
    CHECK(answer.status == 101);
    CHECK(answer.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    CHECK_FALSE(answer.header("X-Request-Id").empty());
    // Held until the message has arrived: a session that is dropped closes.
    const auto session = sessions.take();
    session->send_text("hi");
    CHECK(raw.read_exactly(4) == "\x81\x02hi");
  }

  TEST_CASE_FIXTURE(ws_fixture, "what is sent before the handshake is complete is not lost") {
    automatic = false;
    auto client = connect();
    auto server = sessions.take();
    server->accept(there.callbacks());
    CHECK(server->send_text("early"));
    CHECK(client->send_text("early too"));
    CHECK(here.messages.take().first == "early");
    CHECK(there.messages.take().first == "early too");
  }

  TEST_CASE_FIXTURE(ws_fixture, "a dropped session refuses or closes") {
    automatic = false;
    auto client = connect();
    sessions.take().reset();
    CHECK(here.closed.take().reason.find("HTTP status 500") != std::string::npos);
    automatic = true;
    client = connect();
    here.opened.take();
    sessions.take().reset();
    CHECK(here.closed.take().code == ws_close::going_away);
  }

  TEST_CASE_FIXTURE(ws_fixture, "a path without a WebSocket is 404") {
    http_server_options options;
    auto plain =
        http_server::listen(s.io, options, std::make_shared<function_handler>(echo)).value();
    ws_client_options target;
    target.target = {"ws", "127.0.0.1", plain->port(), "/"};
    auto client = ws_connect(s.io, target, here.callbacks());
    CHECK(here.closed.take().reason.find("HTTP status 404") != std::string::npos);
  }

  TEST_CASE_FIXTURE(ws_fixture, "a slow consumer overflows the queue instead of the memory") {
    limits.max_queue_bytes = 1 << 20;
    limits.max_queue_messages = 1000;
    raw_client raw(s.port(), 4096);
    raw.send(upgrade_request);
    CHECK(raw.response().status == 101);
    auto server = sessions.take();
    std::string piece(64 << 10, 'x');
    int taken = 0;
    while (server->send_text(piece)) ++taken;
    CHECK(taken >= 16);
    CHECK(server->queued_bytes() <= limits.max_queue_bytes);
    CHECK(server->queued_bytes() > limits.max_queue_bytes - 2 * piece.size());
    // The consumer reads on: the queue drains and takes more.
    there.opened.take();
    while (server->queued_bytes() > 0) raw.read_exactly(1000);
    there.drained.take();
    // Many small ones overflow by number. On the I/O thread, so that none can leave meanwhile.
    mailbox<int> counted;
    while (server->queued_bytes() > 0) raw.read_exactly(1000);
    s.io.post([&] {
      int small = 0;
      while (small < 5000 && server->send_text("")) ++small;
      counted.put(small);
    });
    CHECK(counted.take() == 1000);
  }

  TEST_CASE_FIXTURE(ws_fixture, "a message over the limit closes with 1009") {
    limits.max_message_bytes = 1000;
    auto client = connect();
    CHECK(client->send_text(std::string(1000, 'x')));
    CHECK(there.messages.take().first.size() == 1000);
    client->send_text(std::string(1001, 'x'));
    CHECK(there.closed.take().code == ws_close::too_big);
    CHECK(here.closed.take().code == ws_close::too_big);
  }

  TEST_CASE_FIXTURE(ws_fixture, "a live but silent peer is kept by pings, a dead one is dropped") {
    limits.idle_timeout = 100ms;
    ws_limits own;
    own.idle_timeout = 60s;
    auto client = connect(own);
    auto server = sessions.take();
    here.opened.take();
    // The raw client shakes hands and then answers no ping: half-open, as after a cable was pulled.
    raw_client dead(s.port());
    dead.send(upgrade_request);
    auto dead_session = sessions.take();
    auto seen = there.closed.take();
    CHECK(seen.code == ws_close::abnormal);
    CHECK(seen.reason == "the peer gave no sign of life in time");
    CHECK(server->send_text("still there"));
    CHECK(here.messages.take().first == "still there");
  }

  TEST_CASE_FIXTURE(ws_fixture, "a cut connection is reported to both sides' callbacks once") {
    auto client = connect();
    auto server = sessions.take();
    here.opened.take();
    s.server.reset();
    CHECK(here.closed.take().code == ws_close::abnormal);
    CHECK(there.closed.take().code == ws_close::abnormal);
    CHECK(here.closed.size() + there.closed.size() == 0);
    CHECK_FALSE(client->send_text("x"));
  }

  TEST_CASE_FIXTURE(ws_fixture, "a stopping server closes with 1001") {
    auto client = connect();
    auto server = sessions.take();
    here.opened.take();
    std::promise<void> stopped;
    s.server->stop(10s, [&] { stopped.set_value(); });
    CHECK(here.closed.take().code == ws_close::going_away);
    test::get(stopped.get_future());
  }

  TEST_CASE_FIXTURE(ws_fixture, "connecting fails with a reason, or ends when it is given up") {
    std::uint16_t port;
    {
      raw_listener gone;
      port = gone.port();
    }
    ws_client_options options;
    options.target = {"ws", "127.0.0.1", port, "/"};
    auto client = ws_connect(s.io, options, here.callbacks());
    auto seen = here.closed.take();
    CHECK(seen.code == ws_close::abnormal);
    CHECK(seen.reason.find("cannot connect to 127.0.0.1:" + std::to_string(port)) !=
          std::string::npos);

    raw_listener silent;
    options.target.port = silent.port();
    client = ws_connect(s.io, options, here.callbacks());
    int fd = silent.accept();
    client->close(ws_close::normal);
    client.reset();
    CHECK(here.closed.take().code != 0);
    write_all(fd, "");

    options.limits.handshake_timeout = 50ms;
    client = ws_connect(s.io, options, here.callbacks());
    CHECK(here.closed.take().reason == "the WebSocket handshake took too long");
    ::close(fd);
  }

  TEST_CASE_FIXTURE(ws_fixture, "a sub-protocol the server does not choose ends the connection") {
    auto client = connect({}, "cbor");
    CHECK(here.closed.take().reason == "the server does not speak the sub-protocol \"cbor\"");
    automatic = false;
    sessions.take();
    client = connect({}, "cbor");
    auto server = sessions.take();
    server->accept(there.callbacks(), {}, "cbor");
    here.opened.take();
  }
}
