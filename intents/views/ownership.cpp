#include "intents/views/ownership.hpp"

#include "protocol/fields.hpp"
#include "protocol/registration_codec.hpp"
#include "surrealql/values/text.hpp"

#include <string>
#include <utility>

namespace spooky::intents {

namespace {

/// The statements of a claim, by their place in the answer.
enum claim_statement : std::size_t {
  begun,
  was,
  epoch,
  fence,
  writes,
  activity,
  named,
  owned,
  claimed,
  edges_read,
  owner_read,
  committed_all,
  claim_statements
};

result<stored_edges> read_edges(const value& rows, const view_id& view_id) {
  if (!rows.is_array())
    return fail(errc::corrupt, "SurrealDB gave the edges of view " + view_id + " as no array");
  stored_edges found;
  for (const auto& row : rows.as_array()) {
    if (!row["id"].is_record())
      return fail(errc::corrupt, "SurrealDB gave an edge of view " + view_id + " without an id");
    // An edge that this program did not write has a key of its own, so it is removed.
    auto& edge = found[row["id"].as_record().key];
    edge.version = number_of(row["version"]);
    edge.client_id = fields::text_or_empty(row["clientId"]);
  }
  return found;
}

/// The row that says that a user has asked for the query; NONE for those who own nothing.
value owner_row(const edge_format& format, const view_registration& view) {
  const auto user = owner_of(view);
  if (!user) return value::none();
  const value key{array{value{surrealql::to_text(*user)}, value{view.query.raw()}}};
  object row{{"id", value{record_id{format.owner_table(), key}}},
             {"in", value{*user}},
             {"out", query_record(format, view.query)},
             {"view", view_record(format, view.id)},
             {"clientId", value{view.client_id}}};
  if (view.ttl) row.set("ttl", value{*view.ttl});
  return value{std::move(row)};
}

}  // namespace

query_text render(const claim_view& asked) {
  const auto& format = asked.format;
  const auto& view = *asked.view;
  auto content = query_fields(view);
  content.set("ssp", value{format.ssp_id.raw()});
  content.set("query", query_record(format, view.query));
  content.erase("lastActiveAt");  // said by $active, below
  object vars;
  vars.set("view", view_record(format, view.id));
  vars.set("query", query_record(format, view.query));
  vars.set("owner", owner_row(format, view));
  vars.set("given", view.epoch ? fields::of_number(*view.epoch) : value{});
  vars.set("floor", fields::of_number(asked.floor));
  vars.set("active", view.last_active_at ? value{*view.last_active_at} : value{});
  vars.set("content", value{std::move(content)});
  const auto owners = surrealql::escape_name(format.owner_table());
  // Activity also comes from the client's heartbeats, which a registration made before them must
  // not take back. The query's record is shared by all its views: who finds it does not write it.
  return {
      "BEGIN;\n"
      "LET $was = (SELECT epoch, writes, seq, state, lastActiveAt FROM ONLY $view);\n"
      "LET $epoch = $given ?? math::max([($was.epoch ?? 0) + 1, $floor]);\n"
      "IF ($was.epoch ?? 0) > $epoch { THROW \"FENCED\" };\n"
      "LET $writes = IF $was.epoch = $epoch { ($was.writes ?? 0) + 1 } ELSE { 1 };\n"
      "LET $lastActiveAt = IF $active = NONE { time::now() }"
      " ELSE IF type::is_datetime($was.lastActiveAt) AND $was.lastActiveAt > $active"
      " { $was.lastActiveAt } ELSE { $active };\n"
      "IF !record::exists($query) { CREATE $query RETURN NONE };\n"
      "IF $owner != NONE { INSERT RELATION INTO " +
          owners +
          " object::extend($owner, { lastActiveAt: $lastActiveAt }) ON DUPLICATE KEY UPDATE"
          " view = $input.view, clientId = $input.clientId, ttl = $input.ttl,"
          " lastActiveAt = $input.lastActiveAt RETURN NONE };\n"
          "UPSERT $view MERGE object::extend($content, { epoch: $epoch, writes: $writes,"
          " state: $was.state ?? 'materializing', lastActiveAt: $lastActiveAt }) RETURN NONE;\n"
          "SELECT id, version, clientId FROM " +
          surrealql::escape_name(format.edge_table()) +
          " WHERE in = $query AND view = $view;\n"
          "SELECT epoch, writes, $was.seq AS seq FROM ONLY $view;\n"
          "COMMIT;",
      std::move(vars)};
}

result<claimed_view> read(const claim_view& asked, const db_answer& answer) {
  if (is_fenced(answer)) return claimed_view{true, {}};
  SPOOKY_TRY(check_statements(answer));
  if (answer.size() != claim_statements)
    return fail(errc::corrupt, "SurrealDB left out answers to the claim of view " + asked.view->id);
  claimed_view claimed;
  auto& stored = claimed.stored;
  SPOOKY_ASSIGN(stored.edges, read_edges(answer[edges_read].result, asked.view->id));
  const auto& owner = answer[owner_read].result;
  stored.epoch = placement_epoch{number_of(owner["epoch"])};
  stored.writes = write_count{number_of(owner["writes"])};
  stored.seq = sequence_number{number_of(owner["seq"])};
  return claimed;
}

query_text render(const erase_view& asked) {
  const auto& [format, view_id, epoch] = asked;
  object vars;
  vars.set("view", view_record(format, view_id));
  vars.set("epoch", epoch ? fields::of_number(*epoch) : value{});
  const auto edges = surrealql::escape_name(format.edge_table());
  const auto owners = surrealql::escape_name(format.owner_table());
  const auto views = surrealql::escape_name(format.view_table());
  std::string text =
      "BEGIN;\n"
      "IF $epoch != NONE AND ((SELECT VALUE epoch FROM ONLY $view) ?? 0) > $epoch"
      " { THROW \"FENCED\" };\n"
      "LET $query = SELECT VALUE query FROM ONLY $view;\n";
  if (format.removal == config::edge_removal::bump_then_delete)
    text +=
        "UPDATE " + edges + " SET version += 1 WHERE in = $query AND view = $view RETURN NONE;\n";
  // "removed" keeps the events on both tables silent: this end is our own doing.
  text += "DELETE " + edges +
          " WHERE in = $query AND view = $view RETURN NONE;\n"
          "UPDATE $view SET state = 'removed' RETURN NONE;\nDELETE $view RETURN NONE;\n"
          "DELETE " +
          owners +
          " WHERE view = $view RETURN NONE;\n"
          "IF $query != NONE AND array::len((SELECT VALUE id FROM " +
          views +
          " WHERE query = $query LIMIT 1)) = 0"
          " { UPDATE $query SET removed = true RETURN NONE; DELETE $query RETURN NONE };\nCOMMIT;";
  return {std::move(text), std::move(vars)};
}

result<guarded_write> read(const erase_view&, const db_answer& answer) {
  return read_guarded(answer);
}

query_text render(const read_owners& asked) {
  array queries;
  for (const auto& id : asked.view_ids) queries.push_back(view_record(asked.format, id));
  object vars;
  vars.set("queries", value{std::move(queries)});
  // SurrealDB 3.0 fails on single fields of a list of records.
  return {"SELECT * FROM $queries", std::move(vars)};
}

result<view_owners> read(const read_owners&, const db_answer& answer) {
  SPOOKY_ASSIGN(const auto rows, rows_of(answer, "query records"));
  view_owners owners;
  for (const auto& row : rows)
    if (row["id"].is_record())
      owners[view_key(row["id"].as_record())] = {placement_epoch{number_of(row["epoch"])},
                                                 write_count{number_of(row["writes"])}};
  return owners;
}

}  // namespace spooky::intents
