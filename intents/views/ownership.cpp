#include "intents/views/ownership.hpp"

#include "protocol/fields.hpp"
#include "protocol/registration_codec.hpp"
#include "surrealql/values/text.hpp"

#include <string>
#include <utility>

namespace spooky::intents {

namespace {

/// The statements of the claims, by their place in the answer.
enum claim_statement : std::size_t { begun, claimed_all, told, committed_all, claim_statements };

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

namespace {

value content_of(const edge_format& format, const view_registration& view) {
  auto content = query_fields(view);
  content.set("ssp", value{format.ssp_id.raw()});
  content.set("query", query_record(format, view.query));
  content.erase("lastActiveAt");  // said by `active`
  return value{std::move(content)};
}

value to_value(const edge_format& format, const claim_views::claim& claim) {
  const auto& view = *claim.view;
  return value{object{{"view", view_record(format, view.id)},
                      {"query", query_record(format, view.query)},
                      {"owner", owner_row(format, view)},
                      {"given", view.epoch ? fields::of_number(*view.epoch) : value{}},
                      {"floor", fields::of_number(claim.floor)},
                      {"active", view.last_active_at ? value{*view.last_active_at} : value{}},
                      {"content", content_of(format, view)}}};
}

result<claimed_view> read_claim(const claim_views::claim& claim, const value& told) {
  claimed_view claimed;
  auto& stored = claimed.stored;
  const auto& owner = told["owner"];
  stored.epoch = placement_epoch{number_of(owner["epoch"])};
  claimed.fenced = claim.view->epoch && stored.epoch > *claim.view->epoch;
  if (claimed.fenced) return claimed_view{true, {}};
  SPOOKY_ASSIGN(stored.edges, read_edges(told["edges"], claim.view->id));
  stored.writes = write_count{number_of(owner["writes"])};
  stored.seq = sequence_number{number_of(owner["seq"])};
  return claimed;
}

}  // namespace

query_text render(const claim_views& asked) {
  const auto& format = asked.format;
  array claims;
  claims.reserve(asked.claims.size());
  for (const auto& claim : asked.claims) claims.push_back(to_value(format, claim));
  object vars;
  vars.set("claims", value{std::move(claims)});
  const auto owners = surrealql::escape_name(format.owner_table());
  // Activity also comes from the client's heartbeats, which a registration made before them must
  // not take back. The query's record is shared by all its views: who finds it does not write it.
  return {
      "BEGIN;\n"
      "FOR $claim IN $claims {\n"
      "LET $view = $claim.view; LET $query = $claim.query; LET $owner = $claim.owner;\n"
      "LET $was = (SELECT epoch, writes, state, lastActiveAt FROM ONLY $view);\n"
      "LET $epoch = $claim.given ?? math::max([($was.epoch ?? 0) + 1, $claim.floor]);\n"
      "IF ($was.epoch ?? 0) > $epoch { CONTINUE };\n"
      "LET $writes = IF $was.epoch = $epoch { ($was.writes ?? 0) + 1 } ELSE { 1 };\n"
      "LET $lastActiveAt = IF $claim.active = NONE { time::now() }"
      " ELSE IF type::is_datetime($was.lastActiveAt) AND $was.lastActiveAt > $claim.active"
      " { $was.lastActiveAt } ELSE { $claim.active };\n"
      "IF !record::exists($query) { CREATE $query RETURN NONE };\n"
      "IF $owner != NONE { INSERT RELATION INTO " +
          owners +
          " object::extend($owner, { lastActiveAt: $lastActiveAt }) ON DUPLICATE KEY UPDATE"
          " view = $input.view, clientId = $input.clientId, ttl = $input.ttl,"
          " lastActiveAt = $input.lastActiveAt RETURN NONE };\n"
          "UPSERT $view MERGE object::extend($claim.content, { epoch: $epoch, writes: $writes,"
          " state: $was.state ?? 'materializing', lastActiveAt: $lastActiveAt }) RETURN NONE;\n"
          "};\n"
          "$claims.map(|$claim| { owner: (SELECT epoch, writes, seq FROM ONLY $claim.view),"
          " edges: (SELECT id, version, clientId FROM " +
          surrealql::escape_name(format.edge_table()) +
          " WHERE in = $claim.query AND view = $claim.view) });\n"
          "COMMIT;",
      std::move(vars)};
}

result<claimed_views> read(const claim_views& asked, const db_answer& answer) {
  SPOOKY_TRY(check_statements(answer));
  const auto count = asked.claims.size();
  if (answer.size() != claim_statements || !answer[told].result.is_array() ||
      answer[told].result.as_array().size() != count)
    return fail(errc::corrupt,
                "SurrealDB left out answers to the claims of " + std::to_string(count) + " views");
  claimed_views all;
  all.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    SPOOKY_ASSIGN(auto claimed, read_claim(asked.claims[i], answer[told].result.as_array()[i]));
    all.push_back(std::move(claimed));
  }
  return all;
}

query_text render(const erase_view& asked) {
  const auto& [format, view_id, epoch] = asked;
  object vars;
  vars.set("view", view_record(format, view_id));
  // Whoever gave the view up may have deleted its record, and left its edges.
  vars.set("query", query_record(format, query_of(view_id)));
  vars.set("epoch", epoch ? fields::of_number(*epoch) : value{});
  const auto edges = surrealql::escape_name(format.edge_table());
  const auto owners = surrealql::escape_name(format.owner_table());
  const auto views = surrealql::escape_name(format.view_table());
  std::string text =
      "BEGIN;\n"
      "IF $epoch != NONE AND ((SELECT VALUE epoch FROM ONLY $view) ?? 0) > $epoch"
      " { THROW \"FENCED\" };\n";
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
          "IF array::len((SELECT VALUE id FROM " +
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
