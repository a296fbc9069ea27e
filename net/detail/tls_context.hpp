#pragma once

#include "net/tls.hpp"
#include "surrealql/values/result.hpp"

#include <memory>

#include <boost/asio/ssl/context.hpp>

namespace spooky::net::detail {

using tls_context = std::shared_ptr<boost::asio::ssl::context>;

/// Verifies against `ca_file` or the system's authorities. Fails with invalid_argument naming the
/// file.
result<tls_context> make_client_context(const tls_client_options& options);
/// Null where no certificate is set. Fails with invalid_argument naming the file.
result<tls_context> make_server_context(const tls_server_options& options);

}  // namespace spooky::net::detail
