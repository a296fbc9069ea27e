#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::net {

/// Seconds since 1970.
using unix_time = std::chrono::seconds;

/// Tokens with which a browser, that knows no secret, is let in to one thing for a while:
/// "<seconds since 1970 at which it ends>.<HMAC-SHA256 of that and the thing's name>". Whoever has
/// one learns nothing of the key, and can make none for another thing or a later time.
class stream_tokens {
 public:
  /// None are given and none are asked for.
  stream_tokens() = default;
  /// The keys follow from these secrets. Tokens are made with the first, those of all are taken: so
  /// a secret can be changed while tokens are out. All processes with the same secrets take each
  /// other's.
  stream_tokens(const std::vector<std::string>& secrets, std::chrono::seconds lifetime);

  /// Whether a token is asked for at all.
  bool asked() const noexcept { return !keys_.empty(); }
  /// @pre asked()
  std::string issue(std::string_view name, unix_time now) const;
  /// When it ends; nothing unless it is one for this name that has not ended. Compared in a time
  /// that does not depend on how much of it is right.
  std::optional<unix_time> verify(std::string_view name, std::string_view token,
                                  unix_time now) const;

 private:
  std::vector<std::string> keys_;
  std::chrono::seconds lifetime_{};
};

}  // namespace spooky::net
