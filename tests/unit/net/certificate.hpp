#pragma once

#include <chrono>
#include <string>

namespace spooky::net::test {

/// A fresh self-signed certificate for "localhost" and 127.0.0.1, in a directory of its own that is
/// removed with it. As its own authority it can be given to clients as `ca_file`.
class certificate {
 public:
  /// Valid from two days ago until that long from now.
  explicit certificate(std::chrono::seconds valid_for = std::chrono::hours{24});
  ~certificate();
  certificate(const certificate&) = delete;
  certificate& operator=(const certificate&) = delete;

  std::string certificate_file() const { return directory_ + "/cert.pem"; }
  /// Puts the files of `other` in place of its own: one, the other, or both.
  void take_certificate_of(const certificate& other);
  void take_key_of(const certificate& other);

  std::string key_file() const { return directory_ + "/key.pem"; }

 private:
  std::string directory_;
};

}  // namespace spooky::net::test
