#pragma once

#include <string>

namespace spooky::net {

/// How a client checks a server. The host name is always checked against the certificate.
struct tls_client_options {
  std::string ca_file;  ///< PEM; empty: the system's trusted authorities
};

/// A server's certificate. Both empty: no TLS.
struct tls_server_options {
  std::string certificate_file;  ///< PEM, the whole chain
  std::string key_file;          ///< PEM
};

}  // namespace spooky::net
