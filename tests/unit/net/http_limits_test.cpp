#include "net/http_server.hpp"
#include "raw_client.hpp"
#include "serving.hpp"
#include "waiting.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::net;
using namespace spooky::net::test;
using namespace std::chrono_literals;

namespace {

http_limits quick() {
  http_limits out;
  out.idle_timeout = out.header_timeout = out.read_timeout = out.write_timeout = 100ms;
  out.linger_timeout = 200ms;
  return out;
}

}  // namespace

TEST_SUITE("net.http_limits") {
  TEST_CASE("a body over the limit is refused on its announcement, and the refusal can be read") {
    mailbox<int> handled;
    serving s([&](auto, auto answer) {
      handled.put(1);
      answer->send({});
    });
    raw_client client(s.port());
    std::string hundred_megabytes = std::to_string(100 << 20);
    client.send("POST /ingest HTTP/1.1\r\nHost: h\r\nX-Request-Id: big\r\nContent-Length: " +
                hundred_megabytes + "\r\n\r\n");
    // Like a client that writes its whole body before it looks at the answer.
    std::string part(1 << 20, 'x');
    for (int i = 0; i < 100; ++i)
      if (!client.send(part)) break;
    auto answer = client.response();
    CHECK(answer.status == 413);
    CHECK(answer.header("Connection") == "close");
    CHECK(answer.header("X-Request-Id") == "big");
    CHECK(
        answer.body ==
        "{\"code\":\"LIMIT_EXCEEDED\",\"message\":\"the body has 104857600 bytes; /ingest takes at "
        "most 16777216\"}");
    CHECK_FALSE(client.was_reset());
    CHECK(handled.size() == 0);
  }

  TEST_CASE("a handler can refuse a large body on its header") {
    struct guard : function_handler {
      guard() : function_handler(echo) {}
      std::optional<http_response> refuse_early(const http_request& head) override {
        if (head.path == "/open") return {};
        return json_error(401, "UNAUTHORIZED", "no");
      }
    };
    io_runtime io;
    io.start();
    auto server = http_server::listen(io, {}, std::make_shared<guard>()).value();
    for (auto [path, size, status] :
         {std::tuple{"/shut", 1 << 20, 401}, {"/open", 1 << 20, 200}, {"/shut", 1 << 10, 200}}) {
      raw_client client(server->port());
      client.send("POST " + std::string(path) +
                  " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
      if (status == 200) client.send(std::string(static_cast<std::size_t>(size), 'x'));
      CHECK(client.response().status == status);
    }
  }

  TEST_CASE("a refused client need not send its body at all") {
    serving s;
    raw_client client(s.port());
    client.send(
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n"
        "Expect: 100-continue\r\n\r\n");
    CHECK(client.response().status == 413);
    CHECK(client.closed_by_peer());
  }

  TEST_CASE("limits of a path replace the general one, in both directions, to the byte") {
    http_limits limits;
    limits.body_bytes = 10;
    limits.body_bytes_by_path = {{"/large", 20}, {"/small", 5}};
    serving s(echo, limits);
    for (auto [path, size, status] : {std::tuple{"/any", 10, 200},
                                      {"/any", 11, 413},
                                      {"/large", 20, 200},
                                      {"/large", 21, 413},
                                      {"/large?x=1", 20, 200},
                                      {"/small", 5, 200},
                                      {"/small", 6, 413}}) {
      raw_client client(s.port());
      client.send("POST " + std::string(path) +
                  " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
                  std::string(static_cast<std::size_t>(size), 'x'));
      CHECK(client.response().status == status);
    }
  }

  TEST_CASE("a chunked body over the limit is refused when it passes it") {
    http_limits limits;
    limits.body_bytes = 10;
    serving s(echo, limits);
    raw_client client(s.port());
    client.send(
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n");
    client.send("3\r\nabc\r\n0\r\n\r\n");
    auto answer = client.response();
    CHECK(answer.status == 413);
    CHECK(answer.body.find("more than the 10 bytes") != std::string::npos);
  }

  TEST_CASE("large bodies being received have a limit together, which is given back") {
    http_limits limits;
    limits.body_bytes = 200'000;
    limits.all_bodies_bytes = 300'000;
    serving s(echo, limits);
    const std::string announced = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n";
    for (int round = 0; round < 3; ++round) {
      raw_client first(s.port()), second(s.port()), small(s.port());
      // The answer to Expect shows that the server has seen the first header.
      first.send(announced.substr(0, announced.size() - 2) + "Expect: 100-continue\r\n\r\n");
      CHECK(first.response().status == 100);
      first.send(std::string(190'000, 'x'));
      second.send(announced + std::string(70'000, 'x'));
      // Little by little, so that what the first sent has been received before it is too much.
      std::atomic<bool> answered = false;
      std::thread more([&] {
        for (int i = 0; i < 120 && !answered && second.send(std::string(1'000, 'x')); ++i)
          std::this_thread::sleep_for(5ms);
      });
      auto refused = second.response();
      answered = true;
      more.join();
      CHECK(refused.status == 503);
      CHECK(refused.header("Retry-After") == "1");
      small.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n" +
                 std::string(60'000, 'x'));
      CHECK(small.response().status == 200);
      first.send(std::string(10'000, 'x'));
      CHECK(first.response().status == 200);
    }
  }

  TEST_CASE("announced bodies and single bytes of chunked ones keep nobody out") {
    http_limits limits;
    limits.body_bytes = 200'000;
    limits.all_bodies_bytes = 300'000;
    serving s(echo, limits);
    std::vector<std::unique_ptr<raw_client>> trickling;
    for (int i = 0; i < 20; ++i) {
      const char* framing = i % 2 == 0 ? "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"
                                       : "Content-Length: 200000\r\n\r\nx";
      trickling.push_back(std::make_unique<raw_client>(s.port()));
      trickling.back()->send(std::string("POST / HTTP/1.1\r\nHost: h\r\n") + framing);
    }
    raw_client honest(s.port());
    honest.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n" +
                std::string(200'000, 'x'));
    CHECK(honest.response().status == 200);
  }

  TEST_CASE("endless chunk extensions and trailers are refused") {
    http_limits limits;
    limits.header_bytes = 4096;
    serving s(echo, limits);
    for (std::string_view start : {"1;ext=", "0\r\nTrailer: "}) {
      raw_client client(s.port());
      client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
      client.send(start);
      std::string part(16 << 10, 'x');
      for (int i = 0; i < 64; ++i)
        if (!client.send(part)) break;
      CHECK(client.response().status == 431);
    }
  }

  TEST_CASE("a header over the limit is 431") {
    http_limits limits;
    limits.header_bytes = 1000;
    serving s(echo, limits);
    for (auto text : {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(1200, 'x') + "\r\n\r\n",
                      "GET /" + std::string(1200, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n"}) {
      raw_client client(s.port());
      client.send(text);
      CHECK(client.response().status == 431);
      CHECK(client.closed_by_peer());
    }
    raw_client client(s.port());
    client.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(800, 'x') + "\r\n\r\n");
    CHECK(client.response().status == 200);
  }

  TEST_CASE("what is not HTTP is answered 400 in JSON and closed") {
    serving s;
    for (std::string_view text :
         {"HELLO\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02",
          "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
          "GET / HTTP/1.1\r\nHost: h\r\nBad Name: x\r\n\r\n",
          "GET /?a=%zz HTTP/1.1\r\nHost: h\r\n\r\n"}) {
      CAPTURE(text);
      raw_client client(s.port());
      client.send(text);
      if (text[0] == '\x16') client.send("\r\n\r\n");
      auto answer = client.response();
      CHECK(answer.status == 400);
      CHECK(answer.body.starts_with("{\"code\":\"INVALID_ARGUMENT\""));
      CHECK_FALSE(answer.header("X-Request-Id").empty());
      CHECK(client.closed_by_peer());
    }
    raw_client client(s.port());
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n");
    CHECK(client.response().status == 501);
  }

  TEST_CASE("a silent connection is closed after the idle time") {
    serving s(echo, quick());
    raw_client client(s.port());
    CHECK(client.closed_by_peer());
    raw_client used(s.port());
    used.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(used.response().status == 200);
    CHECK(used.closed_by_peer());
  }

  TEST_CASE("a header or body that never ends is answered 408") {
    serving s(echo, quick());
    for (std::string_view start :
         {"GET / HT", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc"}) {
      raw_client client(s.port());
      client.send(start);
      auto answer = client.response();
      CHECK(answer.status == 408);
      CHECK(answer.body.find("\"TIMEOUT\"") != std::string::npos);
      CHECK(client.closed_by_peer());
    }
  }

  TEST_CASE("time limits do not run while the handler works") {
    mailbox<std::shared_ptr<responder>> held;
    mailbox<int> later;
    auto limits = quick();
    serving s([&](auto, auto answer) { held.put(std::move(answer)); }, limits);
    raw_client client(s.port());
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    auto answer = held.take();
    s.io.after(5 * limits.idle_timeout, [&] { later.put(1); });
    later.take();
    answer->send({200, "text/plain", {}, "patient"});
    CHECK(client.response().body == "patient");
  }

  TEST_CASE("a handler that never answers is answered for with 504") {
    std::vector<std::shared_ptr<responder>> held;
    http_limits limits;
    limits.answer_timeout = 50ms;
    serving s([&](auto, auto answer) { held.push_back(std::move(answer)); }, limits);
    raw_client client(s.port());
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(client.response().status == 504);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(client.response().status == 504);
  }

  TEST_CASE("a client that does not read its answer is cut") {
    auto limits = quick();
    std::string large(64 << 20, 'x');
    mailbox<int> asked;
    serving s(
        [&](auto, auto answer) {
          answer->send({200, "text/plain", {}, large});
          asked.put(1);
        },
        limits);
    raw_client client(s.port(), 4096);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    asked.take();
    mailbox<int> gone;
    std::function<void()> look = [&] {
      if (s.server->figures().connections == 0) return gone.put(1);
      s.io.after(5ms, look);
    };
    s.io.after(5ms, look);
    gone.take();
    CHECK_THROWS(client.response());
  }

  TEST_CASE("a client that reads slowly but steadily gets everything") {
    auto limits = quick();
    std::string large(4 << 20, 'x');
    serving s([&](auto, auto answer) { answer->send({200, "text/plain", {}, large}); }, limits);
    raw_client client(s.port(), 64 << 10);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(client.response().body.size() == large.size());
  }

  TEST_CASE("a body that trickles ends with the time for a whole request") {
    http_limits limits;
    limits.arrival_timeout = 150ms;
    serving s(echo, limits);
    raw_client client(s.port());
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
    // Each byte is early enough for the time between two of them.
    std::atomic<bool> answered = false;
    std::thread trickle([&] {
      while (!answered && client.send("x")) std::this_thread::sleep_for(10ms);
    });
    CHECK(client.response().status == 408);
    answered = true;
    trickle.join();
  }

  TEST_CASE("where all connections are taken, the one idle for longest gives way") {
    http_limits limits;
    limits.connections = 2;
    serving s(echo, limits);
    raw_client first(s.port()), second(s.port());
    for (auto* client : {&second, &first}) {
      client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      CHECK(client->response().status == 200);
    }
    raw_client third(s.port());
    third.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(third.response().status == 200);
    CHECK(second.closed_by_peer());
    first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(first.response().status == 200);
    CHECK(s.server->figures().displaced == 1);
    CHECK(s.server->figures().refused == 0);
  }

  TEST_CASE("thousands of idle connections keep nobody out") {
    http_limits limits;
    limits.connections = 50;
    serving s(echo, limits);
    std::vector<std::unique_ptr<raw_client>> idle;
    for (int i = 0; i < 500; ++i) idle.push_back(std::make_unique<raw_client>(s.port()));
    for (int i = 0; i < 100; ++i) {
      raw_client client(s.port());
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      CHECK(client.response().status == 200);
    }
    CHECK(s.server->figures().connections <= 50);
  }

  TEST_CASE("where none is idle, only what takes precedence is served, others hear 503") {
    struct with_probe : function_handler {
      using function_handler::function_handler;
      bool takes_precedence(const http_request& head) override { return head.path == "/health"; }
    };
    http_server_options options;
    options.limits.connections = 2;
    options.limits.reserve = 2;
    options.limits.reserve_timeout = 100ms;
    io_runtime io;
    io.start();
    mailbox<std::shared_ptr<responder>> waiting;
    auto server = http_server::listen(io, options,
                                      std::make_shared<with_probe>([&](auto request, auto answer) {
                                        if (request.path == "/slow") return waiting.put(answer);
                                        echo(std::move(request), answer);
                                      }))
                      .value();
    raw_client first(server->port()), second(server->port());
    std::vector<std::shared_ptr<responder>> unanswered;
    for (auto* client : {&first, &second}) {
      client->send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
      unanswered.push_back(waiting.take());
    }
    {
      raw_client probe(server->port());
      probe.send("GET /health HTTP/1.1\r\nHost: h\r\n\r\n");
      const auto seen = probe.response();
      CHECK(seen.status == 200);
      CHECK(seen.header("Connection") == "close");
    }
    {
      raw_client other(server->port());
      other.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      const auto refusal = other.response();
      CHECK(refusal.status == 503);
      CHECK(refusal.header("Retry-After") == "1");
      CHECK(refusal.body.find("\"OVERLOADED\"") != std::string::npos);
      CHECK(other.closed_by_peer());
    }
    // Who says nothing does not keep the reserve.
    raw_client silent(server->port());
    CHECK(silent.closed_by_peer());
  }

  TEST_CASE("who takes his time over a header gives way to others, after a second") {
    http_limits limits;
    limits.connections = 2;
    limits.reserve = 0;
    serving s(echo, limits);
    raw_client first(s.port()), second(s.port());
    for (auto* client : {&first, &second}) client->send("GET / HT");
    const auto served = [&] {
      raw_client third(s.port());
      third.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      try {
        return third.response().status == 200;
      } catch (const std::runtime_error&) {
        return false;
      }
    };
    const auto until = std::chrono::steady_clock::now() + patience;
    bool once = false;
    while (!once && std::chrono::steady_clock::now() < until) once = served();
    CHECK(once);
  }
}
