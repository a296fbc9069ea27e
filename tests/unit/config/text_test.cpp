#include "config/text.hpp"

#include <doctest/doctest.h>

using namespace spooky::config;

TEST_CASE("byte sizes") {
  CHECK(parse_bytes("0", 0, 10) == 0);
  CHECK(parse_bytes("16MiB", 0, INT64_MAX) == 16 * 1024 * 1024);
  CHECK(parse_bytes("2 KiB", 0, INT64_MAX) == 2048);
  CHECK_FALSE(parse_bytes("2MB", 0, INT64_MAX));
  CHECK_FALSE(parse_bytes("MiB", 0, INT64_MAX));
  CHECK_FALSE(parse_bytes("9999999999GiB", 0, INT64_MAX));
  CHECK_FALSE(parse_bytes("11", 0, 10));
  CHECK(show_bytes(16 * 1024 * 1024) == "16MiB");
  CHECK(show_bytes(1000) == "1000");
}

TEST_CASE("spans of time") {
  CHECK(parse_span("500ms") == 500);
  CHECK(parse_span("10s") == 10'000);
  CHECK(parse_span("10") == 10'000);
  CHECK(parse_span("2m") == 120'000);
  CHECK_FALSE(parse_span("2 days"));
  CHECK_FALSE(parse_span("-1s"));
  CHECK_FALSE(parse_span("1.5s"));
}

TEST_CASE("endpoints") {
  for (const auto good :
       {"localhost:8000/rpc", "127.0.0.1", "ws://db:1/rpc", "[::1]:8000", "https://a.b/c"})
    CHECK_MESSAGE(is_endpoint(good, "ws,https"), good);
  for (const auto bad : {"", "http://a", "a:0", "a:65536", "a:b", "a b", "ws://", ":8000",
                         "ws://u:p@h", "[::1", "[]:1", "a:80\n"})
    CHECK_MESSAGE(!is_endpoint(bad, "ws,https"), bad);
}

TEST_CASE("listening addresses") {
  using address = std::pair<std::string, std::uint16_t>;
  CHECK(parse_listen_address("0.0.0.0:8667") == address{"0.0.0.0", 8667});
  CHECK(parse_listen_address(":80") == address{"0.0.0.0", 80});
  CHECK(parse_listen_address("[::1]:0") == address{"::1", 0});
  CHECK_FALSE(parse_listen_address("8667"));
  CHECK_FALSE(parse_listen_address("::1:80"));
  CHECK_FALSE(parse_listen_address("http://a:80"));
  CHECK_FALSE(parse_listen_address("a:70000"));
}

TEST_CASE("variables in text") {
  const lookup variable = [](const std::string& name) -> std::optional<std::string> {
    if (name == "A") return "1";
    return std::nullopt;
  };
  CHECK(expand("x${A}y${A}", variable).text == "x1y1");
  CHECK(expand("${B:-two}", variable).text == "two");
  CHECK(expand("${B:-}", variable).text == "");
  CHECK(expand("${A:-two}", variable).text == "1");
  CHECK(expand("pa$$word $A", variable).text == "pa$$word $A");
  CHECK(expand("$${A}", variable).text == "${A}");
  CHECK_FALSE(expand("${B}", variable).text);
  CHECK(expand("${B}", variable).missing == "B");
  CHECK_FALSE(expand("${A", variable).text);
}

TEST_CASE("plain names") {
  CHECK(is_plain_name("_spooky_"));
  CHECK(is_plain_name("_00_"));
  CHECK_FALSE(is_plain_name("0a"));
  CHECK_FALSE(is_plain_name("a-b"));
  CHECK_FALSE(is_plain_name(""));
  CHECK_FALSE(is_plain_name("a;DROP"));
}
