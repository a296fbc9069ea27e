#include "net/router.hpp"

#include "net/url.hpp"

#include <algorithm>
#include <cassert>

namespace spooky::net {
namespace {

/// "/a/b" -> {"a", "b"}; "/" -> {""}.
std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> out;
  if (path.starts_with('/')) path.remove_prefix(1);
  for (;;) {
    auto slash = path.find('/');
    out.push_back(path.substr(0, slash));
    if (slash == path.npos) return out;
    path.remove_prefix(slash + 1);
  }
}

bool is_named(std::string_view segment) noexcept {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::string_view name_of(std::string_view segment) noexcept {
  return segment.substr(1, segment.size() - 2);
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path) {
  if (pattern.size() != path.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i)
    if (is_named(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
  return true;
}

/// Literal segments win, the leftmost difference decides.
bool more_literal(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (is_named(a[i]) != is_named(b[i])) return is_named(b[i]);
  return false;
}

http_response unauthorized() {
  auto out = json_error(401, error_text(errc::unauthorized),
                        "this path needs the header Authorization: Bearer <secret>");
  out.headers.set("WWW-Authenticate", "Bearer");
  return out;
}

http_response forbidden(std::string_view path) {
  return forbidden_response("the secret that was sent is known, but not one for " +
                            std::string(path));
}

/// What a caller of these kinds is told first.
std::optional<http_response> stranger(caller_kinds callers, caller_kinds may_call,
                                      std::string_view path) {
  if ((may_call & token_holders) != 0 || (callers & may_call) != 0) return {};
  if (callers == nobody) return unauthorized();
  return forbidden(path);
}

http_response unknown_path(std::string_view path) {
  return json_error(404, error_text(errc::not_found), "there is nothing at " + std::string(path));
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (auto& w : words) out += (out.empty() ? "" : ", ") + w;
  return out;
}

}  // namespace

void router::add(std::string_view method, std::string_view pattern, caller_kinds may_call,
                 request_function serve) {
  assert(!method.empty() && "a route needs a method");
  add_route({std::string(pattern), {}, std::string(method), may_call, std::move(serve), {}});
}

void router::add_websocket(std::string_view pattern, caller_kinds may_call,
                           upgrade_function serve) {
  add_route({std::string(pattern), {}, {}, may_call, {}, std::move(serve)});
}

void router::add_route(route r) {
  assert(r.pattern.starts_with('/') && "a pattern starts with '/'");
  for (auto segment : split_path(r.pattern)) r.segments.emplace_back(segment);
  assert(std::none_of(routes_.begin(), routes_.end(),
                      [&](auto& o) { return o.pattern == r.pattern && o.method == r.method; }) &&
         "a route is added once");
  routes_.push_back(std::move(r));
}

router::match router::find(std::string_view method, std::string_view path) const {
  match out;
  if (!path.starts_with('/')) return out;
  auto segments = split_path(path);
  const route* same_path = nullptr;
  for (auto& r : routes_) {
    // A WebSocket route does not make a path known to ordinary requests, nor the other way round.
    if (r.method.empty() != method.empty() || !fits(r.segments, segments)) continue;
    if (!same_path || more_literal(r.segments, same_path->segments)) same_path = &r;
  }
  if (!same_path) return out;
  for (auto& r : routes_) {
    if (r.method.empty() != method.empty() || r.segments != same_path->segments) continue;
    out.allowed.push_back(r.method);
    out.may_call |= r.may_call;
    if (r.method == "GET") out.allowed.push_back("HEAD");
    if (r.method == method || (method == "HEAD" && r.method == "GET")) out.found = &r;
  }
  if (out.found) out.may_call = out.found->may_call;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (!is_named(same_path->segments[i])) continue;
    // A broken escape is kept as it is: no resource has such a name, its handler says 404.
    out.parameters.emplace_back(name_of(same_path->segments[i]),
                                percent_decode(segments[i]).value_or(std::string(segments[i])));
  }
  return out;
}

std::optional<http_response> router::refusal(const http_request& request, caller_kinds callers,
                                             const match& found) {
  if (found.allowed.empty()) return callers == nobody ? unauthorized() : unknown_path(request.path);
  if (auto refused = stranger(callers, found.may_call, request.path)) return refused;
  if (found.found) return {};
  auto allowed = joined(found.allowed) + ", OPTIONS";
  auto response = request.method == "OPTIONS"
                      ? http_response{204, "", {}, ""}
                      : json_error(405, "METHOD_NOT_ALLOWED",
                                   request.path + " allows " + allowed + ", not " + request.method);
  response.headers.set("Allow", allowed);
  return response;
}

std::optional<http_response> router::refuse_early(const http_request& head) {
  return refusal(head, check_.kinds_of(head.headers), find(head.method, head.path));
}

bool router::takes_precedence(const http_request& head) {
  const auto callers = check_.kinds_of(head.headers);
  if (callers != nobody && callers != everybody) return true;
  const auto* found = find(head.method, head.path).found;
  const bool probe = head.method == "GET" || head.method == "HEAD";
  return probe && found != nullptr && found->may_call == everybody;
}

void router::handle(http_request request, std::shared_ptr<responder> answer) {
  const auto callers = check_.kinds_of(request.headers);
  auto found = find(request.method, request.path);
  if (auto refused = refusal(request, callers, found)) return answer->send(std::move(*refused));
  request.path_parameters = std::move(found.parameters);
  found.found->serve(std::move(request), callers, std::move(answer));
}

void router::upgrade(http_request request, std::shared_ptr<ws_session> session) {
  const auto callers = check_.kinds_of(request.headers);
  auto found = find({}, request.path);
  if (auto refused = refusal(request, callers, found)) return session->refuse(std::move(*refused));
  request.path_parameters = std::move(found.parameters);
  found.found->serve_upgrade(std::move(request), callers, std::move(session));
}

}  // namespace spooky::net
