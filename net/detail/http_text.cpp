#include "net/detail/http_text.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <random>

#include <boost/beast/http/status.hpp>

namespace spooky::net::detail {
namespace {

bool is_control(char c) noexcept {
  auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

bool is_alnum(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

void add_number(std::string& out, std::uint64_t n, int base) {
  char digits[24];
  auto end = std::to_chars(digits, digits + sizeof digits, n, base).ptr;
  out.append(digits, end);
}

void add_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  for (char c : value) out += is_control(c) ? ' ' : c;
  out += "\r\n";
}

}  // namespace

bool is_token(std::string_view name) noexcept {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return is_alnum(c) || others.find(c) != others.npos;
  });
}

bool is_field_value(std::string_view value) noexcept {
  return std::none_of(value.begin(), value.end(), is_control);
}

bool is_sane_request_id(std::string_view id) noexcept {
  constexpr std::string_view others = "-_.:/+=@";
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [&](char c) {
    return is_alnum(c) || others.find(c) != others.npos;
  });
}

std::string_view reason_phrase(unsigned status) noexcept {
  auto text = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {text.data(), text.size()};
}

std::string http_date() {
  std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[40];
  auto length = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text, length};
}

std::string format_head(const response_head& head, const http_headers& more) {
  std::string out;
  out.reserve(256);
  out += head.http11 ? "HTTP/1.1 " : "HTTP/1.0 ";
  add_number(out, head.status, 10);
  out += ' ';
  out += reason_phrase(head.status);
  out += "\r\n";
  if (!head.content_type.empty()) add_field(out, "Content-Type", head.content_type);
  if (head.framing == body_framing::length) {
    out += "Content-Length: ";
    add_number(out, head.length, 10);
    out += "\r\n";
  } else if (head.framing == body_framing::chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  }
  if (!head.keep_alive)
    out += "Connection: close\r\n";
  else if (!head.http11)
    out += "Connection: keep-alive\r\n";
  if (!head.date.empty()) add_field(out, "Date", head.date);
  add_field(out, "X-Request-Id", head.request_id);
  for (auto& field : more)
    if (is_token(field.name)) add_field(out, field.name, field.value);
  out += "\r\n";
  return out;
}

std::string chunk_head(std::size_t size) {
  std::string out;
  add_number(out, size, 16);
  out += "\r\n";
  return out;
}

request_ids::request_ids() {
  std::random_device random;
  std::uint64_t bits = (std::uint64_t{random()} << 32) | random();
  add_number(prefix_, bits, 16);
  prefix_ += '-';
}

std::string request_ids::next() {
  auto out = prefix_;
  add_number(out, ++count_, 16);
  return out;
}

}  // namespace spooky::net::detail
