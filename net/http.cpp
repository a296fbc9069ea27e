#include "net/http.hpp"

#include "net/ws_session.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace spooky::net {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

const std::string* find_parameter(const http_parameters& all, std::string_view name) noexcept {
  auto it = std::find_if(all.begin(), all.end(), [&](auto& p) { return p.first == name; });
  return it == all.end() ? nullptr : &it->second;
}

/// JSON text of a string; bytes that are not UTF-8 become U+FFFD.
std::string quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

const std::string* http_headers::find(std::string_view name) const noexcept {
  auto it = std::find_if(fields_.begin(), fields_.end(),
                         [&](const http_header& f) { return same_name(f.name, name); });
  return it == fields_.end() ? nullptr : &it->value;
}

std::string_view http_headers::get(std::string_view name) const noexcept {
  auto* found = find(name);
  return found ? std::string_view(*found) : std::string_view();
}

void http_headers::set(std::string_view name, std::string value) {
  erase(name);
  add(std::string(name), std::move(value));
}

void http_headers::add(std::string name, std::string value) {
  fields_.push_back({std::move(name), std::move(value)});
}

void http_headers::erase(std::string_view name) {
  std::erase_if(fields_, [&](const http_header& f) { return same_name(f.name, name); });
}

const std::string* http_request::query_parameter(std::string_view name) const noexcept {
  return find_parameter(query, name);
}

std::string_view http_request::path_parameter(std::string_view name) const noexcept {
  auto* found = find_parameter(path_parameters, name);
  return found ? std::string_view(*found) : std::string_view();
}

http_response json_error(unsigned status, std::string_view code, std::string_view message) {
  http_response out;
  out.status = status;
  out.body = "{\"code\":" + quoted(code) + ",\"message\":" + quoted(message) + "}";
  return out;
}

http_response error_response(const error& failure) {
  auto out = json_error(http_status(failure.code), error_text(failure.code), failure.message);
  if (failure.code == errc::overloaded || failure.code == errc::not_ready)
    out.headers.set("Retry-After", "1");
  return out;
}

unsigned http_status(errc code) noexcept {
  switch (code) {
    case errc::none:
      return 200;
    case errc::invalid_argument:
    case errc::parse_error:
    case errc::unsupported:
    case errc::evaluation_error:
      return 400;
    case errc::unauthorized:
      return 401;
    case errc::not_found:
      return 404;
    case errc::already_exists:
    case errc::conflict:
      return 409;
    case errc::limit_exceeded:
      return 413;
    case errc::not_ready:
    case errc::overloaded:
    case errc::unavailable:
      return 503;
    case errc::timeout:
      return 504;
    case errc::io_error:
    case errc::corrupt:
    case errc::internal:
      return 500;
  }
  return 500;
}

std::optional<http_response> http_handler::refuse_early(const http_request&) { return {}; }

bool http_handler::takes_precedence(const http_request&) { return false; }

void http_handler::upgrade(http_request request, std::shared_ptr<ws_session> session) {
  session->refuse(
      json_error(404, error_text(errc::not_found), "there is no WebSocket at " + request.path));
}

}  // namespace spooky::net
