#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spooky::actors {

/// Who may call an endpoint.
enum class endpoint_access : std::uint8_t {
  open,    ///< everybody: probes and scrapers
  secret,  ///< who has `auth_secret`, where one is set
};

/// The body an endpoint takes. What cannot be read is answered on the connection's thread.
enum class endpoint_body : std::uint8_t {
  none,
  value,           ///< one value, JSON or CBOR; nothing at all is `{}`
  change,          ///< one change, JSON or CBOR
  changes,         ///< many: NDJSON, or an array in JSON or CBOR
  changes_or_log,  ///< those, or a stretch of the log from a scheduler
};

/// How long whoever is asked may take; front_limits has the figures.
enum class endpoint_time : std::uint8_t {
  request,       ///< `limits.request_timeout_ms`
  registration,  ///< views are computed and their edges written
  server,        ///< no timer of its own: the HTTP server's sweep answers 504
};

/// What can be said of an endpoint without its handler.
struct endpoint_terms {
  std::string_view method;
  std::string_view path;  ///< a pattern as net::router has it
  endpoint_access access = endpoint_access::secret;
  endpoint_body body = endpoint_body::none;
  endpoint_time time = endpoint_time::request;
  std::size_t body_bytes = 0;  ///< 0: `limits.body_bytes`
};

/// The paths that need no secret.
std::vector<std::string> open_paths(const std::vector<endpoint_terms>& endpoints);

/// The paths with a body limit of their own, as net::http_limits wants them.
std::vector<std::pair<std::string, std::size_t>> body_limits(
    const std::vector<endpoint_terms>& endpoints);

/// The endpoints as lines of JSON, in the order of the table.
std::string to_lines(const std::vector<endpoint_terms>& endpoints);

}  // namespace spooky::actors
