#include "actors/ssp/view_ownership.hpp"

#include "actors/database_query.hpp"
#include "protocol/registration_codec.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <utility>

namespace spooky::actors {

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

std::uint64_t number(const value& v) {
  return v.type() == value_type::integer && v.as_integer() > 0
             ? static_cast<std::uint64_t>(v.as_integer())
             : 0;
}

result<stored_edges> read_edges(const value& rows) {
  if (!rows.is_array()) return fail(errc::corrupt, "the stored edges came as no array");
  stored_edges found;
  for (const auto& row : rows.as_array()) {
    if (!row["id"].is_record()) return fail(errc::corrupt, "a stored edge has no id");
    // An edge that this program did not write has a key of its own, so it is removed.
    auto& edge = found[row["id"].as_record().key];
    edge.version = number(row["version"]);
    if (row["clientId"].is_string()) edge.client_id = row["clientId"].as_string();
  }
  return found;
}

}  // namespace

db_query claim_query(const edge_format& format, const view_registration& view,
                     placement_epoch floor) {
  auto content = query_fields(view);
  content.set("ssp", value{format.ssp_id.raw()});
  content.erase("lastActiveAt");  // said by $active, below
  object vars;
  vars.set("query", query_record(format, view.id));
  vars.set("given", view.epoch ? value{static_cast<std::int64_t>(view.epoch->raw())} : value{});
  vars.set("floor", value{static_cast<std::int64_t>(floor.raw())});
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

result<stored_view> read_claimed(const db_answer& answer) {
  SPOOKY_TRY(check_statements(answer));
  if (answer.size() != claim_statements)
    return fail(errc::corrupt, "SurrealDB left out answers to a claim");
  stored_view view;
  SPOOKY_ASSIGN(view.edges, read_edges(answer[edges_read].result));
  const auto& owner = answer[owner_read].result;
  view.epoch = placement_epoch{number(owner["epoch"])};
  view.writes = write_count{number(owner["writes"])};
  view.seq = sequence_number{number(owner["seq"])};
  return view;
}

db_query erase_view_query(const edge_format& format, const view_id& view_id,
                          std::optional<placement_epoch> epoch) {
  object vars;
  vars.set("in", query_record(format, view_id));
  vars.set("epoch", epoch ? value{static_cast<std::int64_t>(epoch->raw())} : value{});
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

bool is_fenced(const db_answer& answer) {
  return std::any_of(answer.begin(), answer.end(), [](const db_statement& statement) {
    return !statement.ok && statement.message.ends_with("FENCED");
  });
}

db_query owners_query(const edge_format& format, const edge_ledger::batch& batch) {
  array queries;
  for (const auto& row : batch.rows) queries.push_back(query_record(format, row.registration->id));
  object vars;
  vars.set("queries", value{std::move(queries)});
  // SurrealDB 3.0 fails on single fields of a list of records.
  return {"SELECT * FROM $queries", std::move(vars)};
}

result<view_owners> read_owners(const value& rows) {
  if (!rows.is_array()) return fail(errc::corrupt, "the query records came as no array");
  view_owners owners;
  for (const auto& row : rows.as_array())
    if (row["id"].is_record())
      owners[view_key(row["id"].as_record())] = {placement_epoch{number(row["epoch"])},
                                                 write_count{number(row["writes"])}};
  return owners;
}

}  // namespace spooky::actors
