#pragma once

#include "surrealql/codec/cbor.hpp"
#include "surrealql/codec/json.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/text.hpp"
#include "surrealql/values/value.hpp"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

/// Bodies as they arrive.
namespace spooky::test {

inline value body(std::string_view text) {
  auto parsed = surrealql::parse_value(text);
  REQUIRE_MESSAGE(parsed.ok(), std::string{text});
  return *parsed;
}

/// What is left of a body that travels as JSON.
inline value through_json(const value& sent) {
  auto received = surrealql::parse_json(surrealql::to_json(sent));
  REQUIRE(received.ok());
  return *received;
}

inline value through_cbor(const value& sent) {
  std::string bytes;
  surrealql::encode_cbor(sent, bytes);
  auto received = surrealql::decode_cbor(std::string_view{bytes});
  REQUIRE(received.ok());
  return *received;
}

/// Whether it is refused as the sender's mistake in that field.
template <class T>
bool refuses(const result<T>& read, std::string_view field) {
  return !read.ok() && read.failure().code == errc::invalid_argument &&
         read.failure().message.find("'" + std::string{field} + "'") != std::string::npos;
}

}  // namespace spooky::test
