#include "net/http_server.hpp"
#include "raw_client.hpp"
#include "serving.hpp"
#include "waiting.hpp"

#include <atomic>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::net;
using namespace spooky::net::test;
using namespace std::chrono_literals;

namespace {

/// Produces `count` pieces, the next one when the one before is drained.
class producer : public std::enable_shared_from_this<producer> {
 public:
  producer(std::shared_ptr<responder> out, int count, std::size_t size)
      : out_(std::move(out)), left_(count), size_(size) {}
  void start() {
    out_->begin(200, "text/plain");
    next(true);
  }
  std::atomic<int> produced{0};
  std::atomic<bool> told_gone{false};

 private:
  void next(bool open) {
    if (!open) {
      told_gone = true;
      return;
    }
    if (left_-- == 0) return out_->finish();
    ++produced;
    out_->write(std::string(size_, 'x'),
                [self = shared_from_this()](bool still) { self->next(still); });
  }
  std::shared_ptr<responder> out_;
  int left_;
  std::size_t size_;
};

constexpr const char* request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

}  // namespace

TEST_SUITE("net.http_stream") {
  TEST_CASE("pieces go out as chunks, empty ones do not end the body") {
    serving s([](auto, auto answer) {
      answer->begin(201, "text/x", {{"X-A", "b"}});
      answer->write("one");
      answer->write("");
      answer->write("two");
      answer->finish();
    });
    raw_client client(s.port());
    client.send(std::string(request) + request);
    for (int i = 0; i < 2; ++i) {
      auto answer = client.response();
      CHECK(answer.status == 201);
      CHECK(answer.header("X-A") == "b");
      CHECK(answer.chunks == std::vector<std::string>{"one", "two"});
      CHECK(answer.complete);
    }
  }

  TEST_CASE("each drained callback comes once, in order") {
    mailbox<int> drained;
    serving s([&](auto, auto answer) {
      answer->write("before begin", [&](bool open) { drained.put(open ? 1 : -1); });
      answer->begin(200, "text/plain");
      for (int i = 10; i < 15; ++i)
        answer->write("x", [&, i](bool open) { drained.put(open ? i : -i); });
      answer->write("", [&](bool open) { drained.put(open ? 15 : -15); });
      answer->finish();
      answer->write("after", [&](bool open) { drained.put(open ? 99 : -99); });
    });
    raw_client client(s.port());
    client.send(request);
    CHECK(client.response().body == "xxxxx");
    CHECK(drained.take() == -1);
    std::vector<int> rest;
    for (int i = 0; i < 7; ++i) rest.push_back(drained.take());
    std::erase(rest, -99);
    CHECK(rest == std::vector<int>{10, 11, 12, 13, 14, 15});
  }

  TEST_CASE("a slow reader slows the producer down") {
    mailbox<std::shared_ptr<producer>> made;
    serving s([&](auto, auto answer) {
      auto p = std::make_shared<producer>(answer, 1000, 256 << 10);
      p->start();
      made.put(p);
    });
    raw_client client(s.port(), 16 << 10);
    client.send(request);
    auto p = made.take();
    client.read_exactly(1 << 20);
    // 250 MB are to come; what is out is what the reader took and what the system's buffers hold.
    CHECK(p->produced < 100);
  }

  TEST_CASE("a producer whose client goes is told to stop") {
    mailbox<std::shared_ptr<producer>> made;
    serving s([&](auto, auto answer) {
      auto p = std::make_shared<producer>(answer, 1'000'000, 64 << 10);
      p->start();
      made.put(p);
    });
    raw_client client(s.port());
    client.send(request);
    auto p = made.take();
    client.read_exactly(1000);
    client.reset();
    mailbox<int> told;
    std::function<void()> look = [&] {
      if (p->told_gone) return told.put(1);
      s.io.after(5ms, look);
    };
    s.io.after(5ms, look);
    told.take();
    CHECK(s.server->figures().connections == 0);
  }

  TEST_CASE("an aborted or dropped stream is seen to be incomplete") {
    for (bool drop : {false, true}) {
      serving s([&](auto, auto answer) {
        answer->begin(200, "text/plain");
        answer->write("part", [answer, drop](bool) mutable {
          if (drop)
            answer.reset();
          else
            answer->abort();
        });
      });
      raw_client client(s.port());
      client.send(request);
      auto answer = client.response();
      CHECK(answer.body == "part");
      CHECK_FALSE(answer.complete);
    }
  }

  TEST_CASE("a producer that ignores back-pressure is cut, not buffered") {
    http_limits limits;
    limits.stream_backlog = 1 << 20;
    mailbox<bool> drained;
    serving s(
        [&](auto, auto answer) {
          answer->begin(200, "text/plain");
          for (int i = 0; i < 1000; ++i)
            answer->write(std::string(1 << 20, 'x'), [&](bool open) { drained.put(open); });
        },
        limits);
    raw_client client(s.port(), 4096);
    client.send(request);
    int refused = 0;
    for (int i = 0; i < 1000; ++i) refused += drained.take() ? 0 : 1;
    CHECK(refused > 900);
    CHECK_THROWS(client.read_exactly(900 << 20));
  }

  TEST_CASE("HEAD gets no chunks, HTTP/1.0 a body until the close") {
    serving s([](auto, auto answer) {
      answer->begin(200, "text/plain");
      answer->write("abc");
      answer->finish();
    });
    raw_client client(s.port());
    client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + std::string(request));
    CHECK(client.response(true).header("Transfer-Encoding") == "chunked");
    CHECK(client.response().body == "abc");
    raw_client old(s.port());
    old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    auto answer = old.response();
    CHECK(answer.header("Transfer-Encoding") == "");
    CHECK(answer.header("Connection") == "close");
    CHECK(answer.body == "abc");
  }
}
