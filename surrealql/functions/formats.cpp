#include "surrealql/functions/formats.hpp"

#include "surrealql/values/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

namespace spooky::surrealql::library {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower_text(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t at = 0;
  for (std::size_t found = text.find(separator); found != std::string_view::npos;
       found = text.find(separator, at)) {
    parts.push_back(text.substr(at, found - at));
    at = found + 1;
  }
  parts.push_back(text.substr(at));
  return parts;
}

template <class Number>
bool whole_number(std::string_view text, Number& out) {
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out);
  return !text.empty() && is_digit(text[0]) && read.ec == std::errc() && read.ptr == end;
}

/// Without leading zeros, as versions and addresses have them.
template <class Number>
bool plain_number(std::string_view text, Number& out) {
  return (text.size() == 1 || !text.starts_with('0')) && whole_number(text, out);
}

}  // namespace

bool is_ipv4(std::string_view text) {
  const auto parts = split(text, '.');
  return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           unsigned number = 0;
           return plain_number(part, number) && number <= 255;
         });
}

bool is_ipv6(std::string_view text) {
  const auto gap = text.find("::");
  const bool compressed = gap != std::string_view::npos;
  if (compressed && text.find("::", gap + 1) != std::string_view::npos) return false;
  std::size_t groups = 0;
  const auto count = [&groups](std::string_view half, bool tail) {
    if (half.empty()) return true;
    const auto parts = split(half, ':');
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (tail && i + 1 == parts.size() && is_ipv4(parts[i])) {
        groups += 2;
        continue;
      }
      const bool hex =
          !parts[i].empty() && parts[i].size() <= 4 &&
          parts[i].find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
      if (!hex) return false;
      ++groups;
    }
    return true;
  };
  if (!compressed) return count(text, true) && groups == 8;
  return count(text.substr(0, gap), false) && count(text.substr(gap + 2), true) && groups <= 7;
}

bool is_domain(std::string_view text) {
  constexpr std::size_t longest_name = 253;
  constexpr std::size_t longest_label = 63;
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > longest_name) return false;
  const auto labels = split(text, '.');
  const bool well_formed = std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
    return !label.empty() && label.size() <= longest_label && label.front() != '-' &&
           label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
             return is_letter(c) || is_digit(c) || c == '-' || static_cast<signed char>(c) < 0;
           });
  });
  return well_formed && !std::all_of(labels.back().begin(), labels.back().end(), is_digit);
}

std::optional<email_parts> parse_email(std::string_view text) {
  constexpr std::size_t longest_user = 64;
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > longest_user) return std::nullopt;
  const std::string_view user = text.substr(0, at);
  const std::string_view host = text.substr(at + 1);
  const bool quoted = user.size() > 2 && user.front() == '"' && user.back() == '"';
  constexpr std::string_view marks = "!#$%&'*+-/=?^_`{|}~.";
  const bool plain_user =
      user.front() != '.' && user.back() != '.' && user.find("..") == std::string_view::npos &&
      std::all_of(user.begin(), user.end(), [&](char c) {
        return is_letter(c) || is_digit(c) || marks.find(c) != std::string_view::npos ||
               static_cast<signed char>(c) < 0;
      });
  if (!quoted && !plain_user) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']')) {
    const std::string_view address = host.substr(1, host.size() - 2);
    if (!is_ipv4(address) && !is_ipv6(address)) return std::nullopt;
    return email_parts{std::string(user), std::string(address)};
  }
  if (!is_domain(host)) return std::nullopt;
  return email_parts{std::string(user), std::string(host)};
}

// -- URLs ---------------------------------------------------------------------------------------

namespace {

std::optional<std::uint16_t> default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  if (scheme == "ftp") return 21;
  return std::nullopt;
}

bool is_special(std::string_view scheme) {
  return default_port(scheme).has_value() || scheme == "file";
}

/// Control characters, spaces, non-ASCII bytes and `also` become %XX.
std::string percent_encoded(std::string_view text, std::string_view also) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F || also.find(c) != std::string_view::npos) {
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 0xF];
    } else {
      out += c;
    }
  }
  return out;
}

std::string resolved_path(std::string_view path) {
  std::vector<std::string_view> kept;
  const auto segments = split(path, '/');
  for (std::size_t i = 1; i < segments.size(); ++i) {
    const bool last = i + 1 == segments.size();
    if (segments[i] == "..") {
      if (!kept.empty()) kept.pop_back();
      if (last) kept.push_back("");
    } else if (segments[i] == ".") {
      if (last) kept.push_back("");
    } else {
      kept.push_back(segments[i]);
    }
  }
  std::string out;
  for (const auto segment : kept) out.append("/").append(segment);
  return out.empty() ? "/" : out;
}

bool read_authority(std::string_view authority, bool special, url_parts& out) {
  if (const auto at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  std::string_view host = authority;
  std::string_view port;
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
  }
  if (host.empty() && special) return false;
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || !is_ipv6(host.substr(1, host.size() - 2))) return false;
    out.host_is_address = true;
  } else {
    if (host.find_first_of(" #%/<>?@[\\]^|") != std::string_view::npos) return false;
    out.host_is_address = is_ipv4(host);
  }
  if (!host.empty() || special) out.host = lower_text(host);
  if (!port.empty()) {
    std::uint16_t number = 0;
    if (!whole_number(port, number)) return false;
    out.port = number;
  }
  return true;
}

}  // namespace

std::optional<url_parts> parse_url(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20) text.remove_suffix(1);
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_letter(text[0])) return std::nullopt;
  const std::string_view scheme = text.substr(0, colon);
  if (!std::all_of(scheme.begin(), scheme.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
      }))
    return std::nullopt;
  url_parts out;
  out.scheme = lower_text(scheme);
  const bool special = is_special(out.scheme);
  std::string_view rest = text.substr(colon + 1);
  if (const auto hash = rest.find('#'); hash != std::string_view::npos) {
    out.fragment = percent_encoded(rest.substr(hash + 1), "\"<>`");
    rest = rest.substr(0, hash);
  }
  if (const auto mark = rest.find('?'); mark != std::string_view::npos) {
    out.query = percent_encoded(rest.substr(mark + 1), special ? "\"<>'" : "\"<>");
    rest = rest.substr(0, mark);
  }
  if (rest.starts_with("//") || special) {
    while (rest.starts_with('/')) {
      rest.remove_prefix(1);
      if (!special && !rest.starts_with('/')) break;
    }
    const auto slash = rest.find('/');
    if (!read_authority(rest.substr(0, slash), special && out.scheme != "file", out))
      return std::nullopt;
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    out.path = rest.empty() && !special ? "" : resolved_path(percent_encoded(rest, "\"<>`{}"));
  } else {
    out.path = percent_encoded(rest, "");
  }
  if (!out.port) out.port = default_port(out.scheme);
  return out;
}

// -- versions -----------------------------------------------------------------------------------

namespace {

bool valid_identifiers(std::string_view text, bool numbers_plain) {
  for (const auto part : split(text, '.')) {
    if (part.empty() || !std::all_of(part.begin(), part.end(), [](char c) {
          return is_letter(c) || is_digit(c) || c == '-';
        }))
      return false;
    const bool number = std::all_of(part.begin(), part.end(), is_digit);
    if (numbers_plain && number && part.size() > 1 && part[0] == '0') return false;
  }
  return true;
}

int sign(std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

/// Identifiers one by one: numbers by value and before words; fewer come first.
int compare_identifiers(std::string_view a, std::string_view b) {
  const auto left = split(a, '.');
  const auto right = split(b, '.');
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    const bool x = std::all_of(left[i].begin(), left[i].end(), is_digit);
    const bool y = std::all_of(right[i].begin(), right[i].end(), is_digit);
    if (x != y) return x ? -1 : 1;
    int order = sign(left[i].compare(right[i]) <=> 0);
    if (x && left[i].size() != right[i].size()) order = sign(left[i].size() <=> right[i].size());
    if (order != 0) return order;
  }
  return sign(left.size() <=> right.size());
}

}  // namespace

std::optional<version> parse_version(std::string_view text) {
  version v;
  if (const auto plus = text.find('+'); plus != std::string_view::npos) {
    v.build = text.substr(plus + 1);
    if (!valid_identifiers(v.build, false)) return std::nullopt;
    text = text.substr(0, plus);
  }
  if (const auto hyphen = text.find('-'); hyphen != std::string_view::npos) {
    v.pre = text.substr(hyphen + 1);
    if (!valid_identifiers(v.pre, true)) return std::nullopt;
    text = text.substr(0, hyphen);
  }
  const auto numbers = split(text, '.');
  if (numbers.size() != 3 || !plain_number(numbers[0], v.major) ||
      !plain_number(numbers[1], v.minor) || !plain_number(numbers[2], v.patch))
    return std::nullopt;
  return v;
}

std::string to_text(const version& v) {
  std::string out =
      std::to_string(v.major) + "." + std::to_string(v.minor) + "." + std::to_string(v.patch);
  if (!v.pre.empty()) out += "-" + v.pre;
  if (!v.build.empty()) out += "+" + v.build;
  return out;
}

int compare(const version& a, const version& b) {
  if (a.major != b.major) return sign(a.major <=> b.major);
  if (a.minor != b.minor) return sign(a.minor <=> b.minor);
  if (a.patch != b.patch) return sign(a.patch <=> b.patch);
  if (a.pre != b.pre) {
    if (a.pre.empty() || b.pre.empty()) return a.pre.empty() ? 1 : -1;
    return compare_identifiers(a.pre, b.pre);
  }
  if (a.build == b.build) return 0;
  if (a.build.empty() || b.build.empty()) return a.build.empty() ? -1 : 1;
  return compare_identifiers(a.build, b.build);
}

std::optional<std::uint64_t> parse_ulid(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  constexpr std::size_t length = 26;
  constexpr std::size_t time_length = 10;
  if (text.size() != length) return std::nullopt;
  std::uint64_t milliseconds = 0;
  for (std::size_t i = 0; i < length; ++i) {
    const char c =
        text[i] >= 'a' && text[i] <= 'z' ? static_cast<char>(text[i] - 'a' + 'A') : text[i];
    const auto digit = digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    if (i < time_length) milliseconds = (milliseconds << 5) | digit;
  }
  return milliseconds & 0xFFFF'FFFF'FFFFULL;
}

}  // namespace spooky::surrealql::library
