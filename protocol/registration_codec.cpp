#include "protocol/registration_codec.hpp"

#include "protocol/view.hpp"
#include "surrealql/analyse/analyse.hpp"
#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/text.hpp"
#include "views/hashes/digest.hpp"
#include "views/hashes/snapshot_root.hpp"

#include <memory>
#include <utility>

namespace spooky {

namespace {

const value& first_of(const value& body, std::initializer_list<const char*> names) {
  for (const auto* name : names)
    if (const auto& found = body[name]; !found.is_nullish()) return found;
  return none_value();
}

error wrong(std::string_view field, std::string_view rule) {
  return fail(errc::invalid_argument, "field '" + std::string{field} + "' " + std::string{rule});
}

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

result<std::optional<std::uint64_t>> read_epoch(const value& epoch) {
  if (epoch.is_nullish()) return std::optional<std::uint64_t>{};
  if (epoch.type() != value_type::integer || epoch.as_integer() < 0)
    return wrong("epoch", "must be a whole number, not negative");
  return std::optional{static_cast<std::uint64_t>(epoch.as_integer())};
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

result<std::string> read_view_id(const value& id, std::string_view system_prefix) {
  const auto table = std::string{system_prefix} + "query";
  if (id.is_record()) {
    if (id.as_record().table != table) return wrong("id", "must be a record of table " + table);
    const auto& key = id.as_record().key;
    return key.is_string() ? std::string{key.as_string()} : surrealql::to_text(key);
  }
  if (!id.is_string() || id.as_string().empty()) return wrong("id", "must be a non-empty string");
  const auto text = id.as_string();
  if (!text.starts_with(table + ":")) return std::string{text};
  SPOOKY_ASSIGN(const auto parsed, surrealql::parse_record_id(text));
  return parsed.key.is_string() ? std::string{parsed.key.as_string()}
                                : surrealql::to_text(parsed.key);
}

result<view_claim> read_claim(const value& body, std::string_view system_prefix) {
  view_claim claim;
  SPOOKY_ASSIGN(claim.id, read_view_id(body["id"], system_prefix));
  SPOOKY_ASSIGN(claim.epoch, read_epoch(body["epoch"]));
  return claim;
}

result<registration_ptr> read_registration(const value& body, std::string_view system_prefix) {
  if (!body.is_object()) return fail(errc::invalid_argument, "the body must be an object");
  auto view = std::make_shared<view_registration>();
  // The older form {plan, metadata} holds the same members in two places.
  const auto& source = body["metadata"].is_object() ? body["metadata"] : body;
  SPOOKY_ASSIGN(view->id, read_view_id(source["id"], system_prefix));
  SPOOKY_TRY(read_query(
      body["plan"].is_nullish() ? first_of(source, {"surql", "surreal_ql"}) : body["plan"], "surql",
      *view));
  SPOOKY_ASSIGN(view->params, read_params(source["params"]));
  SPOOKY_TRY(read_common(source, *view));
  return registration_ptr{std::move(view)};
}

result<registration_ptr> read_query_registration(const value& body,
                                                 std::string_view system_prefix) {
  if (!body.is_object()) return fail(errc::invalid_argument, "the body must be an object");
  auto view = std::make_shared<view_registration>();
  const auto id = read_view_id(body["query_id"], system_prefix);
  if (!id.ok()) return wrong("query_id", "must be a non-empty string");
  view->id = *id;
  const auto& plan = body["view_plan"];
  SPOOKY_TRY(read_query(plan.is_object() ? first_of(plan, {"surql", "surreal_ql"}) : plan,
                        "view_plan", *view));
  if (plan.is_object()) {
    SPOOKY_ASSIGN(view->params, read_params(plan["params"]));
  }
  SPOOKY_TRY(read_common(body, *view));
  return registration_ptr{std::move(view)};
}

value to_body(const view_registration& view) {
  object body;
  body.set("id", value{view.id});
  body.set("surql", value{view.surql});
  body.set("params", value{view.params});
  body.set("clientId", value{view.client_id});
  if (view.ttl) body.set("ttl", value{*view.ttl});
  if (view.last_active_at) body.set("lastActiveAt", value{*view.last_active_at});
  body.set("format", value{view.format});
  body.set("edges", value{view.edges});
  body.set("rows", value{view.rows});
  if (view.epoch) body.set("epoch", value{static_cast<std::int64_t>(*view.epoch)});
  return value{std::move(body)};
}

double view_cost(std::size_t rows) noexcept { return 1 + static_cast<double>(rows) / 100; }

value to_answer(const view_registration& view, const views::view_snapshot& shown) {
  object answer;
  answer.set("id", value{view.id});
  answer.set("query_id", value{view.id});
  array ids;
  std::int64_t rows = 0;
  for (const auto& member : shown.members) {
    if (member.parent) continue;
    ++rows;
    ids.emplace_back(array{value{member.id}, value{static_cast<std::int64_t>(member.version)}});
  }
  if (view.rows) answer.set("rows", shown.result);
  answer.set("ids", value{std::move(ids)});
  answer.set("rowCount", value{rows});
  answer.set("cost", value{view_cost(shown.members.size())});
  answer.set("result_hash", value{views::to_hex(views::content_hash(shown.result))});
  answer.set("merkle_root", value{views::to_hex(views::merkle_root(shown))});
  answer.set("seq", value{static_cast<std::int64_t>(shown.seq)});
  answer.set("mode",
             value{shown.mode == views::maintenance::incremental ? "incremental" : "recompute"});
  if (shown.failed) answer.set("error", value{shown.failed->message});
  return value{std::move(answer)};
}

}  // namespace spooky
