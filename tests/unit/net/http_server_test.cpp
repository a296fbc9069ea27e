#include "net/http_server.hpp"

#include "raw_client.hpp"
#include "serving.hpp"
#include "waiting.hpp"

#include <thread>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::net;
using namespace spooky::net::test;
using namespace std::chrono_literals;

namespace {

std::string post(std::string_view path, std::string_view body, std::string_view more = "") {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more) + "\r\n" + std::string(body);
}

std::string get_request(std::string_view path, std::string_view more = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(more) + "\r\n";
}

}  // namespace

TEST_SUITE("net.http_server") {
  TEST_CASE("requests on one connection are answered in turn") {
    serving s;
    raw_client client(s.port());
    for (int i = 0; i < 3; ++i) {
      client.send(post("/x", "body " + std::to_string(i)));
      auto answer = client.response();
      CHECK(answer.status == 200);
      CHECK(answer.body == "POST /x body " + std::to_string(i));
      CHECK(answer.header("Content-Type") == "text/plain");
      CHECK(answer.header("Connection") == "");
      CHECK(answer.header("Date").ends_with(" GMT"));
    }
    CHECK(s.server->figures().accepted == 1);
    CHECK(s.server->figures().requests == 3);
  }

  TEST_CASE("the request reaches the handler in all its parts") {
    mailbox<http_request> seen;
    serving s([&](http_request r, auto answer) {
      seen.put(r);
      answer->send({204, "", {}, ""});
    });
    raw_client client(s.port());
    client.send(get_request("/a%20b?x=1&y=%41", "X-Thing: v\r\nX-Request-Id: abc-1\r\n"));
    auto answer = client.response();
    CHECK(answer.status == 204);
    CHECK(answer.header("Content-Length") == "");
    CHECK(answer.header("X-Request-Id") == "abc-1");
    auto r = seen.take();
    CHECK(r.path == "/a%20b");
    CHECK(*r.query_parameter("y") == "A");
    CHECK(r.query_parameter("z") == nullptr);
    CHECK(r.headers.get("x-thing") == "v");
    CHECK(r.request_id == "abc-1");
    CHECK(r.peer.starts_with("127.0.0.1:"));
  }

  TEST_CASE("a client's unusable request id is replaced, and each answer has one") {
    serving s;
    raw_client client(s.port());
    client.send(get_request("/", "X-Request-Id: a b\"\r\n") + get_request("/"));
    auto first = client.response().header("X-Request-Id");
    auto second = client.response().header("X-Request-Id");
    CHECK(first.find(' ') == std::string::npos);
    CHECK_FALSE(first.empty());
    CHECK(first != second);
  }

  TEST_CASE("pipelined requests are answered in order though their handlers finish in reverse") {
    std::vector<std::pair<std::string, std::shared_ptr<responder>>> held;
    serving s([&](http_request r, std::shared_ptr<responder> answer) {
      held.emplace_back(r.path, std::move(answer));
      if (held.size() < 5) return;
      for (auto it = held.rbegin(); it != held.rend(); ++it)
        it->second->send({200, "text/plain", {}, it->first});
    });
    raw_client client(s.port());
    std::string all;
    for (int i = 0; i < 5; ++i) all += get_request("/" + std::to_string(i));
    client.send(all);
    for (int i = 0; i < 5; ++i) CHECK(client.response().body == "/" + std::to_string(i));
  }

  TEST_CASE("more pipelined requests than allowed wait, but all are answered") {
    mailbox<std::shared_ptr<responder>> held;
    http_limits limits;
    limits.pipelined = 2;
    serving s([&](auto, auto answer) { held.put(std::move(answer)); }, limits);
    raw_client client(s.port());
    std::string all;
    for (int i = 0; i < 6; ++i) all += post("/", std::string(100, 'x'));
    client.send(all);
    for (int i = 0; i < 6; ++i) {
      auto one = held.take();
      CHECK(held.size() <= 1);
      one->send({200, "text/plain", {}, std::to_string(i)});
      CHECK(client.response().body == std::to_string(i));
    }
  }

  TEST_CASE("a request in single bytes is understood") {
    serving s;
    raw_client client(s.port());
    for (char c : post("/slow", "0123456789")) client.send(std::string_view(&c, 1));
    CHECK(client.response().body == "POST /slow 0123456789");
  }

  TEST_CASE("a chunked request body is joined") {
    serving s;
    raw_client client(s.port());
    client.send("POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    client.send("4;ext=1\r\ndefg\r\n0\r\nTrailer: x\r\n\r\n" + get_request("/next"));
    CHECK(client.response().body == "POST /c abcdefg");
    CHECK(client.response().body == "GET /next ");
  }

  TEST_CASE("a client that half-closes after its request still gets the answer") {
    serving s;
    raw_client client(s.port());
    client.send(post("/half", "x"));
    client.half_close();
    CHECK(client.response().body == "POST /half x");
    CHECK(client.closed_by_peer());
  }

  TEST_CASE("HEAD gets the header of GET without the body") {
    serving s;
    raw_client client(s.port());
    client.send("HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n" + get_request("/after"));
    auto head = client.response(true);
    CHECK(head.header("Content-Length") == "8");
    CHECK(client.response().body == "GET /after ");
  }

  TEST_CASE("HTTP/1.0 is closed after its answer unless it asks otherwise") {
    serving s;
    {
      raw_client client(s.port());
      client.send("GET /old HTTP/1.0\r\n\r\n");
      auto answer = client.response();
      CHECK(answer.head.starts_with("HTTP/1.0 200"));
      CHECK(answer.header("Connection") == "close");
      CHECK(client.closed_by_peer());
    }
    raw_client client(s.port());
    client.send("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(client.response().header("Connection") == "keep-alive");
    client.send("GET /again HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(client.response().body == "GET /again ");
  }

  TEST_CASE("Connection: close is honoured") {
    serving s;
    raw_client client(s.port());
    client.send(get_request("/", "Connection: close\r\n"));
    CHECK(client.response().header("Connection") == "close");
    CHECK(client.closed_by_peer());
  }

  TEST_CASE("Expect: 100-continue is answered before the body is sent") {
    serving s;
    raw_client client(s.port());
    client.send("POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    CHECK(client.response().status == 100);
    client.send("abc");
    CHECK(client.response().body == "POST /e abc");
    client.send("POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: magic\r\n\r\n");
    CHECK(client.response().status == 417);
  }

  TEST_CASE("a responder that is dropped answers 500") {
    serving s([](auto, auto) {});
    raw_client client(s.port());
    client.send(get_request("/"));
    auto answer = client.response();
    CHECK(answer.status == 500);
    CHECK(answer.body.find("\"code\":\"INTERNAL\"") != std::string::npos);
  }

  TEST_CASE("a handler that throws answers 500 and the connection lives on") {
    serving s([](http_request r, auto answer) {
      if (r.path == "/throw") throw std::runtime_error("oops");
      echo(std::move(r), answer);
    });
    raw_client client(s.port());
    client.send(get_request("/throw") + get_request("/ok"));
    auto answer = client.response();
    CHECK(answer.status == 500);
    CHECK(answer.body.find("the handler failed: oops") != std::string::npos);
    CHECK(client.response().body == "GET /ok ");
  }

  TEST_CASE("only the first answer counts") {
    serving s([](auto, auto answer) {
      answer->send({200, "text/plain", {}, "first"});
      answer->send({500, "text/plain", {}, "second"});
      answer->begin(200, "text/plain");
      answer->finish();
    });
    raw_client client(s.port());
    client.send(get_request("/") + get_request("/"));
    CHECK(client.response().body == "first");
    CHECK(client.response().body == "first");
  }

  TEST_CASE("answers come from any thread, also after the client has gone") {
    mailbox<std::shared_ptr<responder>> held;
    serving s([&](auto, auto answer) { held.put(std::move(answer)); });
    {
      raw_client client(s.port());
      client.send(get_request("/"));
      auto answer = held.take();
      std::thread([&] { answer->send({200, "text/plain", {}, "thread"}); }).join();
      CHECK(client.response().body == "thread");
      client.send(get_request("/"));
      answer = held.take();
      client.reset();
      answer->send({200, "text/plain", {}, "too late"});
    }
    raw_client other(s.port());
    other.send(get_request("/"));
    held.take()->send({200, "text/plain", {}, "still here"});
    CHECK(other.response().body == "still here");
  }

  TEST_CASE("a responder may outlive server and runtime") {
    mailbox<std::shared_ptr<responder>> held;
    std::shared_ptr<responder> late;
    {
      serving s([&](auto, auto answer) { held.put(std::move(answer)); });
      raw_client client(s.port());
      client.send(get_request("/"));
      late = held.take();
    }
    late->send({200, "text/plain", {}, "nobody listens"});
  }

  TEST_CASE("stopping answers what is in work, refuses what is new, then tells") {
    mailbox<std::shared_ptr<responder>> held;
    serving s([&](auto, auto answer) { held.put(std::move(answer)); });
    raw_client idle(s.port()), busy(s.port());
    idle.send(get_request("/"));
    held.take()->send({200, "text/plain", {}, "1"});
    CHECK(idle.response().body == "1");
    busy.send(get_request("/"));
    auto answer = held.take();
    std::promise<void> stopped;
    s.server->stop(10s, [&] { stopped.set_value(); });
    CHECK(idle.closed_by_peer());
    CHECK_THROWS(raw_client(s.port()));
    answer->send({200, "text/plain", {}, "2"});
    auto last = busy.response();
    CHECK(last.body == "2");
    CHECK(last.header("Connection") == "close");
    busy.close();
    test::get(stopped.get_future());
    CHECK(s.server->figures().connections == 0);
  }

  TEST_CASE("stopping cuts what does not finish within the grace") {
    mailbox<std::shared_ptr<responder>> held;
    serving s([&](auto, auto answer) { held.put(std::move(answer)); });
    raw_client client(s.port());
    client.send(get_request("/"));
    auto answer = held.take();
    std::promise<void> stopped;
    s.server->stop(20ms, [&] { stopped.set_value(); });
    test::get(stopped.get_future());
    CHECK_THROWS(client.response());
  }

  TEST_CASE("a taken port is named") {
    serving s;
    http_server_options options;
    options.port = s.port();
    auto second = http_server::listen(s.io, options, std::make_shared<function_handler>(echo));
    REQUIRE_FALSE(second.ok());
    CHECK(second.failure().code == errc::io_error);
    CHECK(second.failure().message.find("127.0.0.1:" + std::to_string(s.port())) !=
          std::string::npos);
  }
}
