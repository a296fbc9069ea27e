#include "actors/ssp/edge_transaction.hpp"

#include "surrealql/text.hpp"

#include <memory>
#include <utility>

namespace spooky::actors {

namespace {

value query_id(const edge_format& format, const std::string& view_id) {
  return value{record_id{format.query_table(), value{view_id}}};
}

value edge_record(const edge_format& format, const value& key) {
  return value{record_id{format.edge_table(), key}};
}

value edge_content(const edge_format& format, const view_registration& view, const value& edge,
                   const edge_op& op) {
  object content;
  content.set("id", edge_record(format, edge));
  content.set("in", query_id(format, view.id));
  content.set("out", value{op.out});
  content.set("version", value{static_cast<std::int64_t>(op.version)});
  content.set("clientId", value{view.client_id});
  if (!op.parent.is_none()) {
    content.set("parent", edge_record(format, op.parent));
    content.set("parent_rel", value{op.alias});
  }
  return value{std::move(content)};
}

value row_content(const edge_format& format, const query_row& row) {
  const auto& view = *row.registration;
  object content;
  content.set("surql", value{view.surql});
  content.set("params", value{view.params});
  content.set("clientId", value{view.client_id});
  if (view.ttl) content.set("ttl", value{*view.ttl});
  content.set("ssp", value{format.ssp_id});
  content.set("state", value{row.ready ? "ready" : "materializing"});
  content.set("rowCount", value{static_cast<std::int64_t>(row.row_count)});
  content.set("seq", value{static_cast<std::int64_t>(row.seq)});
  object entry;
  entry.set("id", query_id(format, view.id));
  entry.set("content", value{std::move(content)});
  // Activity belongs to the client's heartbeat: it is set with a registration, and left alone
  // after.
  entry.set("refresh", value{row.refresh});
  entry.set("active", view.last_active_at ? value{*view.last_active_at} : value{});
  return value{std::move(entry)};
}

/// The batch's operations as the parameters of its statements.
struct operations {
  array put;
  array drop;
  array rows;
};

operations sort_out(const edge_format& format, const edge_ledger::batch& batch) {
  operations sorted;
  for (std::size_t i = 0; i < batch.edges.size(); ++i) {
    const auto& view = *batch.rows[i].registration;
    for (const auto& [edge, op] : batch.edges[i].second) {
      if (op.remove)
        sorted.drop.push_back(edge_record(format, edge));
      else
        sorted.put.push_back(edge_content(format, view, edge, op));
    }
    sorted.rows.push_back(row_content(format, batch.rows[i]));
  }
  return sorted;
}

}  // namespace

db_query edge_transaction(const edge_format& format, const edge_ledger::batch& batch) {
  auto sorted = sort_out(format, batch);
  const auto edges = surrealql::escape_name(format.edge_table());
  std::string text = "BEGIN;\n";
  if (!sorted.put.empty())
    text += "INSERT RELATION INTO " + edges +
            " $put ON DUPLICATE KEY UPDATE version = $input.version, clientId = $input.clientId"
            " RETURN NONE;\n";
  if (!sorted.drop.empty()) {
    // Clients of older generations ignore DELETE; they see a version rise instead.
    if (format.removal == config::edge_removal::bump_then_delete)
      text += "UPDATE $drop SET version += 1 RETURN NONE;\n";
    text += "DELETE $drop RETURN NONE;\n";
  }
  text +=
      "FOR $row IN $rows { UPSERT $row.id MERGE $row.content RETURN NONE;"
      " IF $row.refresh { UPDATE $row.id SET lastActiveAt = $row.active ?? time::now() RETURN NONE "
      "}"
      " };\nCOMMIT;";
  object vars;
  vars.set("put", value{std::move(sorted.put)});
  vars.set("drop", value{std::move(sorted.drop)});
  vars.set("rows", value{std::move(sorted.rows)});
  return {std::move(text), std::move(vars)};
}

db_query stored_edges_query(const edge_format& format, const std::string& view_id) {
  object vars;
  vars.set("in", query_id(format, view_id));
  return {
      "SELECT id, version FROM " + surrealql::escape_name(format.edge_table()) + " WHERE in = $in",
      std::move(vars)};
}

result<stored_edges> read_stored_edges(const value& rows) {
  if (!rows.is_array()) return fail(errc::corrupt, "the stored edges came as no array");
  stored_edges found;
  for (const auto& row : rows.as_array()) {
    if (!row["id"].is_record()) return fail(errc::corrupt, "a stored edge has no id");
    const auto& version = row["version"];
    // An edge that this program did not write has a key of its own, so it is removed.
    found[row["id"].as_record().key] = version.type() == value_type::integer
                                           ? static_cast<std::uint64_t>(version.as_integer())
                                           : 0;
  }
  return found;
}

db_query erase_view_query(const edge_format& format, const std::string& view_id) {
  object vars;
  vars.set("in", query_id(format, view_id));
  const auto edges = surrealql::escape_name(format.edge_table());
  std::string text = "BEGIN;\n";
  if (format.removal == config::edge_removal::bump_then_delete)
    text += "UPDATE " + edges + " SET version += 1 WHERE in = $in RETURN NONE;\n";
  text += "DELETE " + edges +
          " WHERE in = $in RETURN NONE;\n"
          // Keeps the event on the query table silent: this end is our own doing.
          "UPDATE $in SET state = 'removed' RETURN NONE;\nDELETE $in RETURN NONE;\nCOMMIT;";
  return {std::move(text), std::move(vars)};
}

db_query touch_view_query(const edge_format& format, const std::string& view_id) {
  object vars;
  vars.set("in", query_id(format, view_id));
  return {"UPDATE $in SET lastActiveAt = time::now() RETURN VALUE id", std::move(vars)};
}

db_query stored_views_query(const edge_format& format) {
  return {"SELECT * FROM " + surrealql::escape_name(format.query_table()), {}};
}

std::string view_key(const record_id& id) {
  return id.key.is_string() ? std::string{id.key.as_string()} : surrealql::to_text(id.key);
}

namespace {

registration_ptr read_view(const value& row) {
  if (!row["id"].is_record() || !row["surql"].is_string()) return nullptr;
  auto view = std::make_shared<view_registration>();
  view->id = view_key(row["id"].as_record());
  view->surql = row["surql"].as_string();
  if (row["params"].is_object()) view->params = row["params"].as_object();
  if (row["clientId"].is_string()) view->client_id = row["clientId"].as_string();
  if (row["ttl"].type() == value_type::duration) view->ttl = row["ttl"].as_duration();
  if (row["lastActiveAt"].type() == value_type::datetime)
    view->last_active_at = row["lastActiveAt"].as_datetime();
  return view;
}

}  // namespace

registrations read_stored_views(const value& rows, std::vector<std::string>& skipped) {
  registrations views;
  if (!rows.is_array()) return views;
  for (const auto& row : rows.as_array()) {
    if (auto view = read_view(row))
      views.push_back(std::move(view));
    else
      skipped.push_back(surrealql::to_text(row["id"]));
  }
  return views;
}

db_query ended_views_query(const edge_format& format) {
  object vars;
  vars.set("ssp", value{format.ssp_id});
  const auto own =
      "SELECT VALUE id FROM " + surrealql::escape_name(format.query_table()) + " WHERE ssp = $ssp";
  return {own +
              " AND type::is_duration(ttl) AND type::is_datetime(lastActiveAt)"
              " AND lastActiveAt + ttl < time::now();\n" +
              own,
          std::move(vars)};
}

std::vector<std::string> read_view_keys(const value& ids) {
  std::vector<std::string> keys;
  if (!ids.is_array()) return keys;
  for (const auto& id : ids.as_array())
    if (id.is_record()) keys.push_back(view_key(id.as_record()));
  return keys;
}

}  // namespace spooky::actors
