#include "actors/ports/http_call.hpp"

#include "surrealql/codec/json.hpp"

#include <utility>

namespace spooky::actors {

net::http_call call_to(const http_peer& peer, std::string method, std::string_view path,
                       std::chrono::milliseconds timeout) {
  net::http_call call;
  call.method = std::move(method);
  call.target = peer.base;
  call.target.target = path;
  call.timeout = timeout;
  if (!peer.bearer.empty()) call.headers.set("Authorization", "Bearer " + peer.bearer);
  return call;
}

net::http_call json_call(const http_peer& peer, std::string_view path, const value& body,
                         std::chrono::milliseconds timeout) {
  auto call = call_to(peer, "POST", path, timeout);
  call.body = std::make_shared<const std::string>(surrealql::to_json(body));
  return call;
}

namespace {

errc code_for(unsigned status) {
  switch (status) {
    case 401:
      return errc::unauthorized;
    case 404:
      return errc::not_found;
    case 409:
      return errc::conflict;
    case 413:
      return errc::limit_exceeded;
    case 429:
      return errc::overloaded;
    case 503:
      return errc::not_ready;
    case 504:
      return errc::timeout;
    default:
      return status >= 500 ? errc::internal : errc::invalid_argument;
  }
}

}  // namespace

error failure_of(const net::http_response& answer) {
  const auto body = surrealql::parse_json(answer.body);
  auto code = code_for(answer.status);
  std::string message = "HTTP status " + std::to_string(answer.status);
  if (body.ok() && (*body)["message"].is_string()) message = (*body)["message"].as_string();
  if (body.ok() && (*body)["code"].is_string()) {
    for (auto c = static_cast<int>(errc::invalid_argument); c <= static_cast<int>(errc::internal);
         ++c)
      if (error_text(static_cast<errc>(c)) == (*body)["code"].as_string())
        code = static_cast<errc>(c);
  }
  return fail(code, std::move(message));
}

result<value> read_json_answer(const result<net::http_response>& answer) {
  if (!answer.ok()) return answer.failure();
  if (answer->status / 100 != 2) return failure_of(*answer);
  if (answer->body.empty()) return value{object{}};
  return surrealql::parse_json(answer->body);
}

}  // namespace spooky::actors
