#pragma once

#include "net/bearer.hpp"
#include "net/http.hpp"
#include "net/ws_session.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spooky::net {

/// Finds the function for a request by method and path, and checks that its caller may have it
/// called. Build it before it serves; afterwards it is only read.
class router : public http_handler {
 public:
  /// `callers`: who sent it, by the secret.
  using request_function =
      std::function<void(http_request, caller_kinds callers, std::shared_ptr<responder>)>;
  using upgrade_function =
      std::function<void(http_request, caller_kinds callers, std::shared_ptr<ws_session>)>;

  /// `pattern` is a path whose segments are literal or `{name}`, for example "/view/{id}/merkle";
  /// a literal segment wins over a named one. A GET route also serves HEAD; OPTIONS is answered
  /// with the allowed methods. Asserts on a malformed pattern or the same route twice.
  ///
  /// `may_call`: the kinds of callers who may; `everybody` and `token_holders` need no secret.
  void add(std::string_view method, std::string_view pattern, caller_kinds may_call,
           request_function serve);
  void add_websocket(std::string_view pattern, caller_kinds may_call, upgrade_function serve);

  /// Who is who. Until then everybody may call everything.
  void tell_apart(bearer_check check) { check_ = std::move(check); }

  /// A caller of no kind: 401, also for unknown paths, so that nobody without a secret learns which
  /// there are. A caller of another kind than the path takes: 403.
  /// Unknown path: 404; known path, other method: 405 with Allow.
  void handle(http_request request, std::shared_ptr<responder> answer) override;
  /// What handle() would refuse, before its body is read.
  std::optional<http_response> refuse_early(const http_request& head) override;
  /// A probe of a path that is open to everybody, or anything from somebody with a secret.
  bool takes_precedence(const http_request& head) override;
  void upgrade(http_request request, std::shared_ptr<ws_session> session) override;

 private:
  struct route {
    std::string pattern;
    std::vector<std::string> segments;  ///< a named one keeps its braces
    std::string method;                 ///< empty: a WebSocket route
    caller_kinds may_call;
    request_function serve;
    upgrade_function serve_upgrade;
  };
  struct match {
    const route* found = nullptr;
    std::vector<std::string> allowed;  ///< methods of the path, when the method did not fit
    caller_kinds may_call = nobody;    ///< of the route, or of any route of the path
    http_parameters parameters;
  };
  static std::optional<http_response> refusal(const http_request& request, caller_kinds callers,
                                              const match& found);
  match find(std::string_view method, std::string_view path) const;
  void add_route(route r);

  std::vector<route> routes_;
  bearer_check check_;
};

}  // namespace spooky::net
