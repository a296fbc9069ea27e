#include "net/url.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::net;

namespace {

std::string message_of(std::string_view text) {
  auto parsed = parse_url(text);
  return parsed.ok() ? "accepted as " + parsed->to_string() : parsed.failure().message;
}

}  // namespace

TEST_SUITE("net.url") {
  TEST_CASE("a full URL is taken apart") {
    auto u = parse_url("http://Example.COM:8080/a/b?c=d").value();
    CHECK(u == url{"http", "example.com", 8080, "/a/b?c=d"});
    CHECK(u.to_string() == "http://example.com:8080/a/b?c=d");
    CHECK(u.origin() == "http://example.com:8080");
    CHECK(u.authority() == "example.com:8080");
  }

  TEST_CASE("schemes have their default port, and it is left out of the Host header") {
    for (auto [text, port] : {std::pair{"http://h", 80},
                              {"ws://h", 80},
                              {"https://h", 443},
                              {"wss://h", 443},
                              {"WSS://h/", 443}}) {
      auto u = parse_url(text).value();
      CHECK(u.port == port);
      CHECK(u.target == "/");
      CHECK(u.authority() == "h");
    }
    CHECK(parse_url("https://h:80").value().authority() == "h:80");
  }

  TEST_CASE("an address is given a scheme where it has none") {
    CHECK(with_scheme("h:1") == "http://h:1");
    CHECK(with_scheme("h:1", "https") == "https://h:1");
    CHECK(with_scheme("https://h/a") == "https://h/a");
  }

  TEST_CASE("without a scheme the default one holds") {
    CHECK(parse_url("localhost:8000/rpc").value() == url{"http", "localhost", 8000, "/rpc"});
    CHECK(parse_url("127.0.0.1:8000", "ws").value() == url{"ws", "127.0.0.1", 8000, "/"});
    CHECK(parse_url("host", "ws").value() == url{"ws", "host", 80, "/"});
    CHECK(parse_url("host?x=1").value() == url{"http", "host", 80, "/?x=1"});
  }

  TEST_CASE("IPv6 addresses keep their brackets outside only") {
    auto u = parse_url("[::1]:80").value();
    CHECK(u.host == "::1");
    CHECK(u.authority() == "[::1]");
    CHECK(u.origin() == "http://[::1]:80");
    CHECK(parse_url("ws://[FE80::1]/x").value() == url{"ws", "fe80::1", 80, "/x"});
  }

  TEST_CASE("what is wrong is said, with the text") {
    CHECK(message_of("ftp://h") ==
          "URL \"ftp://h\": the scheme is \"ftp\"; it must be http, https, ws or wss");
    CHECK(message_of("http://") == "URL \"http://\": there is no host");
    CHECK(message_of("") == "URL \"\": there is no host");
    CHECK(message_of(":80") == "URL \":80\": there is no host");
    CHECK(message_of("h:") == "URL \"h:\": there is no port after the ':'");
    for (auto port : {"0", "65536", "-1", "8x", "99999999999"})
      CHECK(message_of(std::string("h:") + port) == "URL \"h:" + std::string(port) +
                                                        "\": the port \"" + port +
                                                        "\" is not a number from 1 to 65535");
    CHECK(message_of("::1:80") ==
          "URL \"::1:80\": an IPv6 address needs brackets, for example [::1]:8000");
    CHECK(message_of("[::1").find("has no ']'") != std::string::npos);
    CHECK(message_of("[::1]80").find("expected \":port\"") != std::string::npos);
    CHECK(message_of("[host]:80").find("is not an IPv6 address") != std::string::npos);
    CHECK(message_of("a b").find("is not a host name") != std::string::npos);
    CHECK(message_of("h/a b").find("percent-encoded") != std::string::npos);
    CHECK(message_of("h/a\r\nX: y").find("percent-encoded") != std::string::npos);
    CHECK(message_of("h/#top").find("fragment") != std::string::npos);
    CHECK(message_of(std::string(9000, 'a')).find("9000 bytes") != std::string::npos);
  }

  TEST_CASE("a password in a URL is refused and not repeated") {
    auto message = message_of("http://root:secret@h/");
    CHECK(message.find("must not carry a user or password") != std::string::npos);
    CHECK(message.find("secret") == std::string::npos);
    CHECK(parse_url("http://h/a@b").ok());
  }

  TEST_CASE("listen addresses") {
    CHECK(parse_listen_address("0.0.0.0:8667").value().port == 8667);
    CHECK(parse_listen_address(":0").value().host == "0.0.0.0");
    CHECK(parse_listen_address("[::]:80").value().host == "::");
    CHECK(parse_listen_address("0.0.0.0").failure().message ==
          "listen address \"0.0.0.0\": there is no port; write for example 0.0.0.0:8667");
    CHECK_FALSE(parse_listen_address("h:70000").ok());
  }

  TEST_CASE("percent encoding is undone by decoding, for every byte") {
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    CHECK(percent_decode(percent_encode(all)).value() == all);
    CHECK(percent_encode("a/b c~") == "a%2Fb%20c~");
    CHECK(percent_decode("a+b").value() == "a+b");
    CHECK(percent_decode("a+b", true).value() == "a b");
    for (auto broken : {"%", "%2", "a%zz", "%2g"}) CHECK_FALSE(percent_decode(broken).ok());
    CHECK(percent_decode("ab%2").failure().message ==
          "'%' at offset 2 is not followed by two hexadecimal digits");
  }

  TEST_CASE("query strings") {
    auto all = parse_query_string("a=1&b=%3D&&c&a=2&=x&d=a=b").value();
    CHECK(all ==
          http_parameters{{"a", "1"}, {"b", "="}, {"c", ""}, {"a", "2"}, {"", "x"}, {"d", "a=b"}});
    CHECK(parse_query_string("").value().empty());
    CHECK_FALSE(parse_query_string("a=%").ok());
  }
}
