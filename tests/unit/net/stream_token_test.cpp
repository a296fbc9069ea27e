#include "net/stream_token.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace spooky::net;
using namespace std::chrono_literals;

TEST_SUITE("net.stream_token") {
  TEST_CASE("a token lets in to one thing until it ends") {
    const stream_tokens tokens{{"secret"}, 300s};
    const auto token = tokens.issue("view~1", 1'000s);
    CHECK(token.starts_with("1300."));
    CHECK(tokens.verify("view~1", token, 1'000s) == 1'300s);
    CHECK(tokens.verify("view~1", token, 1'299s) == 1'300s);
    CHECK_FALSE(tokens.verify("view~1", token, 1'300s));
    CHECK_FALSE(tokens.verify("view~2", token, 1'000s));
    CHECK_FALSE(tokens.verify("", token, 1'000s));
  }

  TEST_CASE("nothing of a token can be changed") {
    const stream_tokens tokens{{"secret"}, 300s};
    const auto token = tokens.issue("v", 1'000s);
    const auto mac = token.substr(5);
    CHECK_FALSE(tokens.verify("v", "9999." + mac, 1'000s));
    CHECK_FALSE(tokens.verify("v", "01300." + mac, 1'000s));
    CHECK_FALSE(tokens.verify("v", "+1300." + mac, 1'000s));
    CHECK_FALSE(tokens.verify("v", "1300." + mac + "0", 1'000s));
    CHECK_FALSE(tokens.verify("v", "1300." + mac.substr(1), 1'000s));
    CHECK_FALSE(tokens.verify("v", "1300.", 1'000s));
    CHECK_FALSE(tokens.verify("v", mac, 1'000s));
    CHECK_FALSE(tokens.verify("v", "", 1'000s));
    // What belongs to the name does not pass for part of the end.
    CHECK_FALSE(tokens.verify("0.v", "1300" + mac, 1'000s));
  }

  TEST_CASE("a secret is changed while tokens of the former one are out") {
    const stream_tokens before{{"old"}, 300s};
    const stream_tokens both{{"new", "old"}, 300s};
    const stream_tokens after{{"new"}, 300s};
    const auto old_token = before.issue("v", 0s);
    CHECK(both.verify("v", old_token, 1s).has_value());
    CHECK_FALSE(after.verify("v", old_token, 1s));
    CHECK(after.verify("v", both.issue("v", 0s), 1s).has_value());
  }

  TEST_CASE("without a secret none are asked for") {
    CHECK_FALSE(stream_tokens{}.asked());
    CHECK_FALSE(stream_tokens({""}, 300s).asked());
    CHECK_FALSE(stream_tokens{}.verify("v", "1.00", 0s));
  }
}
