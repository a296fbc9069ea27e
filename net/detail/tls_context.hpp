#pragma once

#include "net/tls.hpp"
#include "surrealql/values/result.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ssl/context.hpp>

namespace spooky::net::detail {

using tls_context = std::shared_ptr<boost::asio::ssl::context>;

/// Verifies against `ca_file` or the system's authorities. Fails with invalid_argument naming the
/// file.
result<tls_context> make_client_context(const tls_client_options& options);
/// Null where no certificate is set. Fails with invalid_argument naming the file.
result<tls_context> make_server_context(const tls_server_options& options);

/// A context that keeps in step with the files it is made of. What was made stays while the files
/// cannot be used, as when one of two has been replaced.
class tls_source {
 public:
  explicit tls_source(tls_client_options options);
  explicit tls_source(tls_server_options options);

  /// Makes it, the first time and after a file has changed; nothing if none has.
  std::optional<result<void>> refresh();
  /// What was made last, or why nothing was. @pre refresh() was called.
  result<tls_context> context() const;

 private:
  tls_source(std::vector<std::string> files, std::function<result<tls_context>()> make);

  std::vector<std::string> files_;
  std::function<result<tls_context>()> make_;
  std::optional<std::string> seen_;  ///< what the files were when they were read last
  result<tls_context> made_ = tls_context{};
};

}  // namespace spooky::net::detail
