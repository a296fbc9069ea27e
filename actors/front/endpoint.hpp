#pragma once

#include "net/bearer.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spooky::actors {

/// Who is told apart by a secret, as bits of net::caller_kinds. Without any secret in the settings
/// everybody is all of them.
namespace caller {
inline constexpr net::caller_kinds node = 1;       ///< a scheduler or SSP
inline constexpr net::caller_kinds operators = 2;  ///< people and their tools
inline constexpr net::caller_kinds database = 4;   ///< the database's functions and events
}  // namespace caller

/// Who may call an endpoint.
enum class endpoint_access : std::uint8_t {
  open,              ///< everybody: probes
  figures,           ///< everybody, or operators where `metrics_need_secret` says so
  node,              ///< our own processes
  operators,         ///< people and their tools
  node_or_operator,  ///< either
  node_or_database,  ///< our own processes, and what the database's functions and events post
  page,              ///< operators, and everybody where `demo_page` says so
  token,             ///< who has a token for what it asks; nodes and operators without one
};

/// The kinds of callers that are let in. Whether a token is good, its endpoint looks.
net::caller_kinds callers_of(endpoint_access access, bool figures_are_open,
                             bool page_is_open = false);

/// The secrets of each kind; the first of a kind is the one that is sent. All empty: nobody is
/// told apart.
struct front_secrets {
  std::vector<std::string> node;
  std::vector<std::string> operators;
  std::vector<std::string> database;
};
net::bearer_check check_of(const front_secrets& secrets);

/// The body an endpoint takes. What cannot be read is answered on the connection's thread.
enum class endpoint_body : std::uint8_t {
  none,
  value,           ///< one value, JSON or CBOR; nothing at all is `{}`
  registration,    ///< one that says who asks, unless one of our own processes sent it
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
  endpoint_access access = endpoint_access::node;
  endpoint_body body = endpoint_body::none;
  endpoint_time time = endpoint_time::request;
  std::size_t body_bytes = 0;  ///< 0: `limits.body_bytes`
};

/// The paths with a body limit of their own, as net::http_limits wants them.
std::vector<std::pair<std::string, std::size_t>> body_limits(
    const std::vector<endpoint_terms>& endpoints);

/// The endpoints as lines of JSON, in the order of the table.
std::string to_lines(const std::vector<endpoint_terms>& endpoints);

}  // namespace spooky::actors
