#pragma once

#include "net/http.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace spooky::net::detail {

/// Whether `name` may be a header name or method (RFC 9110 token).
bool is_token(std::string_view name) noexcept;
/// Whether `value` may be a header value: no control characters but tab.
bool is_field_value(std::string_view value) noexcept;
/// Whether a client's X-Request-Id is passed on: 1 to 128 visible, harmless characters.
bool is_sane_request_id(std::string_view id) noexcept;

std::string_view reason_phrase(unsigned status) noexcept;
/// "Sun, 06 Nov 1994 08:49:37 GMT" of the system clock.
std::string http_date();

/// How a response's end is told to the client.
enum class body_framing : std::uint8_t { length, chunked, until_close, none };

struct response_head {
  unsigned status = 200;
  bool http11 = true;
  bool keep_alive = true;
  body_framing framing = body_framing::length;
  std::size_t length = 0;
  std::string_view content_type;
  std::string_view request_id;
  std::string_view date;
};

/// Status line and header. Fields with a name that is no token are left out; control characters in
/// values become blanks, so that no text can smuggle in a field.
std::string format_head(const response_head& head, const http_headers& more);

/// One chunk's size line.
std::string chunk_head(std::size_t size);

/// Ids that are unique in this process and very likely elsewhere.
class request_ids {
 public:
  request_ids();
  std::string next();

 private:
  std::string prefix_;
  std::uint64_t count_ = 0;
};

}  // namespace spooky::net::detail
