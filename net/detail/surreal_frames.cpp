#include "net/detail/surreal_frames.hpp"

#include "surrealql/codec/cbor.hpp"

#include <utility>

namespace spooky::net::detail {
namespace {

// JSON-RPC codes of SurrealDB 3.0.
constexpr std::int64_t code_parse = -32700;
constexpr std::int64_t code_method = -32601;
constexpr std::int64_t code_params = -32603;
constexpr std::int64_t code_not_allowed = -32002;

std::string text_of(const value& v) {
  return v.is_string() ? std::string(v.as_string()) : std::string();
}

error read_error(const value& v) {
  auto code = v["code"].type() == value_type::integer ? v["code"].as_integer() : 0;
  auto kind = text_of(v["kind"]);
  auto message = text_of(v["message"]);
  if (message.empty()) message = "SurrealDB reports an error without a message";
  auto as = errc::internal;
  if (code == code_not_allowed || kind == "NotAllowed")
    as = errc::unauthorized;
  else if (is_conflict(message))
    as = errc::conflict;
  else if (code == code_method || code == code_parse)
    as = errc::unsupported;  // of a parse: it cannot encode the answer, or not decode our frame
  else if (code == code_params)
    as = errc::invalid_argument;
  else if (kind == "Validation")
    as = errc::parse_error;
  else if (kind == "NotFound")
    as = errc::not_found;
  else if (kind == "AlreadyExists")
    as = errc::already_exists;
  return fail(as, std::move(message));
}

result<live_notification> read_notification(const value& v) {
  live_notification out;
  if (v["id"].type() != value_type::uuid)
    return fail(errc::corrupt, "SurrealDB sent a notification without the LIVE query's id");
  out.live_id = v["id"].as_uuid();
  auto action = text_of(v["action"]);
  if (action == "CREATE")
    out.action = live_action::create;
  else if (action == "UPDATE")
    out.action = live_action::update;
  else if (action == "DELETE")
    out.action = live_action::erase;
  else if (action == "KILLED")
    out.action = live_action::killed;
  else
    return fail(errc::corrupt, "SurrealDB sent a notification with the action \"" + action + "\"");
  out.record = v["record"];
  out.result = v["result"];
  return out;
}

}  // namespace

std::string encode_request(std::int64_t id, std::string_view method, array params) {
  object request;
  request.set("id", value::integer(id));
  request.set("method", value(method));
  request.set("params", value(std::move(params)));
  std::string out;
  surrealql::encode_cbor(value(std::move(request)), out);
  return out;
}

result<rpc_frame> decode_frame(std::string_view bytes) {
  auto decoded = surrealql::decode_cbor(bytes);
  if (!decoded.ok())
    return fail(errc::corrupt,
                "SurrealDB sent a frame that cannot be read: " + decoded.failure().message);
  if (!decoded->is_object()) return fail(errc::corrupt, "SurrealDB sent a frame that is not a map");
  auto& frame = decoded->as_object();
  auto* id = frame.find("id");
  auto* failure = frame.find("error");
  auto* outcome = frame.find("result");
  if (!id || id->is_nullish()) {
    if (failure && !failure->is_nullish())
      return fail(errc::corrupt,
                  "SurrealDB could not read a request: " + read_error(*failure).message);
    if (!outcome) return fail(errc::corrupt, "SurrealDB sent a frame without id and result");
    SPOOKY_ASSIGN(auto notification, read_notification(*outcome));
    return rpc_frame(std::move(notification));
  }
  if (id->type() != value_type::integer)
    return fail(errc::corrupt, "SurrealDB answered with an id that is not a number");
  if (failure && !failure->is_nullish())
    return rpc_frame(rpc_answer{id->as_integer(), read_error(*failure)});
  return rpc_frame(rpc_answer{id->as_integer(), outcome ? *outcome : value::none()});
}

result<std::vector<statement_result>> read_statements(const value& answer) {
  if (!answer.is_array())
    return fail(errc::corrupt, "SurrealDB answered a query with something that is no list");
  std::vector<statement_result> out;
  out.reserve(answer.as_array().size());
  for (auto& entry : answer.as_array()) {
    auto status = text_of(entry["status"]);
    if (status == "OK") {
      out.push_back({entry["result"], {}});
    } else if (status == "ERR") {
      statement_error failure;
      failure.kind = text_of(entry["kind"]);
      failure.message = text_of(entry["result"]);
      failure.conflict = is_conflict(failure.message);
      out.push_back({value::none(), std::move(failure)});
    } else {
      return fail(errc::corrupt,
                  "SurrealDB answered a statement with the status \"" + status + "\"");
    }
  }
  return out;
}

bool is_conflict(std::string_view message) noexcept {
  while (message.ends_with('.') || message.ends_with(' ')) message.remove_suffix(1);
  return message.ends_with("This transaction can be retried");
}

}  // namespace spooky::net::detail
