#pragma once

#include "net/http_client.hpp"
#include "net/url.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace spooky::actors {

/// One of our own processes, reached over HTTP.
struct http_peer {
  std::shared_ptr<net::http_client> client;
  net::url base;
  std::string bearer;  ///< secret sent with each request; empty: none
};

/// A call to `path` of the peer, with its bearer secret.
net::http_call call_to(const http_peer& peer, std::string method, std::string_view path,
                       std::chrono::milliseconds timeout);

/// The same with a JSON body.
net::http_call json_call(const http_peer& peer, std::string_view path, const value& body,
                         std::chrono::milliseconds timeout);

/// A 2xx answer's JSON body, or the failure that an answer stands for: the peer's own code and
/// message where it sent them, else one for the status.
result<value> read_json_answer(const result<net::http_response>& answer);

/// The failure that a non-2xx answer stands for.
error failure_of(const net::http_response& answer);

}  // namespace spooky::actors
