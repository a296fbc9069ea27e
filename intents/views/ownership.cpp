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

}  // namespace

query_text render(const claim_view& asked) {
  const auto& format = asked.format;
  const auto& view = *asked.view;
  auto content = query_fields(view);
  content.set("ssp", value{format.ssp_id.raw()});
  content.erase("lastActiveAt");  // said by $active, below
  object vars;
  vars.set("query", query_record(format, view.id));
  vars.set("given", view.epoch ? fields::of_number(*view.epoch) : value{});
  vars.set("floor", fields::of_number(asked.floor));
  vars.set("active", view.last_active_at ? value{*view.last_active_at} : value{});
  vars.set("content", value{std::move(content)});
  // Activity also comes from the client's heartbeats, which a registration made before them must
  // not take back.
  return {
      "BEGIN;\n"
      "LET $was = (SELECT epoch, writes, seq, state, lastActiveAt FROM ONLY $query);\n"
      "LET $epoch = $given ?? math::max([($was.epoch ?? 0) + 1, $floor]);\n"
      "IF ($was.epoch ?? 0) > $epoch { THROW \"FENCED\" };\n"
      "LET $writes = IF $was.epoch = $epoch { ($was.writes ?? 0) + 1 } ELSE { 1 };\n"
      "LET $lastActiveAt = IF $active = NONE { time::now() }"
      " ELSE IF type::is_datetime($was.lastActiveAt) AND $was.lastActiveAt > $active"
      " { $was.lastActiveAt } ELSE { $active };\n"
      "UPSERT $query MERGE object::extend($content, { epoch: $epoch, writes: $writes,"
      " state: $was.state ?? 'materializing', lastActiveAt: $lastActiveAt }) RETURN NONE;\n"
      "SELECT id, version, clientId FROM " +
          surrealql::escape_name(format.edge_table()) +
          " WHERE in = $query;\n"
          "SELECT epoch, writes, $was.seq AS seq FROM ONLY $query;\n"
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
  vars.set("in", query_record(format, view_id));
  vars.set("epoch", epoch ? fields::of_number(*epoch) : value{});
  const auto edges = surrealql::escape_name(format.edge_table());
  std::string text =
      "BEGIN;\n"
      "IF $epoch != NONE AND ((SELECT VALUE epoch FROM ONLY $in) ?? 0) > $epoch"
      " { THROW \"FENCED\" };\n";
  if (format.removal == config::edge_removal::bump_then_delete)
    text += "UPDATE " + edges + " SET version += 1 WHERE in = $in RETURN NONE;\n";
  text += "DELETE " + edges +
          " WHERE in = $in RETURN NONE;\n"
          // Keeps the event on the query table silent: this end is our own doing.
          "UPDATE $in SET state = 'removed' RETURN NONE;\nDELETE $in RETURN NONE;\nCOMMIT;";
  return {std::move(text), std::move(vars)};
}

result<guarded_write> read(const erase_view&, const db_answer& answer) {
  return read_guarded(answer);
}

query_text render(const read_owners& asked) {
  array queries;
  for (const auto& id : asked.view_ids) queries.push_back(query_record(asked.format, id));
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
