#include "protocol/registration_codec.hpp"

#include "protocol/fields.hpp"
#include "protocol/view.hpp"
#include "surrealql/analyse/analyse.hpp"
#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/text.hpp"

#include <memory>
#include <utility>

namespace spooky {

namespace {

const value& first_of(const value& body, std::initializer_list<const char*> names) {
  for (const auto* name : names)
    if (const auto& found = body[name]; !found.is_nullish()) return found;
  return none_value();
}

using fields::wrong;

/// Text that holds a SurrealQL object: older clients send their parameters so.
result<object> read_object_text(std::string_view text) {
  SPOOKY_ASSIGN(const auto parsed, surrealql::parse_expression(text));
  surrealql::budget spent{surrealql::constant_limits()};
  surrealql::eval_context context;
  context.spent = &spent;
  SPOOKY_ASSIGN(const auto evaluated, surrealql::evaluate(*parsed, context));
  if (!evaluated.is_object()) return wrong("params", "is text, but not of a SurrealQL object");
  return evaluated.as_object();
}

result<object> read_params(const value& params) {
  if (params.is_nullish()) return object{};
  if (params.is_object()) return params.as_object();
  if (!params.is_string())
    return wrong("params", "must be an object, or text holding a SurrealQL object");
  return read_object_text(params.as_string());
}

result<std::string> read_text(const value& v, std::string_view field) {
  if (v.is_nullish()) return std::string{};
  if (v.is_string()) return std::string{v.as_string()};
  if (v.is_record()) return surrealql::to_text(v.as_record());
  return wrong(field, "must be a string");
}

result<std::optional<duration>> read_ttl(const value& v) {
  if (v.is_nullish()) return std::optional<duration>{};
  if (v.type() == value_type::duration) return std::optional{v.as_duration()};
  if (v.is_string()) {
    if (auto parsed = surrealql::parse_duration(v.as_string()); parsed.ok())
      return std::optional{*parsed};
  }
  return wrong("ttl", "must be a duration such as \"30m\"");
}

result<std::optional<datetime>> read_time(const value& v) {
  if (v.is_nullish()) return std::optional<datetime>{};
  if (v.type() == value_type::datetime) return std::optional{v.as_datetime()};
  if (v.is_string()) {
    if (auto parsed = surrealql::parse_datetime(v.as_string()); parsed.ok())
      return std::optional{*parsed};
  }
  return wrong("lastActiveAt", "must be a datetime such as \"2026-01-01T00:00:00Z\"");
}

result<std::optional<placement_epoch>> read_epoch(const value& epoch) {
  if (epoch.is_nullish()) return std::optional<placement_epoch>{};
  if (epoch.type() != value_type::integer || epoch.as_integer() < 0)
    return wrong("epoch", "must be a whole number, not negative");
  return std::optional{placement_epoch{static_cast<std::uint64_t>(epoch.as_integer())}};
}

result<void> read_common(const value& body, view_registration& view) {
  SPOOKY_ASSIGN(view.client_id, read_text(first_of(body, {"clientId", "client_id"}), "clientId"));
  SPOOKY_ASSIGN(view.ttl, read_ttl(body["ttl"]));
  SPOOKY_ASSIGN(view.last_active_at, read_time(first_of(body, {"lastActiveAt", "last_active_at"})));
  SPOOKY_ASSIGN(view.format, read_text(body["format"], "format"));
  const auto& edges = body["edges"];
  if (!edges.is_nullish() && edges.type() != value_type::boolean)
    return wrong("edges", "must be true or false");
  view.edges = edges.is_nullish() || edges.as_bool();
  view.rows = body["rows"].type() != value_type::boolean || body["rows"].as_bool();
  if (!body["wait"].is_nullish() && body["wait"].type() != value_type::boolean)
    return wrong("wait", "must be true or false");
  view.wait = body["wait"] != value{false};
  SPOOKY_ASSIGN(view.epoch, read_epoch(body["epoch"]));
  return {};
}

result<void> read_query(const value& surql, std::string_view field, view_registration& view) {
  if (!surql.is_string() || surql.as_string().empty())
    return wrong(field, "must be a string with a SELECT statement");
  view.surql = surql.as_string();
  return {};
}

}  // namespace

result<query_key> read_query_key(const value& id, std::string_view system_prefix) {
  const auto table = std::string{system_prefix} + "query";
  record_id named;
  if (id.is_record()) {
    named = id.as_record();
  } else if (!id.is_string() || id.as_string().empty()) {
    return wrong("id", "must be a non-empty string");
  } else if (!id.as_string().starts_with(table + ":")) {
    return query_key{std::string{id.as_string()}};
  } else {
    SPOOKY_ASSIGN(named, surrealql::parse_record_id(id.as_string()));
  }
  if (named.table != table) return wrong("id", "must be a record of table " + table);
  // A range, a list or an object is no one view's name in the places where names are text.
  if (named.key.type() == value_type::range || named.key.is_nullish())
    return wrong("id", "must be one whole record id");
  auto key =
      named.key.is_string() ? std::string{named.key.as_string()} : surrealql::to_text(named.key);
  if (key.empty()) return wrong("id", "must be one whole record id");
  return query_key{std::move(key)};
}

result<view_id> read_view_id(const value& id, std::string_view system_prefix) {
  SPOOKY_ASSIGN(auto key, read_query_key(id, system_prefix));
  return view_id{std::move(key).raw()};
}

namespace {

/// `{system, auth?, access?, token?, session?}`: an object from peers, SurrealQL text of one from
/// the generated function.
result<surrealql::caller> read_caller(const value& given) {
  value said = given;
  if (given.is_string()) {
    SPOOKY_ASSIGN(said, surrealql::parse_value(given.as_string()));
  }
  if (!said.is_object() || said["system"].type() != value_type::boolean)
    return wrong("auth", "must be an object with `system`, or text holding one");
  surrealql::caller who;
  who.system = said["system"].as_bool();
  if (who.system) return who;
  for (const char* name : {"auth", "access", "token", "session"})
    if (const value& part = said[name]; !part.is_nullish()) who.session.set(name, part);
  return who;
}

value of_caller(const surrealql::caller& who) {
  object said = who.session;
  said.set("system", value{who.system});
  return value{std::move(said)};
}

/// Who asks, and with that which view it is: said by the database, or by a peer.
result<void> read_identity(const value& body, view_registration& view) {
  if (!body["auth"].is_nullish()) {
    SPOOKY_ASSIGN(view.caller, read_caller(body["auth"]));
  }
  if (query_of(view_id{view.query.raw()}) != view.query)
    return wrong("id", "must not end like the id of a view, in ~ and 32 hexadecimal digits");
  if (!view.caller.system && !owner_of(view) && !view.ttl) view.ttl = guest_ttl;
  view.id = view_id_of(view);
  return {};
}

}  // namespace

result<view_claim> read_claim(const value& body, std::string_view system_prefix) {
  view_claim claim;
  if (body["view"].is_string() && !body["view"].as_string().empty()) {
    claim.id = view_id{std::string{body["view"].as_string()}};
  } else {
    SPOOKY_ASSIGN(auto query, read_query_key(body["id"], system_prefix));
    claim.id = view_id{std::move(query).raw()};
    claim.whole_query = true;
  }
  SPOOKY_ASSIGN(claim.epoch, read_epoch(body["epoch"]));
  claim.unless_wanted = body["unless_wanted"] == value{true};
  return claim;
}

value to_body(const view_claim& claim) {
  object body{{claim.whole_query ? "id" : "view", value{claim.id.raw()}}};
  if (claim.epoch) body.set("epoch", fields::of_number(*claim.epoch));
  if (claim.unless_wanted) body.set("unless_wanted", value{true});
  return value{std::move(body)};
}

result<registration_ptr> read_registration(const value& body, std::string_view system_prefix) {
  if (!body.is_object()) return fail(errc::invalid_argument, "the body must be an object");
  auto view = std::make_shared<view_registration>();
  // The older form {plan, metadata} holds the same members in two places.
  const auto& source = body["metadata"].is_object() ? body["metadata"] : body;
  if (&source != &body && !body["auth"].is_nullish())
    return wrong("metadata",
                 "is not taken beside auth: what a caller made himself is not his word");
  SPOOKY_ASSIGN(view->query, read_query_key(source["id"], system_prefix));
  SPOOKY_TRY(read_query(
      body["plan"].is_nullish() ? first_of(source, {"surql", "surreal_ql"}) : body["plan"], "surql",
      *view));
  SPOOKY_ASSIGN(view->params, read_params(source["params"]));
  SPOOKY_TRY(read_common(source, *view));
  SPOOKY_TRY(read_identity(body, *view));
  return registration_ptr{std::move(view)};
}

result<registration_ptr> read_query_registration(const value& body,
                                                 std::string_view system_prefix) {
  if (!body.is_object()) return fail(errc::invalid_argument, "the body must be an object");
  auto view = std::make_shared<view_registration>();
  const auto query = read_query_key(body["query_id"], system_prefix);
  if (!query.ok()) return wrong("query_id", "must be a non-empty string");
  view->query = *query;
  const auto& plan = body["view_plan"];
  SPOOKY_TRY(read_query(plan.is_object() ? first_of(plan, {"surql", "surreal_ql"}) : plan,
                        "view_plan", *view));
  if (plan.is_object()) {
    SPOOKY_ASSIGN(view->params, read_params(plan["params"]));
  }
  SPOOKY_TRY(read_common(body, *view));
  SPOOKY_TRY(read_identity(body, *view));
  return registration_ptr{std::move(view)};
}

object query_fields(const view_registration& view) {
  object stored{{"surql", value{view.surql}},
                {"params", value{view.params}},
                {"clientId", value{view.client_id}}};
  if (view.ttl) stored.set("ttl", value{*view.ttl});
  if (view.last_active_at) stored.set("lastActiveAt", value{*view.last_active_at});
  if (!view.caller.system) stored.set("auth", of_caller(view.caller));
  return stored;
}

bool take_query_fields(const value& stored, view_registration& view) {
  if (!stored["surql"].is_string()) return false;
  view.surql = stored["surql"].as_string();
  if (stored["params"].is_object()) view.params = stored["params"].as_object();
  view.client_id = fields::text_or_empty(stored["clientId"]);
  if (stored["ttl"].type() == value_type::duration) view.ttl = stored["ttl"].as_duration();
  if (stored["lastActiveAt"].type() == value_type::datetime)
    view.last_active_at = stored["lastActiveAt"].as_datetime();
  if (stored["auth"].is_nullish()) return true;
  auto who = read_caller(stored["auth"]);
  if (!who.ok()) return false;
  view.caller = std::move(*who);
  return true;
}

value to_body(const view_registration& view) {
  auto body = query_fields(view);
  body.set("id", value{view.query.raw()});
  body.set("format", value{view.format});
  body.set("edges", value{view.edges});
  body.set("rows", value{view.rows});
  body.set("wait", value{view.wait});
  if (view.epoch) body.set("epoch", fields::of_number(*view.epoch));
  return value{std::move(body)};
}

value to_body(const view_answer& answer) {
  object body{{"id", value{answer.query.raw()}},
              {"query_id", value{answer.query.raw()}},
              {"view", value{answer.view.raw()}}};
  array ids;
  for (const auto& [id, version] : answer.members)
    ids.emplace_back(array{value{id}, fields::of_count(version)});
  if (answer.rows) body.set("rows", *answer.rows);
  body.set("ids", value{std::move(ids)});
  body.set("rowCount", fields::of_count(answer.row_count));
  body.set("cost", value{answer.cost});
  body.set("result_hash", value{answer.result_hash});
  body.set("merkle_root", value{answer.merkle_root});
  body.set("seq", fields::of_number(answer.seq));
  body.set("mode", value{answer.mode});
  if (!answer.reason.empty()) body.set("reason", value{answer.reason});
  if (!answer.failure.empty()) body.set("error", value{answer.failure});
  return value{std::move(body)};
}

double answered_cost(const value& answer) {
  const auto& cost = answer["cost"];
  if (cost.type() == value_type::floating) return cost.as_floating();
  return cost.type() == value_type::integer ? static_cast<double>(cost.as_integer()) : 1.0;
}

}  // namespace spooky
