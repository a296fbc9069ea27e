#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Texts of well-known forms: addresses, versions, identifiers.
namespace spooky::surrealql::library {

/// Four decimal numbers without leading zeros.
bool is_ipv4(std::string_view text);
/// RFC 4291, with `::` and an IPv4 tail.
bool is_ipv6(std::string_view text);

/// Dot-separated labels of letters, digits and inner hyphens; at least two; no digits-only end.
bool is_domain(std::string_view text);

struct email_parts {
  std::string user;
  std::string host;
};
std::optional<email_parts> parse_email(std::string_view text);

/// An absolute URL, taken apart and normalised as the WHATWG's parser does for what is common:
/// lower-case scheme and host, default port left out, dot segments resolved, spaces and non-ASCII
/// characters percent-encoded.
struct url_parts {
  std::string scheme;
  std::optional<std::string> host;
  bool host_is_address = false;
  std::optional<std::uint16_t> port;  ///< given, or the scheme's default
  std::string path;
  std::optional<std::string> query;
  std::optional<std::string> fragment;
};
std::optional<url_parts> parse_url(std::string_view text);

/// Semantic Versioning 2.0.
struct version {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  std::string pre;    ///< without the hyphen
  std::string build;  ///< without the plus
};
std::optional<version> parse_version(std::string_view text);
std::string to_text(const version& v);
/// -1, 0 or 1; build metadata decides last, as in the engine's library.
int compare(const version& a, const version& b);

/// The milliseconds since 1970 in a ULID's first ten characters; nothing if it is none.
std::optional<std::uint64_t> parse_ulid(std::string_view text);

}  // namespace spooky::surrealql::library
