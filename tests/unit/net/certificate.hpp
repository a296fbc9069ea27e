#pragma once

#include <string>

namespace spooky::net::test {

/// A fresh self-signed certificate for "localhost" and 127.0.0.1, in a directory of its own that is
/// removed with it. As its own authority it can be given to clients as `ca_file`.
class certificate {
 public:
  certificate();
  ~certificate();
  certificate(const certificate&) = delete;
  certificate& operator=(const certificate&) = delete;

  std::string certificate_file() const { return directory_ + "/cert.pem"; }
  std::string key_file() const { return directory_ + "/key.pem"; }

 private:
  std::string directory_;
};

}  // namespace spooky::net::test
