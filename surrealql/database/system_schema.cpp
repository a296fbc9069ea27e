#include "surrealql/database/system_schema.hpp"

#include <utility>

namespace spooky::surrealql {
namespace {

/// Names between @ signs stand for what the options say; see expand().
constexpr std::string_view system_template = R"surql(
-- One record per registered query. The SSP that owns the view writes it, in the transaction that writes the
-- edges it describes. Clients read it, and refresh lastActiveAt. (Deleting a record, SurrealDB asks its table's
-- permission for each edge that goes with it as well. And it hides the id of a record written earlier in the same
-- transaction: who could write it owns it.)
DEFINE TABLE OVERWRITE @query@ TYPE NORMAL SCHEMALESS PERMISSIONS
  FOR select, update WHERE id = NONE OR @owns_query@
  FOR delete WHERE id = NONE OR record::tb(id) != "@query@" OR @owns_query@ AND count(<-@owner@) = 1
  FOR create NONE;
DEFINE FIELD OVERWRITE surql ON @query@ TYPE option<string> @read_only@;
DEFINE FIELD OVERWRITE params ON @query@ TYPE option<object> @read_only@;
DEFINE FIELD OVERWRITE clientId ON @query@ TYPE option<string> @read_only@;
DEFINE FIELD OVERWRITE lastActiveAt ON @query@ TYPE option<datetime>;
DEFINE FIELD OVERWRITE ttl ON @query@ TYPE option<duration> @read_only@;
DEFINE FIELD OVERWRITE ssp ON @query@ TYPE option<string> @read_only@;
DEFINE FIELD OVERWRITE epoch ON @query@ TYPE option<int> @read_only@;
DEFINE FIELD OVERWRITE writes ON @query@ TYPE option<int> @read_only@;
DEFINE FIELD OVERWRITE state ON @query@ TYPE option<string> @read_only@;
DEFINE FIELD OVERWRITE error ON @query@ TYPE option<string> @read_only@;
DEFINE FIELD OVERWRITE rowCount ON @query@ TYPE option<int> @read_only@;
DEFINE FIELD OVERWRITE merkle_root ON @query@ TYPE option<string> @read_only@;
DEFINE FIELD OVERWRITE seq ON @query@ TYPE option<int> @read_only@;

-- Who registered which query: user -> query. Deleting either end deletes the row.
DEFINE TABLE OVERWRITE @owner@ TYPE RELATION OUT @query@ SCHEMALESS PERMISSIONS
  FOR select, create, delete WHERE $auth.id != NONE AND in = $auth.id
  FOR update NONE;

-- A view's membership: query -> record, or for related rows the parent's edge and the alias as well.
DEFINE TABLE OVERWRITE @list_ref@ TYPE RELATION IN @query@ SCHEMALESS PERMISSIONS
  FOR select WHERE @owns_edge@
  FOR create, update, delete NONE;
DEFINE FIELD OVERWRITE version ON @list_ref@ TYPE int;
DEFINE FIELD OVERWRITE clientId ON @list_ref@ TYPE option<string>;
DEFINE FIELD OVERWRITE parent ON @list_ref@ TYPE option<record<@list_ref@>>;
DEFINE FIELD OVERWRITE parent_rel ON @list_ref@ TYPE option<string>;
DEFINE INDEX IF NOT EXISTS @list_ref@_in ON @list_ref@ FIELDS in;

-- How often each captured record was written (webhook capture only).
DEFINE TABLE OVERWRITE @version@ TYPE NORMAL SCHEMALESS PERMISSIONS NONE;
DEFINE FIELD OVERWRITE record_id ON @version@ TYPE record;
DEFINE FIELD OVERWRITE version ON @version@ TYPE int;

-- Which SSP runs which job of the application's outbox tables, and the how manieth attempt that is. A row goes when
-- its attempt ends. Whoever takes a job over raises `attempt`: what the former holder then writes is refused.
DEFINE TABLE OVERWRITE @job@ TYPE NORMAL SCHEMALESS PERMISSIONS NONE;
DEFINE FIELD OVERWRITE job ON @job@ TYPE record;
DEFINE FIELD OVERWRITE ssp ON @job@ TYPE string;
DEFINE FIELD OVERWRITE attempt ON @job@ TYPE int;
DEFINE FIELD OVERWRITE since ON @job@ TYPE datetime;

-- The record of a query, from a record id, its text, or the key alone.
DEFINE FUNCTION OVERWRITE fn::query::record($id: any) {
  LET $text = <string>$id;
  RETURN IF string::starts_with($text, "@query@:") { type::record($text) } ELSE { type::record("@query@", $text) };
} PERMISSIONS FULL;

-- Registers {id, surql, params, clientId, ttl, format} and answers what /view/register does. Nothing but the
-- caller's ownership is written here: query and edges are, by the SSP, before it answers. They are visible
-- to the next statement (not inside the same BEGIN ... COMMIT, which reads its own snapshot). Parameters travel
-- as SurrealQL text, since JSON would turn record ids, datetimes and decimals into strings.
DEFINE FUNCTION OVERWRITE fn::query::register($data: object) {
  LET $query = fn::query::record($data.id);
  LET $request = object::extend($data, { id: <string>$query, params: <string>($data.params ?? {}) });
  LET $answer = http::post("@endpoint@/view/register",
    IF $auth.id = NONE { $request } ELSE { object::extend($request, { rows: false }) }, @headers@);
  IF $answer.code != NONE { THROW $answer.code + ": " + $answer.message };
  IF $auth.id != NONE {
    INSERT RELATION INTO @owner@ { id: [<string>$auth.id, record::id($query)], in: $auth.id, out: $query } RETURN NONE;
  };
  RETURN $answer;
} PERMISSIONS FULL;

-- Keeps a query alive for another ttl. False: it is gone, register it again.
DEFINE FUNCTION OVERWRITE fn::query::heartbeat($id: any) {
  LET $alive = UPDATE (fn::query::record($id)) SET lastActiveAt = time::now() RETURN VALUE id;
  RETURN array::len($alive) > 0;
} PERMISSIONS FULL;

-- Gives a query up: its last owner deletes it, any other only stops being one.
DEFINE FUNCTION OVERWRITE fn::query::unregister($id: any) {
  LET $query = fn::query::record($id);
  DELETE $query;
  IF $auth.id != NONE { DELETE @owner@:[<string>$auth.id, record::id($query)] };
} PERMISSIONS FULL;

-- SurrealDB runs a table's event for the edges that a deleted record takes along, too: hence the check of the
-- table. It hides the id of a record written in the same transaction. An SSP that deletes the record says so first.
DEFINE EVENT OVERWRITE @prefix@unregister ON @query@@async@
  WHEN $event = "DELETE" AND $before.id != NONE AND record::tb($before.id) = "@query@" AND $before.state != "removed"
  THEN { http::post("@endpoint@/view/unregister", { id: <string>$before.id }, @headers@) };
)surql";

constexpr std::string_view outbox_template = R"surql(
-- Changes on their way to /ingest. A row goes when it was delivered.
DEFINE TABLE OVERWRITE @outbox@ TYPE NORMAL SCHEMALESS PERMISSIONS NONE;
DEFINE FIELD OVERWRITE body ON @outbox@ TYPE object;
DEFINE EVENT OVERWRITE @prefix@deliver ON @outbox@@async@
  WHEN $event = "CREATE"
  THEN { http::post("@endpoint@/ingest", $after.body, @plain_headers@); DELETE $after.id };
)surql";

constexpr std::string_view event_template = R"surql(
DEFINE EVENT OVERWRITE @prefix@capture ON @table@
  WHEN ($after ?? $before).id = NONE OR record::tb(($after ?? $before).id) IN @tables@
  THEN {
    LET $record = $after ?? $before;
    IF $record.id = NONE { THROW "Spooky cannot see which record was deleted, because it was written in the same transaction: delete it in another one, or use capture: changefeed for " + @table_text@ };
    LET $table = record::tb($record.id);
    LET $version = (UPSERT ONLY @version@:[$table, record::id($record.id)]
      SET record_id = $record.id, version += 1 RETURN AFTER).version;
    LET $body = { table: $table, op: $event, id: $record.id, version: $version,
      record: object::extend($record, { "@prefix@rv": $version }) };
    @deliver@
  };
)surql";

using replacements = std::vector<std::pair<std::string_view, std::string>>;

/// One pass over `text`: what a value contains is never replaced again.
std::string expand(std::string_view text, const replacements& values) {
  std::string out;
  while (!text.empty()) {
    const auto at = text.find('@');
    out += text.substr(0, at);
    if (at == std::string_view::npos) break;
    const auto end = text.find('@', at + 1);
    const auto name = text.substr(at + 1, end - at - 1);
    for (const auto& [known, value] : values)
      if (known == name) out += value;
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string escaped(std::string_view text, char mark) {
  std::string out;
  for (const char c : text) {
    if (c == mark || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// Always in backticks: which words SurrealQL reserves depends on its version.
std::string quoted_name(std::string_view name) { return "`" + escaped(name, '`') + "`"; }
std::string quoted_text(std::string_view text) { return "\"" + escaped(text, '"') + "\""; }

std::string base_url(std::string_view endpoint) {
  while (endpoint.ends_with('/')) endpoint.remove_suffix(1);
  const bool has_scheme = endpoint.find("://") != std::string_view::npos;
  return escaped((has_scheme ? "" : "http://") + std::string(endpoint), '"');
}

/// With `inline_errors` an error comes as an answer, for http::post drops the body of an error
/// status. Never for changes: there the status must fail the write, or the delivery.
std::string request_headers(const system_schema_options& options, bool inline_errors) {
  std::string headers;
  if (inline_errors) headers = R"("X-Spooky-Errors": "inline")";
  if (!options.auth_secret.empty()) {
    headers += headers.empty() ? "" : ", ";
    headers += "\"Authorization\": " + quoted_text("Bearer " + options.auth_secret);
  }
  return "{ " + headers + " }";
}

replacements values_of(const system_schema_options& options) {
  const std::string& p = options.prefix;
  const auto owns = [&](std::string_view query) {
    return "$auth.id != NONE AND record::exists(" + p + "owner:[<string>$auth.id, record::id(" +
           std::string(query) + ")])";
  };
  return {{"prefix", p},
          {"query", p + "query"},
          {"list_ref", p + "list_ref"},
          {"owner", p + "owner"},
          {"version", p + "version"},
          {"job", p + "job"},
          {"outbox", p + "outbox"},
          {"owns_query", owns("id")},
          {"owns_edge", owns("in")},
          {"read_only", "PERMISSIONS FOR select FULL FOR create, update NONE"},
          {"endpoint", base_url(options.endpoint)},
          {"headers", request_headers(options, true)},
          {"plain_headers", request_headers(options, false)},
          {"async", options.delivery == event_delivery::async ? " ASYNC RETRY 5" : ""}};
}

}  // namespace

std::string system_schema(const system_schema_options& options) {
  return expand(system_template.substr(1), values_of(options));
}

std::string table_events(const std::vector<std::string>& tables,
                         const system_schema_options& options) {
  const bool async = options.delivery == event_delivery::async;
  auto values = values_of(options);
  std::string list;
  for (const auto& table : tables) list += (list.empty() ? "" : ", ") + quoted_text(table);
  values.emplace_back("tables", "[" + list + "]");
  values.emplace_back(
      "deliver", async
                     ? "CREATE " + options.prefix + "outbox SET body = $body RETURN NONE"
                     : expand("http::post(\"@endpoint@/ingest\", $body, @plain_headers@)", values));
  std::string out = async ? expand(outbox_template.substr(1), values) : "";
  for (const auto& table : tables) {
    auto with_table = values;
    with_table.emplace_back("table", quoted_name(table));
    with_table.emplace_back("table_text", quoted_text(table));
    out += expand(event_template.substr(1), with_table);
  }
  return out;
}

std::string drop_table_events(const std::vector<std::string>& tables, std::string_view prefix) {
  std::string out;
  for (const auto& table : tables)
    out += "REMOVE EVENT IF EXISTS " + std::string(prefix) + "capture ON " + quoted_name(table) +
           ";\n";
  return out;
}

std::string changefeed_statements(const std::vector<std::string>& tables,
                                  std::chrono::seconds retention) {
  std::string out;
  for (const auto& table : tables)
    out += "ALTER TABLE " + quoted_name(table) + " CHANGEFEED " +
           std::to_string(retention.count()) + "s;\n";
  return out;
}

}  // namespace spooky::surrealql
