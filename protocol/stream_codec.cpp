#include "protocol/stream_codec.hpp"

#include "protocol/fields.hpp"
#include "protocol/registration_codec.hpp"
#include "surrealql/codec/cbor.hpp"
#include "surrealql/codec/json.hpp"

#include <charconv>
#include <system_error>
#include <utility>

namespace spooky {

namespace {

using fields::wrong;

/// A client's messages are short: a name, a token, a place.
constexpr surrealql::codec_limits request_limits{std::size_t{64} << 10, 4};

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// A message without a place.
std::string encode(const value& message, stream_format format) {
  std::string out;
  switch (format) {
    case stream_format::cbor:
      surrealql::encode_cbor(message, out);
      return out;
    case stream_format::event:
      out = "data: ";
      surrealql::write_json(message, out);
      return out += "\n\n";
    case stream_format::json:
      break;
  }
  surrealql::write_json(message, out);
  return out;
}

std::string_view explained(stream_end why) {
  switch (why) {
    case stream_end::gone:
      return "the view has ended; register it again";
    case stream_end::moved:
      return "another SSP keeps the view now; register it again to learn which";
    case stream_end::expired:
      return "the token has expired; register the view again for another one";
    case stream_end::refused:
      return "this needs the stream_token of the view's registration, or a node's or an operator's "
             "secret";
    case stream_end::unknown:
      break;
  }
  return "the view is not registered here; register it again";
}

}  // namespace

std::string to_text(const stream_place& place) {
  return place.feed + "." + std::to_string(place.deltas) + "." + std::to_string(place.seq.raw());
}

std::optional<stream_place> read_place(std::string_view text) {
  const auto second = text.rfind('.');
  if (second == std::string_view::npos || second == 0) return std::nullopt;
  const auto first = text.rfind('.', second - 1);
  if (first == std::string_view::npos) return std::nullopt;
  const auto deltas = read_number(text.substr(first + 1, second - first - 1));
  const auto seq = read_number(text.substr(second + 1));
  if (!deltas || !seq) return std::nullopt;
  return stream_place{std::string{text.substr(0, first)}, *deltas, sequence_number{*seq}};
}

std::string_view to_text(stream_end why) {
  switch (why) {
    case stream_end::gone:
      return "gone";
    case stream_end::moved:
      return "moved";
    case stream_end::expired:
      return "expired";
    case stream_end::refused:
      return "refused";
    case stream_end::unknown:
      break;
  }
  return "unknown";
}

std::string encode(const value& message, const stream_place& at, stream_format format) {
  if (format != stream_format::event) return encode(message, format);
  return "id: " + to_text(at) + "\n" + encode(message, format);
}

std::string encode_end(const view_id& view, const stream_ending& ending, stream_format format) {
  object message{{"type", value{"end"}},
                 {"view", value{view.raw()}},
                 {"reason", value{to_text(ending.why)}},
                 {"message", value{explained(ending.why)}}};
  if (!ending.to.empty()) message.set("ssp_url", value{ending.to});
  return encode(value{std::move(message)}, format);
}

std::string encode_refusal(const view_id& view, const error& why, stream_format format) {
  object message{{"type", value{"error"}},
                 {"code", value{error_text(why.code)}},
                 {"message", value{why.message}}};
  if (!view.empty()) message.set("view", value{view.raw()});
  return encode(value{std::move(message)}, format);
}

result<stream_request::any> read_stream_request(std::string_view message, stream_format format) {
  SPOOKY_ASSIGN(const auto body, format == stream_format::cbor
                                     ? surrealql::decode_cbor(message, request_limits)
                                     : surrealql::parse_json(message, request_limits));
  const auto type = fields::text_or_empty(body["type"]);
  view_id view{fields::text_or_empty(body["view"])};
  if (view.empty()) return wrong("view", "must be the `view` of a registration's answer");
  if (type == "unsubscribe")
    return stream_request::any{stream_request::unsubscribe{std::move(view)}};
  auto token = fields::text_or_empty(body["token"]);
  if (type == "renew")
    return stream_request::any{stream_request::renew{std::move(view), std::move(token)}};
  if (type != "subscribe")
    return wrong("type", "must be \"subscribe\", \"unsubscribe\" or \"renew\"");
  stream_request::subscribe asked{std::move(view), std::move(token), false, {}};
  asked.rows = body["rows"].type() == value_type::boolean && body["rows"].as_bool();
  asked.since = read_place(fields::text_or_empty(body["since"]));
  return stream_request::any{std::move(asked)};
}

std::string encode_request(const stream_request::any& request, stream_format format) {
  object message;
  if (const auto* asked = std::get_if<stream_request::subscribe>(&request)) {
    message = {{"type", value{"subscribe"}}, {"view", value{asked->view.raw()}}};
    if (!asked->token.empty()) message.set("token", value{asked->token});
    if (asked->rows) message.set("rows", value{true});
    if (asked->since) message.set("since", value{to_text(*asked->since)});
  } else if (const auto* renewed = std::get_if<stream_request::renew>(&request)) {
    message = {{"type", value{"renew"}},
               {"view", value{renewed->view.raw()}},
               {"token", value{renewed->token}}};
  } else {
    const auto& view = std::get<stream_request::unsubscribe>(request).view;
    message = {{"type", value{"unsubscribe"}}, {"view", value{view.raw()}}};
  }
  // Events go one way: what is said to their sender is JSON.
  return encode(value{std::move(message)},
                format == stream_format::cbor ? format : stream_format::json);
}

std::optional<std::pair<view_id, stream_ending>> read_end(std::string_view message,
                                                          stream_format format) {
  constexpr std::size_t longest_end = 2'048;
  constexpr std::string_view event_head = "data: ";
  if (message.size() > longest_end) return std::nullopt;
  if (format == stream_format::event) {
    if (!message.starts_with(event_head)) return std::nullopt;
    message.remove_prefix(event_head.size());
    while (message.ends_with('\n')) message.remove_suffix(1);
  }
  const auto read = format == stream_format::cbor ? surrealql::decode_cbor(message)
                                                  : surrealql::parse_json(message);
  if (!read.ok() || (*read)["type"] != value{"end"}) return std::nullopt;
  const auto& said = *read;
  const auto reason = fields::text_or_empty(said["reason"]);
  stream_ending ending{stream_end::unknown, fields::text_or_empty(said["ssp_url"])};
  for (const auto why :
       {stream_end::gone, stream_end::moved, stream_end::expired, stream_end::refused})
    if (reason == to_text(why)) ending.why = why;
  return std::pair{view_id{fields::text_or_empty(said["view"])}, std::move(ending)};
}

result<view_release> read_release(const value& body, std::string_view system_prefix) {
  SPOOKY_ASSIGN(auto claim, read_claim(body, system_prefix));
  return view_release{std::move(claim), fields::text_or_empty(body["to"])};
}

value to_body(const view_release& release) {
  auto body = to_body(release.claim).as_object();
  if (!release.to.empty()) body.set("to", value{release.to});
  return value{std::move(body)};
}

}  // namespace spooky
