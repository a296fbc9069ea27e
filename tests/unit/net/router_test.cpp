#include "net/router.hpp"

#include <optional>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::net;

namespace {

constexpr caller_kinds baker = 1;
constexpr caller_kinds tailor = 2;

/// Keeps the answer.
class recording_responder : public responder {
 public:
  void send(http_response response) override { sent = std::move(response); }
  void begin(unsigned, std::string, http_headers) override {}
  void write(std::string, std::function<void(bool)>) override {}
  void finish() override {}
  void abort() override {}
  std::optional<http_response> sent;
};

struct fixture {
  fixture() {
    for (auto [method, pattern] : {std::pair{"GET", "/view/{id}"},
                                   {"POST", "/view/register"},
                                   {"POST", "/view/{id}/merkle"},
                                   {"GET", "/health"},
                                   {"GET", "/"},
                                   {"DELETE", "/view/{id}"}})
      routes.add(method, pattern, may_call(pattern),
                 [this, pattern = std::string(pattern)](auto request, auto sent_by, auto answer) {
                   http_response response;
                   response.body = pattern + " " + std::string(request.path_parameter("id"));
                   callers = sent_by;
                   answer->send(std::move(response));
                 });
  }
  static caller_kinds may_call(std::string_view pattern) {
    if (pattern == "/health") return everybody;
    return pattern == "/" ? baker : pattern == "/view/register" ? baker | tailor : tailor;
  }
  http_response ask(std::string method, std::string path, std::string authorization = {}) {
    http_request request;
    request.method = std::move(method);
    request.path = std::move(path);
    if (!authorization.empty()) request.headers.set("authorization", std::move(authorization));
    auto answer = std::make_shared<recording_responder>();
    routes.handle(std::move(request), answer);
    REQUIRE(answer->sent);
    return *answer->sent;
  }
  router routes;
  caller_kinds callers = nobody;  ///< of the last request that was served
};

}  // namespace

TEST_SUITE("net.router") {
  TEST_CASE_FIXTURE(fixture, "paths find their function and their parameters, decoded") {
    CHECK(ask("GET", "/view/_spooky_query:abc").body == "/view/{id} _spooky_query:abc");
    CHECK(ask("GET", "/view/a%2Fb%20c").body == "/view/{id} a/b c");
    CHECK(ask("POST", "/view/x/merkle").body == "/view/{id}/merkle x");
    CHECK(ask("GET", "/").body == "/ ");
  }

  TEST_CASE_FIXTURE(fixture, "a literal segment wins over a named one") {
    CHECK(ask("POST", "/view/register").body == "/view/register ");
    CHECK(ask("GET", "/view/register").status == 405);
  }

  TEST_CASE_FIXTURE(fixture, "an unknown path is 404, a known one with another method 405") {
    for (auto path : {"/nowhere", "/view", "/view/", "/view/a/b", "/health/", "//health", ""})
      CHECK(ask("GET", path).status == 404);
    auto refused = ask("PUT", "/view/a");
    CHECK(refused.status == 405);
    CHECK(refused.headers.get("Allow") == "GET, HEAD, DELETE, OPTIONS");
    CHECK(refused.body.find("\"code\":\"METHOD_NOT_ALLOWED\"") != std::string::npos);
    CHECK(ask("get", "/health").status == 405);
  }

  TEST_CASE_FIXTURE(fixture, "HEAD is served by GET, OPTIONS tells the methods") {
    CHECK(ask("HEAD", "/health").status == 200);
    CHECK(ask("HEAD", "/view/a/merkle").status == 405);
    auto options = ask("OPTIONS", "/view/a/merkle");
    CHECK(options.status == 204);
    CHECK(options.headers.get("allow") == "POST, OPTIONS");
  }

  TEST_CASE_FIXTURE(fixture, "without secrets everybody may do everything") {
    CHECK(ask("GET", "/view/a", "Bearer whatever").status == 200);
    CHECK(callers == everybody);
  }

  TEST_CASE_FIXTURE(fixture, "with secrets all but the open paths need one") {
    routes.tell_apart(bearer_check{{{tailor, "s3cret"}}});
    CHECK(ask("GET", "/health").status == 200);
    CHECK(callers == nobody);
    auto refused = ask("GET", "/view/a");
    CHECK(refused.status == 401);
    CHECK(refused.headers.get("WWW-Authenticate") == "Bearer");
    CHECK(refused.body.find("\"code\":\"UNAUTHORIZED\"") != std::string::npos);
    CHECK(ask("GET", "/nowhere").status == 401);
    CHECK(ask("PUT", "/view/a").status == 401);
    CHECK(ask("GET", "/view/a", "Bearer s3cret").status == 200);
    CHECK(ask("GET", "/view/a", "bearer  s3cret ").status == 200);
    CHECK(ask("GET", "/nowhere", "Bearer s3cret").status == 404);
    for (auto wrong : {"Bearer", "Bearer ", "Bearer s3cre", "Bearer s3crets", "Bearer S3cret",
                       "Basic s3cret", "s3cret", "Bearer s3crets3cret"})
      CHECK(ask("GET", "/view/a", wrong).status == 401);
  }

  TEST_CASE_FIXTURE(fixture,
                    "a secret opens the paths of its kind, and its request says whose it is") {
    routes.tell_apart(bearer_check{
        {{baker, "new"}, {baker, "old"}, {tailor, "t"}, {baker, "both"}, {tailor, "both"}}});
    for (auto secret : {"Bearer new", "Bearer old"}) {
      CHECK(ask("GET", "/", secret).status == 200);
      CHECK(callers == baker);
      CHECK(ask("POST", "/view/register", secret).status == 200);
      CHECK(ask("GET", "/nowhere", secret).status == 404);
      const auto refused = ask("GET", "/view/a", secret);
      CHECK(refused.status == 403);
      CHECK(refused.body.find("\"code\":\"FORBIDDEN\"") != std::string::npos);
      CHECK(ask("PUT", "/view/a", secret).status == 403);
    }
    CHECK(ask("GET", "/", "Bearer t").status == 403);
    CHECK(ask("GET", "/", "Bearer both").status == 200);
    CHECK(callers == (baker | tailor));
  }

  TEST_CASE_FIXTURE(fixture, "an empty secret lets nobody in") {
    routes.tell_apart(bearer_check{{{tailor, ""}}});
    CHECK(ask("GET", "/view/a").status == 401);
    CHECK(ask("GET", "/view/a", "Bearer ").status == 401);
  }

  TEST_CASE("a derived secret is one secret's for one purpose, and known vectors hold") {
    CHECK(derived_secret("key", "The quick brown fox jumps over the lazy dog") ==
          "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
    CHECK(derived_secret("a", "x") != derived_secret("a", "y"));
    CHECK(derived_secret("a", "x") != derived_secret("b", "x"));
  }

  TEST_CASE_FIXTURE(fixture, "a large body is refused before it is read, a good one is not") {
    routes.tell_apart(bearer_check{{{tailor, "s3cret"}}});
    http_request head;
    head.method = "POST";
    head.path = "/view/register";
    CHECK(routes.refuse_early(head)->status == 401);
    head.headers.set("Authorization", "Bearer s3cret");
    CHECK_FALSE(routes.refuse_early(head));
    head.path = "/nowhere";
    CHECK(routes.refuse_early(head)->status == 404);
    head.path = "/health";
    CHECK(routes.refuse_early(head)->status == 405);
  }

  TEST_CASE_FIXTURE(fixture, "probes of what is open, and whoever has a secret, take precedence") {
    const auto takes = [this](const char* method, const char* path, const char* token = "") {
      http_request head;
      head.method = method;
      head.path = path;
      if (*token != 0) head.headers.set("Authorization", std::string("Bearer ") + token);
      return routes.takes_precedence(head);
    };
    // Where nobody is told apart, everybody would.
    CHECK_FALSE(takes("POST", "/view/register"));
    routes.tell_apart(bearer_check{{{tailor, "s3cret"}}});
    CHECK(takes("GET", "/health"));
    CHECK(takes("HEAD", "/health"));
    CHECK_FALSE(takes("POST", "/health"));
    CHECK_FALSE(takes("GET", "/nowhere"));
    CHECK_FALSE(takes("GET", "/view/x"));
    CHECK_FALSE(takes("GET", "/view/x", "wrong"));
    CHECK(takes("POST", "/view/register", "s3cret"));
  }

  TEST_CASE("the comparison is right whatever the lengths") {
    CHECK(equal_in_constant_time("abc", "abc"));
    CHECK(equal_in_constant_time("", ""));
    for (auto other : {"", "a", "ab", "abd", "abcabc", "abca", "bbc"})
      CHECK_FALSE(equal_in_constant_time("abc", other));
    CHECK_FALSE(equal_in_constant_time("", "a"));
  }
}
