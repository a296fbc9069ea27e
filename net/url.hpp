#pragma once

#include "net/http.hpp"
#include "surrealql/values/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace spooky::net {

/// Where to connect and what to ask for.
struct url {
  std::string scheme;      ///< "http", "https", "ws" or "wss"
  std::string host;        ///< lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;  ///< never 0: the scheme's default where none was given
  std::string target;      ///< path and query, at least "/"

  bool secure() const noexcept { return scheme == "https" || scheme == "wss"; }
  /// "http://host:port": what a connection can be shared for.
  std::string origin() const;
  /// "host" or "host:port" for the Host header, with brackets around IPv6.
  std::string authority() const;
  std::string to_string() const;
  friend bool operator==(const url&, const url&) = default;
};

/// Reads "http://h:1/p?q", "ws://h", "https://[::1]:80/", and without a scheme
/// "localhost:8000/rpc", "127.0.0.1:8000", "[::1]:80", for which `default_scheme` is assumed.
/// Credentials (`user@`) are refused: they belong in their own settings, not where they would be
/// logged. Errors name the text and what is wrong with it.
result<url> parse_url(std::string_view text, std::string_view default_scheme = "http");

/// The text, with `default_scheme` before it where it names none: an address as a browser takes it.
std::string with_scheme(std::string_view text, std::string_view default_scheme = "http");

/// "0.0.0.0:8667", "[::]:80", ":9667" -> host and port, for listening.
struct listen_address {
  std::string host;
  std::uint16_t port = 0;
};
result<listen_address> parse_listen_address(std::string_view text);

/// Undoes %XX; in a query also '+'. Fails on a broken escape.
result<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Escapes all but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);
/// "a=1&b=%20" -> decoded pairs. Fails on a broken escape.
result<http_parameters> parse_query_string(std::string_view text);

}  // namespace spooky::net
