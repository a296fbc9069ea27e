#pragma once

#include "net/io_runtime.hpp"
#include "net/tls.hpp"
#include "net/url.hpp"
#include "net/ws_session.hpp"

#include <memory>
#include <string>

namespace spooky::net {

struct ws_client_options {
  url target;               ///< ws, wss, http or https: the latter two mean ws and wss
  std::string subprotocol;  ///< offered; a server that does not choose it is refused
  http_headers headers;     ///< added to the handshake, for example Authorization
  ws_limits limits;
  tls_client_options tls;  ///< for wss
};

/// Connects in the background. The outcome is on_open, or on_close with 1006 and the reason: no
/// such host, refused, the server's HTTP status, time limit. accept() and refuse() of the returned
/// session do nothing. Thread-safe.
std::shared_ptr<ws_session> ws_connect(io_runtime& io, ws_client_options options,
                                       ws_callbacks callbacks);

}  // namespace spooky::net
