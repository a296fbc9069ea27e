#include "config/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace spooky::config {
namespace {

struct unit {
  std::string_view suffix;
  std::int64_t size;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A number and its unit as a product; nothing on overflow or an unknown unit.
template <std::size_t N>
std::optional<std::int64_t> parse_with_unit(std::string_view text,
                                            const std::array<unit, N>& units) {
  const std::size_t digits =
      static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
  const auto number = parse_whole(text.substr(0, digits), 0, INT64_MAX);
  if (!number) return std::nullopt;
  std::string_view suffix = text.substr(digits);
  while (suffix.starts_with(' ')) suffix.remove_prefix(1);
  for (const auto& u : units) {
    std::int64_t product = 0;
    if (suffix == u.suffix && !__builtin_mul_overflow(*number, u.size, &product)) return product;
  }
  return std::nullopt;
}

constexpr std::array<unit, 4> byte_units{
    {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}}};
constexpr std::array<unit, 5> time_units{
    {{"ms", 1}, {"s", 1'000}, {"", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};

bool is_port(std::string_view text) { return parse_whole(text, 1, 65'535).has_value(); }

}  // namespace

std::optional<std::int64_t> parse_whole(std::string_view text, std::int64_t low,
                                        std::int64_t high) {
  std::int64_t number = 0;
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (number < low || number > high) return std::nullopt;
  return number;
}

std::optional<std::int64_t> parse_bytes(std::string_view text, std::int64_t low,
                                        std::int64_t high) {
  const auto bytes = parse_with_unit(text, byte_units);
  if (!bytes || *bytes < low || *bytes > high) return std::nullopt;
  return bytes;
}

std::string show_bytes(std::int64_t bytes) {
  for (const auto& u : byte_units) {
    if (bytes >= u.size && bytes % u.size == 0)
      return std::to_string(bytes / u.size) + std::string(u.suffix);
  }
  return std::to_string(bytes);
}

std::optional<bool> parse_switch(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "true" || lower == "yes" || lower == "on" || lower == "1") return true;
  if (lower == "false" || lower == "no" || lower == "off" || lower == "0") return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_span(std::string_view text) {
  return parse_with_unit(text, time_units);
}

bool is_endpoint(std::string_view text, std::string_view schemes) {
  if (const auto at = text.find("://"); at != std::string_view::npos) {
    const std::string list = "," + std::string(schemes) + ",";
    if (list.find("," + std::string(text.substr(0, at)) + ",") == std::string::npos) return false;
    text.remove_prefix(at + 3);
  }
  const auto bad = [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '@'; };
  if (std::any_of(text.begin(), text.end(), bad)) return false;
  std::string_view host = text.substr(0, text.find('/'));
  if (host.starts_with('[')) {
    const auto close = host.find(']');
    if (close == std::string_view::npos || close == 1) return false;
    const auto rest = host.substr(close + 1);
    return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
  }
  const auto colon = host.find(':');
  if (colon != std::string_view::npos && !is_port(host.substr(colon + 1))) return false;
  return !host.substr(0, colon).empty();
}

std::optional<std::pair<std::string, std::uint16_t>> parse_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_whole(text.substr(colon + 1), 0, 65'535);
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!port || (!bracketed && host.find_first_of("[]:/ ") != std::string_view::npos))
    return std::nullopt;
  return std::pair{host.empty() ? std::string("0.0.0.0") : std::string(host),
                   static_cast<std::uint16_t>(*port)};
}

bool is_plain_name(std::string_view text) {
  const auto ok = [](unsigned char c) { return c < 0x80 && (std::isalnum(c) || c == '_'); };
  return !text.empty() && !is_digit(text.front()) && std::all_of(text.begin(), text.end(), ok);
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    if (text.empty()) return words;
    const auto end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

bool is_visible_ascii(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1" || host == "[::1]") return true;
  const bool digits =
      std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
  return digits && host.starts_with("127.");
}

std::string without_credentials(std::string_view text) {
  const auto scheme = text.find("://");
  const auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  // A password may hold any character, so all before the last @ may be hers.
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at < begin) return std::string(text);
  return std::string(text.substr(0, begin)) + "****" + std::string(text.substr(at));
}

expansion expand(std::string_view text, const lookup& variable) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with("$${")) {
      out += "${";
      at += 3;
      continue;
    }
    if (!text.substr(at).starts_with("${")) {
      out += text[at++];
      continue;
    }
    const auto close = text.find('}', at);
    if (close == std::string_view::npos) return {std::nullopt, {}};
    std::string_view name = text.substr(at + 2, close - at - 2);
    std::optional<std::string> fallback;
    if (const auto bar = name.find(":-"); bar != std::string_view::npos) {
      fallback = std::string(name.substr(bar + 2));
      name = name.substr(0, bar);
    }
    auto found = variable(std::string(name));
    if (!found) found = fallback;
    if (!found) return {std::nullopt, std::string(name)};
    out += *found;
    at = close + 1;
  }
  return {std::move(out), {}};
}

}  // namespace spooky::config
