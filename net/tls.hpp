#pragma once

#include "surrealql/values/result.hpp"

#include <string>

namespace spooky::net {

/// How a client checks a server. The host name is always checked against the certificate. A file
/// that changes is read again for the next connection.
struct tls_client_options {
  std::string ca_file;      ///< PEM; empty: the system's trusted authorities
  bool system_too = false;  ///< with a ca_file, the system's authorities are trusted as well
};

/// A server's certificate. Both empty: no TLS. Files that change are read again while it serves.
struct tls_server_options {
  std::string certificate_file;  ///< PEM, the whole chain
  std::string key_file;          ///< PEM
};

/// Fails with invalid_argument naming the file: one that cannot be read or used, a key of another
/// certificate, a certificate that is not valid today.
result<void> check_tls(const tls_server_options& options);
result<void> check_tls(const tls_client_options& options);

}  // namespace spooky::net
