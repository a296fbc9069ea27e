#include "actors/ssp/edge_transaction.hpp"

#include "protocol/registration_codec.hpp"
#include "surrealql/values/text.hpp"

#include <memory>
#include <utility>

namespace spooky::actors {

value query_record(const edge_format& format, const view_id& view_id) {
  return value{record_id{format.query_table(), value{view_id.raw()}}};
}

namespace {

value edge_record(const edge_format& format, const value& key) {
  return value{record_id{format.edge_table(), key}};
}

value edge_content(const edge_format& format, const view_registration& view, const value& edge,
                   const edge_op& op) {
  object content;
  content.set("id", edge_record(format, edge));
  content.set("in", query_record(format, view.id));
  content.set("out", value{op.out});
  content.set("version", value{static_cast<std::int64_t>(op.version)});
  content.set("clientId", value{view.client_id});
  if (!op.parent.is_none()) {
    content.set("parent", edge_record(format, op.parent));
    content.set("parent_rel", value{op.alias});
  }
  return value{std::move(content)};
}

const char* state_of(const query_row& row) {
  if (!row.failure.empty()) return "failed";
  return row.ready ? "ready" : "materializing";
}

value row_content(const edge_format& format, const query_row& row) {
  const auto writes = value{static_cast<std::int64_t>(row.writes.raw())};
  object content{{"writes", writes},
                 {"state", value{state_of(row)}},
                 {"rowCount", value{static_cast<std::int64_t>(row.row_count)}},
                 {"merkle_root", value{row.merkle_root}},
                 {"seq", value{static_cast<std::int64_t>(row.seq.raw())}},
                 {"error", row.failure.empty() ? value{} : value{row.failure}}};
  return value{object{{"query", query_record(format, row.registration->id)},
                      {"epoch", value{static_cast<std::int64_t>(row.epoch.raw())}},
                      {"writes", writes},
                      {"content", value{std::move(content)}}}};
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
  std::string text =
      "BEGIN;\n"
      "LET $fenced = (SELECT VALUE query FROM $rows"
      " WHERE query.epoch != epoch OR query.writes >= writes);\n"
      "IF array::len($fenced) > 0 { THROW \"FENCED\" };\n";
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
  text += "FOR $row IN $rows { UPDATE $row.query MERGE $row.content RETURN NONE };\nCOMMIT;";
  object vars;
  vars.set("put", value{std::move(sorted.put)});
  vars.set("drop", value{std::move(sorted.drop)});
  vars.set("rows", value{std::move(sorted.rows)});
  return {std::move(text), std::move(vars)};
}

db_query touch_view_query(const edge_format& format, const view_id& view_id) {
  object vars;
  vars.set("in", query_record(format, view_id));
  return {"UPDATE $in SET lastActiveAt = time::now() RETURN VALUE id", std::move(vars)};
}

db_query stored_views_query(const edge_format& format) {
  return {"SELECT * FROM " + surrealql::escape_name(format.query_table()), {}};
}

view_id view_key(const record_id& id) {
  return view_id{id.key.is_string() ? std::string{id.key.as_string()} : surrealql::to_text(id.key)};
}

namespace {

registration_ptr read_view(const value& row) {
  if (!row["id"].is_record()) return nullptr;
  auto view = std::make_shared<view_registration>();
  view->id = view_key(row["id"].as_record());
  if (!take_query_fields(row, *view)) return nullptr;
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

db_query ended_views_query(const edge_format& format, const std::set<view_id>& written) {
  array queries;
  for (const auto& id : written) queries.push_back(query_record(format, id));
  object vars;
  vars.set("ssp", value{format.ssp_id.raw()});
  vars.set("written", value{std::move(queries)});
  return {"SELECT VALUE id FROM " + surrealql::escape_name(format.query_table()) +
              " WHERE ssp = $ssp AND type::is_duration(ttl) AND type::is_datetime(lastActiveAt)"
              " AND lastActiveAt + ttl < time::now();\n"
              "RETURN array::filter($written, |$id| !record::exists($id));\n"
              "RETURN array::filter($written, |$id| record::exists($id) AND $id.ssp != $ssp);",
          std::move(vars)};
}

std::vector<view_id> read_view_keys(const value& ids) {
  std::vector<view_id> keys;
  if (!ids.is_array()) return keys;
  for (const auto& id : ids.as_array())
    if (id.is_record()) keys.push_back(view_key(id.as_record()));
  return keys;
}

}  // namespace spooky::actors
