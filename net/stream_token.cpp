#include "net/stream_token.hpp"

#include "net/bearer.hpp"

#include <charconv>
#include <system_error>

namespace spooky::net {

namespace {

constexpr std::string_view purpose = "spooky stream";

/// A separator that no number has keeps the name from running into it.
std::string signature(const std::string& key, std::string_view end, std::string_view name) {
  return derived_secret(key, std::string{end} + "." + std::string{name});
}

}  // namespace

stream_tokens::stream_tokens(const std::vector<std::string>& secrets, std::chrono::seconds lifetime)
    : lifetime_(lifetime) {
  for (const auto& secret : secrets)
    if (!secret.empty()) keys_.push_back(derived_secret(secret, purpose));
}

std::string stream_tokens::issue(std::string_view name, unix_time now) const {
  const auto end = std::to_string((now + lifetime_).count());
  return end + "." + signature(keys_.front(), end, name);
}

std::optional<unix_time> stream_tokens::verify(std::string_view name, std::string_view token,
                                               unix_time now) const {
  const auto dot = token.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto end = token.substr(0, dot);
  std::int64_t seconds = 0;
  const auto [last, failed] = std::from_chars(end.data(), end.data() + end.size(), seconds);
  if (failed != std::errc{} || last != end.data() + end.size()) return std::nullopt;
  bool right = false;
  for (const auto& key : keys_)
    right |= equal_in_constant_time(signature(key, end, name), token.substr(dot + 1));
  if (!right || unix_time{seconds} <= now) return std::nullopt;
  return unix_time{seconds};
}

}  // namespace spooky::net
