#pragma once

#include "protocol/stream.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace spooky {

/// A message in that form; as an event it carries the place, which browsers give back as
/// Last-Event-ID.
std::string encode(const value& message, const stream_place& at, stream_format format);

/// The last message of a view's stream: `{type: "end", view, reason, message, ssp_url?}`.
std::string encode_end(const view_id& view, const stream_ending& ending, stream_format format);
/// What a client is told whose message is refused: `{type: "error", code, message, view?}`.
std::string encode_refusal(const view_id& view, const error& why, stream_format format);

/// Reads a client's message, JSON or CBOR by the form of the stream: `{type: "subscribe", view,
/// token?, since?, rows?}`, `{type: "unsubscribe", view}`, `{type: "renew", view, token}`. Fails
/// with invalid_argument naming the field, or with parse_error.
result<stream_request::any> read_stream_request(std::string_view message, stream_format format);
/// The same, written.
std::string encode_request(const stream_request::any& request, stream_format format);

/// What encode_end() has written; nothing for any other message. Short ones only are looked into.
std::optional<std::pair<view_id, stream_ending>> read_end(std::string_view message,
                                                          stream_format format);

/// `/view/release`: `{view, epoch?, to?}`.
result<view_release> read_release(const value& body, std::string_view system_prefix);
value to_body(const view_release& release);

}  // namespace spooky
