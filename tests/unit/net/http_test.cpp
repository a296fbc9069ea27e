#include "net/http.hpp"

#include "net/detail/http_text.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::net;

TEST_SUITE("net.http") {
  TEST_CASE("header names compare without case; set replaces, add does not") {
    http_headers h{{"Content-Type", "a"}, {"X", "1"}};
    h.add("x", "2");
    CHECK(h.get("CONTENT-TYPE") == "a");
    CHECK(h.get("x") == "1");
    h.set("X", "3");
    CHECK(h.size() == 2);
    CHECK(h.get("x") == "3");
    CHECK(h.find("y") == nullptr);
    h.erase("x");
    CHECK(h.size() == 1);
  }

  TEST_CASE("error bodies are JSON whatever the message holds") {
    auto response = json_error(400, "BAD", "a \"quote\"\n and \xff");
    CHECK(response.body ==
          "{\"code\":\"BAD\",\"message\":\"a \\\"quote\\\"\\n and \xEF\xBF\xBD\"}");
    CHECK(response.content_type == "application/json");
  }

  TEST_CASE("every error code has its status, and only passing ones ask for a retry") {
    CHECK(http_status(errc::parse_error) == 400);
    CHECK(http_status(errc::unauthorized) == 401);
    CHECK(http_status(errc::not_found) == 404);
    CHECK(http_status(errc::conflict) == 409);
    CHECK(http_status(errc::limit_exceeded) == 413);
    CHECK(http_status(errc::timeout) == 504);
    CHECK(http_status(errc::internal) == 500);
    auto busy = error_response(fail(errc::overloaded, "full"));
    CHECK(busy.status == 503);
    CHECK(busy.headers.get("Retry-After") == "1");
    CHECK(busy.body == "{\"code\":\"OVERLOADED\",\"message\":\"full\"}");
    CHECK(error_response(fail(errc::not_found, "x")).headers.find("Retry-After") == nullptr);
  }

  TEST_CASE("no header value can smuggle in another field") {
    detail::response_head head;
    head.request_id = "id";
    head.content_type = "text/plain\r\nEvil: 1";
    auto text = detail::format_head(head, {{"A", "b\r\nEvil: 2\r\n\r\nbody"}, {"bad name", "x"}});
    CHECK(text.find("\r\nEvil") == std::string::npos);
    CHECK(text.find("bad name") == std::string::npos);
    CHECK(text.find("\r\n\r\n") == text.size() - 4);
  }

  TEST_CASE("request ids of clients are passed on only if they are harmless") {
    CHECK(detail::is_sane_request_id("a-b_c.D:9/+=@"));
    CHECK(detail::is_sane_request_id(std::string(128, 'x')));
    for (auto bad : {"", "a b", "a\"b", "a\x80", "<x>"})
      CHECK_FALSE(detail::is_sane_request_id(bad));
    CHECK_FALSE(detail::is_sane_request_id(std::string(129, 'x')));
    detail::request_ids ids;
    auto first = ids.next();
    CHECK(detail::is_sane_request_id(first));
    CHECK(ids.next() != first);
  }
}
