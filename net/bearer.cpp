#include "net/bearer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace spooky::net {

bearer_check::bearer_check(std::vector<credential> credentials)
    : asked_(!credentials.empty()), credentials_(std::move(credentials)) {
  std::erase_if(credentials_, [](const credential& one) { return one.secret.empty(); });
}

caller_kinds bearer_check::kinds_of(const http_headers& headers) const noexcept {
  if (!asked_) return everybody;
  const auto token = bearer_token(headers);
  caller_kinds kinds = nobody;
  for (const auto& one : credentials_)
    if (equal_in_constant_time(one.secret, token)) kinds |= one.kinds;
  return kinds;
}

bool equal_in_constant_time(std::string_view expected, std::string_view presented) noexcept {
  auto different = static_cast<unsigned>(expected.size() != presented.size());
  for (std::size_t i = 0; i < presented.size(); ++i) {
    char other = expected.empty() ? '\0' : expected[i % expected.size()];
    different |= static_cast<unsigned char>(presented[i] ^ other);
  }
  return different == 0;
}

std::string_view bearer_token(const http_headers& headers) noexcept {
  auto text = headers.get("Authorization");
  constexpr std::string_view scheme = "bearer ";
  if (text.size() < scheme.size()) return {};
  for (std::size_t i = 0; i < scheme.size(); ++i)
    if ((text[i] | 0x20) != scheme[i] && text[i] != scheme[i]) return {};
  text.remove_prefix(scheme.size());
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

http_response forbidden_response(std::string_view message) {
  return json_error(403, "FORBIDDEN", message);
}

std::string derived_secret(std::string_view secret, std::string_view purpose) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(), digest.data(),
       &size);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    out += digits[digest[i] >> 4];
    out += digits[digest[i] & 15];
  }
  return out;
}

}  // namespace spooky::net
