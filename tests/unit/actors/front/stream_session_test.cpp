#include "actors/front/stream_session.hpp"

#include "actors/front/ssp_front.hpp"
#include "surrealql/codec/json.hpp"
#include "tests/unit/actors/ssp/circuit_world.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace std::chrono_literals;

namespace {

/// The other end of a WebSocket: what happened to it, in order.
struct fake_socket final : net::ws_session {
  void accept(net::ws_callbacks given, net::ws_limits, std::string) override {
    callbacks = std::move(given);
    accepted = true;
  }
  void refuse(net::http_response response) override { refused = response.status; }
  bool send_text(std::string) override { return false; }
  bool send_binary(std::string) override { return false; }
  bool send_shared(std::shared_ptr<const std::string> message, bool) override {
    if (full) return false;
    sent.push_back(*surrealql::parse_json(*message));
    return true;
  }
  std::size_t queued_bytes() const noexcept override { return 0; }
  void read_on() override {}
  void close(std::uint16_t code, std::string) override { closed = code; }

  net::ws_callbacks callbacks;
  std::vector<value> sent;
  bool accepted = false;
  bool full = false;
  unsigned refused = 0;
  unsigned closed = 0;
};

using socket_ptr = std::shared_ptr<fake_socket>;
using texts = std::vector<std::string>;

/// An SSP's front with views "v" and "w" behind it, and browsers that come to it.
struct streaming : flowing {
  explicit streaming(std::vector<std::string> secrets = {"node secret"},
                     const std::function<void(front_config&)>& change = {}) {
    from = 0;
    reset(0);
    enroll(view_of("v"));
    hand_over(rows_of("t", 0, {t(1)}));
    enroll(view_of("w"));
    config.secrets.node = secrets;
    config.streams.tokens = net::stream_tokens{secrets, 60s};
    config.streams.wall_clock = [this] {
      return std::chrono::duration_cast<net::unix_time>(sched.clock().now().time_since_epoch()) +
             1'000'000s;
    };
    if (change) change(config);
    ssp_front_parts parts;
    parts.circuit = engine;
    front = spawn(ssp_front, parts, config);
    routes = ssp_routes(front, config);
  }

  std::string token(const char* view) {
    return config.streams.tokens.issue(view, config.streams.wall_clock());
  }
  socket_ptr connect(std::string path, net::http_parameters query = {},
                     net::http_headers headers = {}) {
    net::http_request request;
    request.method = "GET";
    request.path = std::move(path);
    request.query = std::move(query);
    request.headers = std::move(headers);
    auto socket = std::make_shared<fake_socket>();
    routes->upgrade(std::move(request), socket);
    run();
    return socket;
  }
  void say(const socket_ptr& socket, const std::string& message) {
    socket->callbacks.on_message(message, false);
    run();
  }
  texts types(const socket_ptr& socket) {
    texts all;
    for (const auto& message : socket->sent) {
      const auto& type = message["type"].as_string();
      const auto& reason = message[type == "end" ? "reason" : "code"];
      all.push_back(std::string{type} +
                    (reason.is_string() ? " " + std::string{reason.as_string()} : ""));
    }
    return all;
  }

  front_config config;
  ssp_http_front_actor front;
  std::shared_ptr<net::router> routes;
};

net::http_headers bearer(const std::string& secret) {
  return {{"Authorization", "Bearer " + secret}};
}

}  // namespace

TEST_SUITE("actors.stream_session") {
  TEST_CASE_FIXTURE(streaming, "with its token a browser follows one view, and no other") {
    const auto socket = connect("/view/v/live", {{"token", token("v")}, {"rows", "true"}});
    CHECK(socket->accepted);
    CHECK(types(socket) == texts{"snapshot"});
    CHECK(socket->sent[0]["view"] == value{"v"});
    CHECK(ingest(slice_of({put(1, "t", 2)})).ok());
    run();
    CHECK(types(socket) == texts{"snapshot", "delta"});

    CHECK(connect("/view/w/live", {{"token", token("v")}})->refused == 401);
    CHECK(connect("/view/v/live")->refused == 401);
    CHECK(connect("/view/v/live", {{"token", "9999999999.00"}})->refused == 401);
    CHECK(connect("/view/v/live", {}, bearer("wrong"))->refused == 401);
    CHECK(connect("/view/v/live", {}, bearer(token("v")))->accepted);
    CHECK(connect("/view/v/live", {}, bearer("node secret"))->accepted);
    CHECK(connect("/view/nobody/live", {}, bearer("node secret"))->refused == 404);
    CHECK(connect("/view/v/live", {{"token", token("v")}, {"format", "xml"}})->refused == 400);
  }

  TEST_CASE_FIXTURE(streaming, "no stream outlives its token, but another one prolongs it") {
    const auto ended = connect("/view/v/live", {{"token", token("v")}});
    const auto renewed = connect("/view/v/live", {{"token", token("v")}});
    advance(40s, 1s);
    say(renewed, R"({"type":"renew","view":"v","token":")" + token("v") + "\"}");
    say(renewed, R"({"type":"renew","view":"v","token":")" + token("w") + "\"}");
    CHECK(types(renewed) == texts{"snapshot", "error UNAUTHORIZED"});
    advance(21s, 1s);
    CHECK(types(ended) == texts{"snapshot", "end expired"});
    CHECK(ended->closed == 4401);
    CHECK(renewed->closed == 0);
    CHECK(ingest(slice_of({put(1, "t", 2)})).ok());
    run();
    CHECK(types(ended).size() == 2);
    CHECK(types(renewed).back() == "delta");
    advance(40s, 1s);
    CHECK(types(renewed).back() == "end expired");
  }

  TEST_CASE_FIXTURE(streaming, "one connection carries many views, each by a token of its own") {
    const auto socket = connect("/live");
    CHECK(socket->accepted);
    say(socket, R"({"type":"subscribe","view":"v","token":")" + token("v") + "\"}");
    say(socket, R"({"type":"subscribe","view":"w","token":")" + token("v") + "\"}");
    say(socket, R"({"type":"subscribe","view":"w","token":")" + token("w") + "\"}");
    say(socket, "what");
    CHECK(types(socket) == texts{"snapshot", "end refused", "snapshot", "error PARSE_ERROR"});
    CHECK(ingest(slice_of({put(1, "t", 2)})).ok());
    run();
    CHECK(types(socket).size() == 6);
    say(socket, R"({"type":"unsubscribe","view":"v"})");
    CHECK(ingest(slice_of({put(2, "t", 3)})).ok());
    run();
    REQUIRE(types(socket).size() == 7);
    CHECK(socket->sent.back()["view"] == value{"w"});
    CHECK(remove("w").ok());
    CHECK(types(socket).back() == "end gone");
    CHECK(socket->closed == 0);
    advance(11s, 1s);
    CHECK(socket->closed == 1000);
  }

  TEST_CASE_FIXTURE(streaming, "who leaves before he is shown anything is shown nothing") {
    const auto socket = connect("/live");
    socket->callbacks.on_message(R"({"type":"subscribe","view":"v","token":")" + token("v") + "\"}",
                                 false);
    socket->callbacks.on_message(R"({"type":"unsubscribe","view":"v"})", false);
    run();
    CHECK(ingest(slice_of({put(1, "t", 2)})).ok());
    CHECK(types(socket).empty());
  }

  TEST_CASE_FIXTURE(streaming, "a connection for one view ends when another SSP has it") {
    const auto socket = connect("/view/v/live", {{"token", token("v")}});
    CHECK(ask<ack>(engine, release_view_atom_v, view_release{{"v", {}}, "http://b"}).ok());
    CHECK(types(socket) == texts{"snapshot", "end moved"});
    CHECK(socket->sent.back()["ssp_url"] == value{"http://b"});
    CHECK(socket->closed == 4410);
  }

  TEST_CASE_FIXTURE(streaming, "a slow client goes on when it has room again") {
    const auto socket = connect("/view/v/live", {{"token", token("v")}});
    socket->full = true;
    CHECK(ingest(slice_of({put(1, "t", 2)})).ok());
    CHECK(ingest(slice_of({put(2, "t", 3)})).ok());
    run();
    CHECK(types(socket) == texts{"snapshot"});
    socket->full = false;
    socket->callbacks.on_drained();
    run();
    CHECK(types(socket) == texts{"snapshot", "delta", "delta"});
  }

  TEST_CASE_FIXTURE(streaming,
                    "a slow client learns that a view has ended when it has room again") {
    const auto socket = connect("/live");
    say(socket, R"({"type":"subscribe","view":"v","token":")" + token("v") + "\"}");
    say(socket, R"({"type":"subscribe","view":"w","token":")" + token("w") + "\"}");
    socket->full = true;
    CHECK(ingest(slice_of({put(1, "t", 2)})).ok());
    CHECK(remove("v").ok());
    say(socket, "what");
    CHECK(types(socket) == texts{"snapshot", "snapshot"});
    socket->full = false;
    socket->callbacks.on_drained();
    run();
    CHECK(types(socket) == texts{"snapshot", "snapshot", "end gone", "error PARSE_ERROR", "delta"});
    CHECK(socket->sent.back()["view"] == value{"w"});
  }

  TEST_CASE_FIXTURE(streaming, "who says more than is read is cut off") {
    const auto socket = connect("/view/v/live", {{"token", token("v")}});
    for (int i = 0; i < 300; ++i) socket->callbacks.on_message("{}", false);
    run();
    CHECK(socket->closed != 0);
  }

  TEST_CASE("there are as many streams as there may be, and room when one ends") {
    streaming world{{"node secret"}, [](front_config& c) { c.streams.connections = 1; }};
    const auto first = world.connect("/view/v/live", {{"token", world.token("v")}});
    CHECK(first->accepted);
    CHECK(world.connect("/live")->refused == 503);
    first->callbacks.on_close(1006, "");
    world.run();
    CHECK(world.connect("/live")->accepted);
  }

  TEST_CASE("where no secret is set, pages of other machines are not let in") {
    streaming world{std::vector<std::string>{}};
    CHECK(world.connect("/view/v/live")->accepted);
    CHECK(world.connect("/view/v/live", {}, {{"Origin", "http://localhost:9667"}})->accepted);
    CHECK(world.connect("/view/v/live", {}, {{"Origin", "https://evil.example"}})->refused == 403);
    CHECK(world.connect("/live", {}, {{"Origin", "http://localhost.evil.example"}})->refused ==
          403);
    CHECK(world.connect("/live", {}, {{"Origin", "null"}})->refused == 403);
  }

  TEST_CASE_FIXTURE(streaming, "when the front ends, its clients' connections do") {
    const auto socket = connect("/view/v/live", {{"token", token("v")}});
    caf::anon_send_exit(front, caf::exit_reason::user_shutdown);
    run();
    CHECK(socket->closed == 1001);
  }
}
