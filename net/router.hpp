#pragma once

#include "net/http.hpp"
#include "net/ws_session.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::net {

/// Finds the function for a request by method and path, and checks the bearer secret. Build it
/// before it serves; afterwards it is only read.
class router : public http_handler {
 public:
  using request_function = std::function<void(http_request, std::shared_ptr<responder>)>;
  using upgrade_function = std::function<void(http_request, std::shared_ptr<ws_session>)>;

  /// `pattern` is a path whose segments are literal or `{name}`, for example "/view/{id}/merkle";
  /// a literal segment wins over a named one. A GET route also serves HEAD; OPTIONS is answered
  /// with the allowed methods. Asserts on a malformed pattern or the same route twice.
  void add(std::string_view method, std::string_view pattern, request_function serve);
  void add_websocket(std::string_view pattern, upgrade_function serve);

  /// From now on every path but `open_paths` needs `Authorization: Bearer <secret>`, else 401. Also
  /// WebSocket routes, unless added to `open_paths` by their pattern because they check tokens of
  /// their own. An empty secret requires nothing.
  void require_bearer(std::string secret, std::vector<std::string> open_paths);

  /// Unknown path: 404; known path, other method: 405 with Allow.
  void handle(http_request request, std::shared_ptr<responder> answer) override;
  /// What handle() would refuse, before its body is read.
  std::optional<http_response> refuse_early(const http_request& head) override;
  void upgrade(http_request request, std::shared_ptr<ws_session> session) override;

 private:
  struct route {
    std::string pattern;
    std::vector<std::string> segments;  ///< a named one keeps its braces
    std::string method;                 ///< empty: a WebSocket route
    request_function serve;
    upgrade_function serve_upgrade;
  };
  struct match {
    const route* found = nullptr;
    std::vector<std::string> allowed;  ///< methods of the path, when the method did not fit
    http_parameters parameters;
  };
  std::optional<http_response> refusal(const http_request& request, const match& found) const;
  match find(std::string_view method, std::string_view path) const;
  bool authorized(const http_request& request, std::string_view pattern) const;
  void add_route(route r);

  std::vector<route> routes_;
  std::string secret_;
  std::vector<std::string> open_paths_;
};

/// True if `presented` is `expected`; takes a time that depends on the length of `presented` only.
bool equal_in_constant_time(std::string_view expected, std::string_view presented) noexcept;
/// The token of an `Authorization: Bearer x` header, or "".
std::string_view bearer_token(const http_headers& headers) noexcept;

}  // namespace spooky::net
