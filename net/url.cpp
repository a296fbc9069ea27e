#include "net/url.hpp"

#include <algorithm>
#include <charconv>

namespace spooky::net {
namespace {

constexpr std::size_t longest_url = 8192;

bool is_alnum(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_host_char(char c) noexcept { return is_alnum(c) || c == '-' || c == '.' || c == '_'; }

bool is_ipv6_char(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':' || c == '.' || c == '%';
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

result<std::uint16_t> parse_port(std::string_view text, bool zero_allowed) {
  unsigned port = 0;
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (ec != std::errc{} || end != text.data() + text.size() || port > 65535 ||
      (port == 0 && !zero_allowed))
    return fail(errc::invalid_argument, "the port \"" + std::string(text) +
                                            "\" is not a number from " +
                                            (zero_allowed ? "0" : "1") + " to 65535");
  return static_cast<std::uint16_t>(port);
}

struct host_and_port {
  std::string host;
  std::string_view port;  ///< as written; empty when there is none
};

/// Splits "host", "host:port", "[v6]" and "[v6]:port".
result<host_and_port> split_authority(std::string_view text) {
  host_and_port out;
  if (text.starts_with('[')) {
    auto close = text.find(']');
    if (close == text.npos)
      return fail(errc::invalid_argument, "the '[' of the IPv6 address has no ']'");
    out.host = lower(text.substr(1, close - 1));
    if (out.host.find(':') == out.host.npos ||
        !std::all_of(out.host.begin(), out.host.end(), is_ipv6_char))
      return fail(errc::invalid_argument, "\"" + out.host + "\" is not an IPv6 address");
    auto rest = text.substr(close + 1);
    if (rest.empty()) return out;
    if (!rest.starts_with(':') || rest.size() == 1)
      return fail(errc::invalid_argument, "expected \":port\" after the IPv6 address");
    out.port = rest.substr(1);
    return out;
  }
  auto colon = text.find(':');
  if (colon != text.npos && text.find(':', colon + 1) != text.npos)
    return fail(errc::invalid_argument, "an IPv6 address needs brackets, for example [::1]:8000");
  out.host = lower(text.substr(0, colon));
  if (!std::all_of(out.host.begin(), out.host.end(), is_host_char))
    return fail(errc::invalid_argument, "\"" + out.host + "\" is not a host name");
  if (colon != text.npos) {
    out.port = text.substr(colon + 1);
    if (out.port.empty()) return fail(errc::invalid_argument, "there is no port after the ':'");
  }
  return out;
}

std::uint16_t default_port(std::string_view scheme) noexcept {
  return scheme == "https" || scheme == "wss" ? 443 : 80;
}

result<url> parse_parts(std::string_view text, std::string_view default_scheme) {
  url out;
  out.scheme = default_scheme;
  if (auto mark = text.find("://"); mark != text.npos) {
    out.scheme = lower(text.substr(0, mark));
    text.remove_prefix(mark + 3);
  }
  if (out.scheme != "http" && out.scheme != "https" && out.scheme != "ws" && out.scheme != "wss")
    return fail(errc::invalid_argument,
                "the scheme is \"" + out.scheme + "\"; it must be http, https, ws or wss");

  auto authority_end = std::min(text.find_first_of("/?#"), text.size());
  auto target = text.substr(authority_end);
  SPOOKY_ASSIGN(auto authority, split_authority(text.substr(0, authority_end)));
  if (authority.host.empty()) return fail(errc::invalid_argument, "there is no host");
  out.host = std::move(authority.host);
  out.port = default_port(out.scheme);
  if (!authority.port.empty()) {
    SPOOKY_ASSIGN(out.port, parse_port(authority.port, false));
  }

  if (target.find('#') != target.npos)
    return fail(errc::invalid_argument, "a fragment (#...) is never sent; leave it out");
  if (!std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < 0x7f; }))
    return fail(errc::invalid_argument,
                "the path has a character that must be percent-encoded, such as a blank");
  if (!target.starts_with('/')) out.target = "/";
  out.target += target;
  return out;
}

}  // namespace

std::string url::origin() const {
  return std::string(secure() ? "https" : "http") + "://" +
         (host.find(':') == host.npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

std::string url::authority() const {
  auto out = host.find(':') == host.npos ? host : "[" + host + "]";
  if (port != default_port(scheme)) out += ":" + std::to_string(port);
  return out;
}

std::string url::to_string() const { return scheme + "://" + authority() + target; }

result<url> parse_url(std::string_view text, std::string_view default_scheme) {
  if (text.size() > longest_url)
    return fail(errc::invalid_argument, "the URL has " + std::to_string(text.size()) +
                                            " bytes; at most " + std::to_string(longest_url) +
                                            " are allowed");
  auto authority = text.substr(
      0, text.find_first_of("/?#", text.find("://") == text.npos ? 0 : text.find("://") + 3));
  // Such a text must not be repeated in the message: it holds a password.
  if (authority.find('@') != authority.npos)
    return fail(errc::invalid_argument,
                "a URL must not carry a user or password (before '@'); use the settings for them");
  auto parsed = parse_parts(text, default_scheme);
  // One with an @ behind its first slash may be a password that was not escaped.
  if (!parsed.ok() && text.find('@') == text.npos)
    parsed.failure().message = "URL \"" + std::string(text) + "\": " + parsed.failure().message;
  return parsed;
}

std::string with_scheme(std::string_view text, std::string_view default_scheme) {
  if (text.find("://") != std::string_view::npos) return std::string{text};
  return std::string{default_scheme} + "://" + std::string{text};
}

result<listen_address> parse_listen_address(std::string_view text) {
  auto read = [&]() -> result<listen_address> {
    SPOOKY_ASSIGN(auto parts, split_authority(text));
    if (parts.port.empty())
      return fail(errc::invalid_argument, "there is no port; write for example 0.0.0.0:8667");
    listen_address out;
    SPOOKY_ASSIGN(out.port, parse_port(parts.port, true));
    out.host = parts.host.empty() ? "0.0.0.0" : std::move(parts.host);
    return out;
  };
  auto parsed = read();
  if (!parsed.ok())
    parsed.failure().message =
        "listen address \"" + std::string(text) + "\": " + parsed.failure().message;
  return parsed;
}

result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0)
        return fail(errc::invalid_argument, "'%' at offset " + std::to_string(i) +
                                                " is not followed by two hexadecimal digits");
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    if (is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

result<http_parameters> parse_query_string(std::string_view text) {
  http_parameters out;
  while (!text.empty()) {
    auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    auto equals = pair.find('=');
    SPOOKY_ASSIGN(auto name, percent_decode(pair.substr(0, equals), true));
    std::string content;
    if (equals != pair.npos) {
      SPOOKY_ASSIGN(content, percent_decode(pair.substr(equals + 1), true));
    }
    out.emplace_back(std::move(name), std::move(content));
  }
  return out;
}

}  // namespace spooky::net
