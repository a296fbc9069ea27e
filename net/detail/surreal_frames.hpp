#pragma once

#include "net/surreal_client.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spooky::net::detail {

/// `{id, method, params}` in CBOR.
std::string encode_request(std::int64_t id, std::string_view method, array params);

/// A frame with an id.
struct rpc_answer {
  std::int64_t id = 0;
  result<value> outcome;
};
using rpc_frame = std::variant<rpc_answer, live_notification>;

/// Fails with corrupt if the bytes are neither an answer nor a notification; the connection is then
/// of no more use, for nobody knows whose answer it was.
result<rpc_frame> decode_frame(std::string_view bytes);

/// The result of the method `query`.
result<std::vector<statement_result>> read_statements(const value& answer);

/// Whether a failure's text says that the transaction can be retried as it is.
bool is_conflict(std::string_view message) noexcept;

}  // namespace spooky::net::detail
