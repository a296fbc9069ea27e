#pragma once

#include "net/http.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::net {

/// Kinds of callers as bits. What a bit means is up to whoever gives out secrets for it.
using caller_kinds = std::uint8_t;
inline constexpr caller_kinds nobody = 0;
/// Of a caller: of all kinds, since no secret is asked for. Of a path: also who sends no secret.
inline constexpr caller_kinds everybody = 0xff;

/// Of a path: also who sends no secret, for its function asks for a token of its own. Unlike what
/// is open to everybody it is no probe.
inline constexpr caller_kinds token_holders = 0x80;

/// A secret, and what it makes of whoever sends it as `Authorization: Bearer <secret>`.
struct credential {
  caller_kinds kinds = nobody;
  std::string secret;
};

/// Tells callers apart by the secret they send. Decided here and nowhere else.
class bearer_check {
 public:
  /// Without credentials everybody may do everything.
  bearer_check() = default;
  /// Several secrets may be valid at a time, also for the same kind. An empty secret is nobody's.
  explicit bearer_check(std::vector<credential> credentials);

  /// All kinds whose secret this is. Takes a time that depends on the length of what was sent and
  /// on the number of secrets, never on which one it is or how much of it is right.
  caller_kinds kinds_of(const http_headers& headers) const noexcept;

 private:
  bool asked_ = false;
  std::vector<credential> credentials_;
};

/// True if `presented` is `expected`; takes a time that depends on the length of `presented` only.
bool equal_in_constant_time(std::string_view expected, std::string_view presented) noexcept;
/// The token of an `Authorization: Bearer x` header, or "".
std::string_view bearer_token(const http_headers& headers) noexcept;

/// 403: who asks is known, and may not do this.
http_response forbidden_response(std::string_view message);

/// Another secret, made of this one for a purpose: whoever knows it learns nothing of the first.
/// HMAC-SHA256 in hexadecimal digits.
std::string derived_secret(std::string_view secret, std::string_view purpose);

}  // namespace spooky::net
