#include "net/http_client.hpp"

#include "raw_client.hpp"
#include "serving.hpp"
#include "waiting.hpp"

#include <atomic>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::net;
using namespace spooky::net::test;
using namespace std::chrono_literals;

namespace {

using outcome = result<http_response>;

http_call call_to(std::uint16_t port, std::string path = "/", std::string body = "") {
  http_call out;
  out.target = {"http", "127.0.0.1", port, std::move(path)};
  if (!body.empty()) {
    out.method = "POST";
    out.body = std::make_shared<const std::string>(std::move(body));
  }
  out.timeout = 10s;
  return out;
}

std::future<outcome> send(http_client& client, http_call call) {
  auto promise = std::make_shared<std::promise<outcome>>();
  client.send(std::move(call), [promise](outcome o) { promise->set_value(std::move(o)); });
  return promise->get_future();
}

struct client_fixture {
  explicit client_fixture(http_client_options options = {}) {
    io.start();
    client = std::make_unique<http_client>(io, options);
  }
  outcome ask(http_call call) { return test::get(send(*client, std::move(call))); }
  io_runtime io;
  std::unique_ptr<http_client> client;
};

constexpr std::string_view ok_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace

TEST_SUITE("net.http_client") {
  TEST_CASE_FIXTURE(client_fixture, "a request arrives whole and its answer comes back") {
    mailbox<http_request> seen;
    serving s([&](http_request r, auto answer) {
      seen.put(r);
      answer->send({418, "text/plain", {{"X-A", "b"}}, "short and stout"});
    });
    auto call = call_to(s.port(), "/p?q=1", "{}");
    call.headers.set("Authorization", "Bearer x");
    auto response = ask(call).value();
    CHECK(response.status == 418);
    CHECK(response.body == "short and stout");
    CHECK(response.content_type == "text/plain");
    CHECK(response.headers.get("x-a") == "b");
    auto r = seen.take();
    CHECK(r.method == "POST");
    CHECK(r.path == "/p");
    CHECK(r.body == "{}");
    CHECK(r.headers.get("Content-Type") == "application/json");
    CHECK(r.headers.get("Authorization") == "Bearer x");
    CHECK(r.headers.get("Host") == "127.0.0.1:" + std::to_string(s.port()));
  }

  TEST_CASE_FIXTURE(client_fixture, "connections are kept and used again") {
    serving s;
    for (int i = 0; i < 20; ++i) CHECK(ask(call_to(s.port(), "/", "x")).value().body == "POST / x");
    CHECK(s.server->figures().accepted == 1);
  }

  TEST_CASE("an origin gets no more connections than its lanes; the rest waits in order") {
    for (std::size_t lanes : {1, 2}) {
      http_client_options options;
      options.lanes_per_origin = lanes;
      client_fixture f(options);
      mailbox<std::pair<std::string, std::shared_ptr<responder>>> held;
      serving s([&](http_request r, auto answer) { held.put({r.path, answer}); });
      std::vector<std::future<outcome>> answers;
      for (int i = 0; i < 6; ++i)
        answers.push_back(send(*f.client, call_to(s.port(), "/" + std::to_string(i))));
      std::string order;
      for (int i = 0; i < 6; ++i) {
        auto [path, answer] = held.take();
        CHECK(held.size() < lanes);
        order += path;
        answer->send({200, "text/plain", {}, path});
      }
      for (std::size_t i = 0; i < 6; ++i)
        CHECK(test::get(std::move(answers[i])).value().body == "/" + std::to_string(i));
      if (lanes == 1) CHECK(order == "/0/1/2/3/4/5");
      CHECK(s.server->figures().accepted == lanes);
    }
  }

  TEST_CASE("a channel whose answers do not come holds up no other channel") {
    http_client_options options;
    options.lanes_per_origin = 1;
    client_fixture f(options);
    mailbox<std::pair<std::string, std::shared_ptr<responder>>> held;
    serving s([&](http_request r, auto answer) { held.put({r.path, answer}); });
    auto views = call_to(s.port(), "/views");
    views.channel = "views";
    auto stuck = send(*f.client, views);
    auto [first_path, first] = held.take();
    CHECK(first_path == "/views");
    auto log = send(*f.client, call_to(s.port(), "/log"));
    auto [second_path, second] = held.take();
    CHECK(second_path == "/log");
    second->send({});
    CHECK(test::get(std::move(log)).ok());
    first->send({});
    CHECK(test::get(std::move(stuck)).ok());
  }

  TEST_CASE("more waiting requests than allowed are refused at once") {
    http_client_options options;
    options.lanes_per_origin = 1;
    options.queued_per_origin = 2;
    client_fixture f(options);
    mailbox<std::shared_ptr<responder>> held;
    serving s([&](auto, auto answer) { held.put(std::move(answer)); });
    auto first = send(*f.client, call_to(s.port()));
    auto in_work = held.take();
    auto second = send(*f.client, call_to(s.port()));
    auto third = send(*f.client, call_to(s.port()));
    auto refused = f.ask(call_to(s.port()));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.failure().code == errc::overloaded);
    in_work->send({});
    held.take()->send({});
    held.take()->send({});
    CHECK(test::get(std::move(third)).ok());
  }

  TEST_CASE("the total bound lets origins take turns") {
    http_client_options options;
    options.total_connections = 1;
    client_fixture f(options);
    serving a, b, c;
    for (int round = 0; round < 3; ++round) {
      std::vector<std::future<outcome>> answers;
      for (auto* s : {&a, &b, &c}) answers.push_back(send(*f.client, call_to(s->port())));
      for (auto& answer : answers) CHECK(test::get(std::move(answer)).ok());
    }
  }

  TEST_CASE_FIXTURE(client_fixture,
                    "a server that does not answer in time is a timeout, then forgotten") {
    std::vector<std::shared_ptr<responder>> held;
    serving s([&](http_request r, std::shared_ptr<responder> answer) {
      if (r.path == "/never") return held.push_back(std::move(answer));
      echo(std::move(r), answer);
    });
    auto call = call_to(s.port(), "/never");
    call.timeout = 50ms;
    auto late = ask(call);
    REQUIRE_FALSE(late.ok());
    CHECK(late.failure().code == errc::timeout);
    CHECK(late.failure().message.find("did not answer GET /never within 50 ms") !=
          std::string::npos);
    CHECK(ask(call_to(s.port(), "/next")).value().body == "GET /next ");
  }

  TEST_CASE("waiting for a lane counts towards the deadline") {
    http_client_options options;
    options.lanes_per_origin = 1;
    client_fixture f(options);
    mailbox<std::shared_ptr<responder>> held;
    serving s([&](auto, auto answer) { held.put(std::move(answer)); });
    auto first = send(*f.client, call_to(s.port()));
    auto in_work = held.take();
    auto call = call_to(s.port());
    call.timeout = 30ms;
    auto late = f.ask(call);
    REQUIRE_FALSE(late.ok());
    CHECK(late.failure().code == errc::timeout);
    in_work->send({200, "text/plain", {}, "first"});
    CHECK(test::get(std::move(first)).value().body == "first");
  }

  TEST_CASE_FIXTURE(client_fixture, "nobody listening is unavailable, with the address") {
    std::uint16_t port;
    {
      raw_listener gone;
      port = gone.port();
    }
    auto refused = ask(call_to(port));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.failure().code == errc::unavailable);
    CHECK(refused.failure().message.find("cannot connect to 127.0.0.1:" + std::to_string(port)) !=
          std::string::npos);
  }

  TEST_CASE_FIXTURE(client_fixture, "a server restart under the pool goes unnoticed") {
    auto s = std::make_unique<serving>();
    auto port = s->port();
    auto call = call_to(port, "/", "x");
    call.idempotent = true;
    for (int restart = 0; restart < 5; ++restart) {
      CHECK(ask(call).value().status == 200);
      s.reset();
      s = std::make_unique<serving>(echo, http_limits{}, upgrade_function{}, port);
    }
    CHECK(ask(call).value().status == 200);
  }

  TEST_CASE_FIXTURE(client_fixture, "the idle race is repaired for an idempotent request only") {
    for (bool idempotent : {true, false}) {
      raw_listener listener;
      std::thread server([&] {
        int first = listener.accept();
        read_until(first, "\r\n\r\n");
        write_all(first, ok_answer);
        // The close crosses the second request on its way: it was read, and is never answered.
        read_until(first, "\r\n\r\n");
        ::close(first);
        if (!idempotent) return;
        int second = listener.accept();
        read_until(second, "\r\n\r\n");
        write_all(second, ok_answer);
        ::close(second);
      });
      auto call = call_to(listener.port());
      call.idempotent = idempotent;
      CHECK(ask(call).ok());
      auto raced = ask(call);
      server.join();
      CHECK(raced.ok() == idempotent);
      if (!raced.ok()) CHECK(raced.failure().code == errc::unavailable);
    }
  }

  TEST_CASE_FIXTURE(client_fixture, "a request on a new connection is never sent twice") {
    raw_listener listener;
    std::atomic<int> accepted{0};
    std::thread server([&] {
      int only = listener.accept();
      ++accepted;
      read_until(only, "\r\n\r\n");
      ::close(only);
    });
    auto call = call_to(listener.port());
    call.idempotent = true;
    auto cut = ask(call);
    server.join();
    REQUIRE_FALSE(cut.ok());
    CHECK(cut.failure().code == errc::unavailable);
    CHECK(accepted == 1);
  }

  TEST_CASE_FIXTURE(client_fixture,
                    "answers framed by length, chunks or the end of the connection") {
    for (std::string_view text :
         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\n\r\nhello", "HTTP/1.0 200 OK\r\n\r\nhello",
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"}) {
      raw_listener listener;
      std::thread server([&] {
        int fd = listener.accept();
        read_until(fd, "\r\n\r\n");
        for (char c : text) write_all(fd, std::string_view(&c, 1));
        ::close(fd);
      });
      CHECK(ask(call_to(listener.port())).value().body == "hello");
      server.join();
    }
  }

  TEST_CASE_FIXTURE(client_fixture, "an answer that breaks off or is not HTTP is an error") {
    for (auto [text, code] :
         {std::pair{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", errc::unavailable},
          {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
           errc::unavailable},
          {"HTTP/1.1 200 OK\r\nContent-Le", errc::unavailable},
          {"SSH-2.0-OpenSSH\r\n\r\n", errc::corrupt},
          {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", errc::corrupt}}) {
      raw_listener listener;
      std::thread server([&, answer = text] {
        int fd = listener.accept();
        read_until(fd, "\r\n\r\n");
        write_all(fd, answer);
        ::close(fd);
      });
      auto broken = ask(call_to(listener.port()));
      server.join();
      REQUIRE_FALSE(broken.ok());
      CHECK(broken.failure().code == code);
    }
  }

  TEST_CASE_FIXTURE(client_fixture, "an answer larger than allowed is refused, announced or not") {
    serving s([](http_request r, auto answer) {
      if (r.path == "/length") return answer->send({200, "text/plain", {}, std::string(2000, 'x')});
      answer->begin(200, "text/plain");
      for (int i = 0; i < 20; ++i) answer->write(std::string(100, 'x'));
      answer->finish();
    });
    for (auto path : {"/length", "/chunks"}) {
      auto call = call_to(s.port(), path);
      call.max_response_bytes = 1999;
      auto large = ask(call);
      REQUIRE_FALSE(large.ok());
      CHECK(large.failure().code == errc::limit_exceeded);
      call.max_response_bytes = 2000;
      CHECK(ask(call).value().body.size() == 2000);
    }
  }

  TEST_CASE_FIXTURE(client_fixture, "a large answer is handed out in pieces") {
    serving s([](http_request r, auto answer) {
      answer->begin(r.path == "/error" ? 500 : 200, "text/plain");
      for (int i = 0; i < 64; ++i) answer->write(std::string(64 << 10, 'x'));
      answer->finish();
    });
    std::atomic<std::size_t> got{0}, pieces{0};
    auto call = call_to(s.port());
    call.max_response_bytes = 10;
    call.on_chunk = [&](std::string_view chunk) {
      got += chunk.size();
      ++pieces;
      return true;
    };
    auto response = ask(call).value();
    CHECK(response.body.empty());
    CHECK(got == 64 * (64 << 10));
    CHECK(pieces > 10);

    got = 0;
    call.target.target = "/error";
    call.max_response_bytes = 64 << 20;
    CHECK(ask(call).value().body.size() == 64 * (64 << 10));
    CHECK(got == 0);

    call.target.target = "/";
    call.on_chunk = [&](std::string_view) { return false; };
    CHECK_FALSE(ask(call).ok());
    CHECK(ask(call_to(s.port())).ok());
  }

  TEST_CASE_FIXTURE(client_fixture, "a refusal that overtakes a large body is read") {
    serving s;
    auto call = call_to(s.port(), "/", std::string(60 << 20, 'x'));
    CHECK(ask(call).value().status == 413);
    CHECK(ask(call_to(s.port())).value().status == 200);
  }

  TEST_CASE_FIXTURE(client_fixture, "HEAD answers have no body to wait for") {
    serving s;
    auto call = call_to(s.port());
    call.method = "HEAD";
    CHECK(ask(call).value().headers.get("Content-Length") == "7");
    CHECK(ask(call).value().body.empty());
    CHECK(s.server->figures().accepted == 1);
  }

  TEST_CASE("unused connections are closed after a while") {
    http_client_options options;
    options.idle_timeout = 40ms;
    client_fixture f(options);
    serving s;
    CHECK(f.ask(call_to(s.port())).ok());
    mailbox<int> gone;
    std::function<void()> look = [&] {
      if (s.server->figures().connections == 0) return gone.put(1);
      s.io.after(5ms, look);
    };
    s.io.post(look);
    gone.take();
    CHECK(f.ask(call_to(s.port())).ok());
  }

  TEST_CASE_FIXTURE(client_fixture, "what cannot be sent is refused") {
    auto call = call_to(1);
    call.headers.set("X", "a\r\nEvil: 1");
    CHECK(ask(call).failure().code == errc::invalid_argument);
    call = call_to(1);
    call.method = "GET / HTTP/1.1\r\nEvil:";
    CHECK(ask(call).failure().code == errc::invalid_argument);
    CHECK(ask(http_call{}).failure().code == errc::invalid_argument);
  }

  TEST_CASE("destroying the client fails what is in flight") {
    std::future<outcome> pending;
    std::vector<std::shared_ptr<responder>> held;
    mailbox<int> arrived;
    serving s([&](auto, auto answer) {
      held.push_back(std::move(answer));
      arrived.put(1);
    });
    client_fixture f;
    pending = send(*f.client, call_to(s.port()));
    arrived.take();
    f.client.reset();
    CHECK(test::get(std::move(pending)).failure().code == errc::unavailable);
  }
}
