#include "surrealql/database/system_schema.hpp"

#include <utility>

namespace spooky::surrealql {
namespace {

/// Names between @ signs stand for what the options say; see expand().
constexpr std::string_view system_template = R"surql(
-- What clients know a registered query by. What it shows of a view is of the caller's own: whom the tables'
-- permissions give another result has another view. (Deleting a record, SurrealDB asks its table's permission for
-- each edge that goes with it as well. And it hides the id of a record written earlier in the same transaction: who
-- could write it owns it. Nor does record::exists() find such a record, though its fields can be read.)
DEFINE TABLE OVERWRITE @query@ TYPE NORMAL SCHEMALESS PERMISSIONS
  FOR select, update WHERE id = NONE OR @owns_query@
  FOR delete WHERE id = NONE OR record::tb(id) != "@query@" OR @owns_query@ AND array::len(<-@owner@) = 1
    AND type::record("@view@", record::id(id)).query = NONE
  FOR create NONE;
@query_fields@
-- One record per view: a query as callers with the same rights see it. The SSP that owns the view writes it, in the
-- transaction that writes the edges it describes. `caller` is whose rights those are; NONE: a system user's.
DEFINE TABLE OVERWRITE @view@ TYPE NORMAL SCHEMALESS PERMISSIONS
  FOR select WHERE $auth != NONE AND @owner@:[<string>$auth, record::id(query)].view = id
  FOR create, update, delete NONE;
DEFINE FIELD OVERWRITE query ON @view@ TYPE record<@query@>;
DEFINE INDEX IF NOT EXISTS @view@_query ON @view@ FIELDS query;

-- Who registered which query, which view shows it to him, and when he last wanted it: user -> query. Deleting either
-- end deletes the row. SSPs write it; its owner tells that he is alive, and when he is not interested any more.
DEFINE TABLE OVERWRITE @owner@ TYPE RELATION OUT @query@ SCHEMALESS PERMISSIONS
  FOR select, update, delete WHERE $auth != NONE AND in = $auth
  FOR create NONE;
DEFINE FIELD OVERWRITE view ON @owner@ TYPE option<record<@view@>> @read_only@;
DEFINE FIELD OVERWRITE clientId ON @owner@ TYPE option<string> @read_only@;
DEFINE FIELD OVERWRITE ttl ON @owner@ TYPE option<duration> @read_only@;
DEFINE FIELD OVERWRITE lastActiveAt ON @owner@ TYPE option<datetime> VALUE IF $auth = NONE { $value } ELSE { time::now() };
DEFINE INDEX IF NOT EXISTS @owner@_view ON @owner@ FIELDS view;

-- A view's membership: query -> record, or for related rows the parent's edge and the alias as well.
DEFINE TABLE OVERWRITE @list_ref@ TYPE RELATION IN @query@ SCHEMALESS PERMISSIONS
  FOR select WHERE $auth != NONE AND @owner@:[<string>$auth, record::id(in)].view = view
  FOR create, update, delete NONE;
DEFINE FIELD OVERWRITE version ON @list_ref@ TYPE int;
DEFINE FIELD OVERWRITE view ON @list_ref@ TYPE record<@view@>;
DEFINE FIELD OVERWRITE clientId ON @list_ref@ TYPE option<string>;
DEFINE FIELD OVERWRITE parent ON @list_ref@ TYPE option<record<@list_ref@>>;
DEFINE FIELD OVERWRITE parent_rel ON @list_ref@ TYPE option<string>;
DEFINE INDEX IF NOT EXISTS @list_ref@_in ON @list_ref@ FIELDS in;

-- What requests to Spooky carry to be let in. Only events read it, which run without permissions: so it stands in no
-- function's text, which INFO FOR DB would show. (Who may read every table, like a VIEWER of the database, reads it.)
DEFINE TABLE OVERWRITE @secret@ TYPE NORMAL SCHEMALESS PERMISSIONS NONE;
UPSERT @secret@:node SET secret = @secret_value@ RETURN NONE;

-- A registration on its way, or several: created by fn::query::register and register_all, posted and answered by the
-- event below, and deleted again in the same transaction. Who asks is said by the database, whatever the caller writes:
-- events run without permissions but with the caller's $auth, and VALUE is evaluated under his permissions, so that only
-- a system user, whose $auth is NONE like a guest's, sees the secret's record.
DEFINE TABLE OVERWRITE @request@ TYPE NORMAL SCHEMAFULL PERMISSIONS
  FOR create FULL FOR select, delete WHERE caller = $auth FOR update NONE;
DEFINE FIELD OVERWRITE caller ON @request@ VALUE $auth;
DEFINE FIELD OVERWRITE system ON @request@ TYPE bool VALUE $before ?? record::exists(@secret@:node);
DEFINE FIELD OVERWRITE at ON @request@ TYPE datetime VALUE time::now();
-- Before queries were registered together.
REMOVE FIELD IF EXISTS query ON @request@; REMOVE FIELD IF EXISTS surql ON @request@; REMOVE FIELD IF EXISTS params ON @request@;
REMOVE FIELD IF EXISTS clientId ON @request@; REMOVE FIELD IF EXISTS ttl ON @request@; REMOVE FIELD IF EXISTS format ON @request@;
REMOVE FIELD IF EXISTS lastActiveAt ON @request@; REMOVE FIELD IF EXISTS edges ON @request@; REMOVE FIELD IF EXISTS rows ON @request@;
DEFINE FIELD OVERWRITE many ON @request@ TYPE bool DEFAULT false;
DEFINE FIELD OVERWRITE queries ON @request@ TYPE array<object>;
DEFINE FIELD OVERWRITE queries.* ON @request@ TYPE object;
DEFINE FIELD OVERWRITE queries.*.query ON @request@ TYPE record<@query@>;
DEFINE FIELD OVERWRITE queries.*.surql ON @request@ TYPE string;
DEFINE FIELD OVERWRITE queries.*.params ON @request@ TYPE string;
DEFINE FIELD OVERWRITE queries.*.clientId ON @request@ TYPE option<string>;
DEFINE FIELD OVERWRITE queries.*.ttl ON @request@ TYPE option<string>;
DEFINE FIELD OVERWRITE queries.*.lastActiveAt ON @request@ TYPE option<string>;
DEFINE FIELD OVERWRITE queries.*.format ON @request@ TYPE option<string>;
DEFINE FIELD OVERWRITE queries.*.edges ON @request@ TYPE option<bool>;
DEFINE FIELD OVERWRITE queries.*.rows ON @request@ TYPE option<bool>;
DEFINE FIELD OVERWRITE queries.*.wait ON @request@ TYPE option<bool>;
DEFINE FIELD OVERWRITE answer ON @request@ TYPE any PERMISSIONS FOR select FULL FOR create, update NONE;
DEFINE EVENT OVERWRITE @prefix@register ON @request@ WHEN $event = "CREATE" THEN {
  LET $who = <string>{ system: $after.system, auth: $auth, access: $access, token: $token, session: $session };
  LET $bodies = $after.queries.map(|$one| {
    id: <string>$one.query, surql: $one.surql, params: $one.params, clientId: $one.clientId, ttl: $one.ttl,
    lastActiveAt: $one.lastActiveAt, format: $one.format, edges: $one.edges, rows: $one.rows, wait: $one.wait, auth: $who
  });
  LET $answer = http::post("@endpoint@/view/register", IF $after.many { $bodies } ELSE { $bodies[0] }, @headers@);
  UPDATE $after.id SET answer = $answer RETURN NONE;
};

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

-- The record of a query, from a record id, its text, or the key alone. What is not one whole id is refused.
DEFINE FUNCTION OVERWRITE fn::query::record($id: any) {
  LET $text = IF type::is_string($id) OR type::is_record($id, "@query@") { <string>$id } ELSE { "" };
  LET $record = IF string::starts_with($text, "@query@:") { type::record($text) } ELSE { type::record("@query@", $text) };
  IF $text = "" OR record::tb($record) != "@query@" OR !type::is_string(record::id($record)) OR record::id($record) = ""
    OR ($text != <string>$record AND $text != record::id($record)) {
    THROW "INVALID_ARGUMENT: the id of a query is one whole record id of @query@, its text, or a key that is a text";
  };
  RETURN $record;
} PERMISSIONS FULL;

-- What is posted of {id, surql, params, clientId, ttl, format, edges, rows, wait}. Parameters travel as SurrealQL text,
-- since JSON would turn record ids, datetimes and decimals into strings.
DEFINE FUNCTION OVERWRITE fn::query::asked($data: object) {
  LET $text = |$v| IF $v = NONE OR $v = NULL { NONE } ELSE { <string>$v };
  RETURN {
    query: fn::query::record($data.id), surql: $data.surql ?? $data.surreal_ql, params: <string>($data.params ?? {}),
    clientId: $text($data.clientId ?? $data.client_id), ttl: $text($data.ttl),
    lastActiveAt: $text($data.lastActiveAt ?? $data.last_active_at), format: $text($data.format),
    edges: $data.edges, rows: $data.rows, wait: $data.wait
  };
} PERMISSIONS FULL;

-- Registers a query and answers what /view/register does. Query and edges are written by the SSP, before it answers.
-- They are visible to the next statement (not inside the same BEGIN ... COMMIT, which reads its own snapshot).
DEFINE FUNCTION OVERWRITE fn::query::register($data: object) {
  LET $request = CREATE ONLY @request@ SET queries = [fn::query::asked($data)];
  LET $answer = SELECT VALUE answer FROM ONLY $request.id;
  DELETE $request.id RETURN NONE;
  IF $answer.code != NONE { THROW $answer.code + ": " + $answer.message };
  RETURN $answer;
} PERMISSIONS FULL;

-- Registers many queries at once and answers an array in their order: of each what fn::query::register() answers, or
-- { code, message } where it was refused.
DEFINE FUNCTION OVERWRITE fn::query::register_all($all: array<object>) {
  IF array::len($all) = 0 { RETURN [] };
  LET $queries = $all.map(|$data| fn::query::asked($data));
  LET $request = CREATE ONLY @request@ SET many = true, queries = $queries;
  LET $answers = SELECT VALUE answer FROM ONLY $request.id;
  DELETE $request.id RETURN NONE;
  IF !type::is_array($answers) { THROW ($answers.code ?? "INTERNAL") + ": " + ($answers.message ?? "no answer") };
  RETURN $answers;
} PERMISSIONS FULL;

-- Keeps a query alive for another ttl. False: it is gone, register it again.
DEFINE FUNCTION OVERWRITE fn::query::heartbeat($id: any) {
  LET $key = record::id(fn::query::record($id));
  LET $mine = IF $auth = NONE { type::record("@view@", $key) } ELSE { type::record("@owner@", [<string>$auth, $key]) };
  LET $alive = UPDATE $mine SET lastActiveAt = time::now() RETURN VALUE id;
  RETURN array::len($alive) > 0;
} PERMISSIONS FULL;

-- Gives a query up: its last owner ends it, any other only stops being one.
DEFINE FUNCTION OVERWRITE fn::query::unregister($id: any) {
  LET $query = fn::query::record($id);
  DELETE $query;
  IF $auth != NONE { DELETE type::record("@owner@", [<string>$auth, record::id($query)]) }
  ELSE { DELETE type::record("@view@", record::id($query)) };
} PERMISSIONS FULL;

-- A client that says itself that it is alive, by the query's record.
DEFINE EVENT OVERWRITE @prefix@touch ON @query@ WHEN $event = "UPDATE" AND $auth != NONE THEN {
  UPDATE type::record("@owner@", [<string>$auth, record::id($after.id)]) SET lastActiveAt = time::now() RETURN NONE;
};

-- The last one who wanted a view is gone.
DEFINE EVENT OVERWRITE @prefix@disown ON @owner@ WHEN $event = "DELETE" AND $before.view != NONE THEN {
  IF array::len((SELECT VALUE id FROM @owner@ WHERE view = $before.view AND id != $before.id LIMIT 1)) = 0 {
    DELETE $before.view;
  };
};

-- SurrealDB runs a table's event for the edges that a deleted record takes along, too: hence the check of the
-- table. It hides the id of a record written in the same transaction. An SSP that deletes the record says so first.
@told_later@DEFINE EVENT OVERWRITE @prefix@unregister ON @view@@async@
  WHEN $event = "DELETE" AND $before.id != NONE AND record::tb($before.id) = "@view@" AND $before.state != "removed"
  THEN { http::post("@endpoint@/view/unregister", { view: record::id($before.id)@unless@ }, @headers@) };
DEFINE EVENT OVERWRITE @prefix@unregister ON @query@@async@
  WHEN $event = "DELETE" AND $before.id != NONE AND record::tb($before.id) = "@query@" AND $before.removed != true
  THEN { http::post("@endpoint@/view/unregister", { id: <string>$before.id@unless@ }, @headers@) };
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
    LET $written = $after ?? $before;
    IF $written.id = NONE { THROW "Spooky cannot see which record was deleted, because it was written in the same transaction: delete it in another one, or use capture: changefeed for " + @table_text@ };
    LET $table = record::tb($written.id);
    -- An event of the application may have written the record again before this one runs.
    LET $present = (SELECT * FROM ONLY $written.id);
    LET $op = IF $present = NONE { "DELETE" } ELSE IF $event = "DELETE" { "UPDATE" } ELSE { $event };
    LET $version = (UPSERT ONLY @version@:[$table, record::id($written.id)]
      SET record_id = $written.id, version += 1 RETURN AFTER).version;
    LET $body = { table: $table, op: $op, id: $written.id, version: $version,
      record: object::extend($present ?? $written, { id: $written.id, "@prefix@rv": $version }) };
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
/// status. Never for changes: there the status must fail the write, or the delivery. The secret is
/// read where it is kept: events run without permissions.
std::string request_headers(const system_schema_options& options, bool inline_errors) {
  std::string headers;
  if (inline_errors) headers = R"("X-Spooky-Errors": "inline")";
  if (!options.auth_secret.empty()) {
    headers += headers.empty() ? "" : ", ";
    headers += R"("Authorization": "Bearer " + (SELECT VALUE secret FROM ONLY )" + options.prefix +
               "secret:node)";
  }
  return "{ " + headers + " }";
}

/// What a query's record shows is looked up when it is read: a view's state in the view that the
/// caller has of it, what he said himself in his own row. A system user has the view of that key.
/// SurrealDB computes all fields whenever a record is written, for the table's events: each of both
/// records is read once, by a field that only its neighbours see.
std::string query_fields(const std::string& prefix) {
  const std::string key = "record::id(id)";
  const std::string own = prefix + "owner:[<string>$auth, " + key + "]";
  const std::string system = "type::record(\"" + prefix + "view\", " + key + ")";
  std::string out;
  const auto define = [&](const std::string& field, const std::string& source,
                          const std::string& more = {}) {
    out += "DEFINE FIELD OVERWRITE " + field + " ON " + prefix + "query COMPUTED " + source + more +
           ";\n";
  };
  const auto copy_of = [&](const std::string& record) {
    // An edge that goes with the record, or what was written in this transaction, comes without id.
    return "IF id = NONE { NONE } ELSE { (" + record + ").* }";
  };
  const auto view = prefix + "shown";
  const auto caller = prefix + "said";
  define(view, copy_of(own + ".view ?? " + system), " PERMISSIONS NONE");
  define(caller, copy_of("IF $auth = NONE { " + system + " } ELSE { " + own + " }"),
         " PERMISSIONS NONE");
  for (const std::string field :
       {"surql", "params", "state", "error", "rowCount", "rows", "merkle_root", "seq", "ssp"})
    define(field, view + "." + field);
  for (const std::string field : {"clientId", "ttl", "lastActiveAt"})
    define(field, caller + "." + field);
  return out;
}

replacements values_of(const system_schema_options& options) {
  const std::string& p = options.prefix;
  const bool async = options.delivery == event_delivery::async;
  return {
      {"prefix", p},
      {"query", p + "query"},
      {"view", p + "view"},
      {"list_ref", p + "list_ref"},
      {"owner", p + "owner"},
      {"secret", p + "secret"},
      {"request", p + "request"},
      {"version", p + "version"},
      {"job", p + "job"},
      {"outbox", p + "outbox"},
      {"owns_query", "$auth != NONE AND " + p + "owner:[<string>$auth, record::id(id)].in = $auth"},
      {"query_fields", query_fields(p)},
      {"read_only", "PERMISSIONS FOR select FULL FOR create, update NONE"},
      {"endpoint", base_url(options.endpoint)},
      {"secret_value", options.auth_secret.empty() ? "NONE" : quoted_text(options.auth_secret)},
      {"headers", request_headers(options, true)},
      {"plain_headers", request_headers(options, false)},
      {"async", async ? " ASYNC RETRY 5" : ""},
      {"told_later",
       async ? "-- This is told later: somebody may have registered the query again by then.\n"
             : ""},
      {"unless", async ? ", unless_wanted: true" : ""}};
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
