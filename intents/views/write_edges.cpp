#include "intents/views/write_edges.hpp"

#include "protocol/fields.hpp"
#include "surrealql/values/text.hpp"

#include <string>
#include <utility>

namespace spooky::intents {

namespace {

value edge_record(const edge_format& format, const value& key) {
  return value{record_id{format.edge_table(), key}};
}

value edge_content(const edge_format& format, const view_registration& view, const value& edge,
                   const edge_op& op) {
  object content;
  content.set("id", edge_record(format, edge));
  content.set("in", query_record(format, view.query));
  content.set("view", view_record(format, view.id));
  content.set("out", value{op.out});
  content.set("version", fields::of_count(op.version));
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
  const auto writes = fields::of_number(row.writes);
  object content{{"writes", writes},
                 {"state", value{state_of(row)}},
                 {"rowCount", fields::of_count(row.row_count)},
                 {"rows", row.rows},
                 {"merkle_root", value{row.merkle_root}},
                 {"seq", fields::of_number(row.seq)},
                 {"error", row.failure.empty() ? value{} : value{row.failure}}};
  return value{object{{"view", view_record(format, row.registration->id)},
                      {"epoch", fields::of_number(row.epoch)},
                      {"writes", writes},
                      {"content", value{std::move(content)}}}};
}

/// The batch's operations as the parameters of its statements.
struct operations {
  array put;
  array drop;
  array rows;
};

operations sort_out(const edge_format& format, const edge_batch& batch) {
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

query_text render(const write_edges& asked) {
  const auto& format = asked.format;
  auto sorted = sort_out(format, *asked.batch);
  const auto edges = surrealql::escape_name(format.edge_table());
  std::string text =
      "BEGIN;\n"
      "LET $fenced = (SELECT VALUE view FROM $rows"
      " WHERE view.epoch != epoch OR view.writes >= writes);\n"
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
  text += "FOR $row IN $rows { UPDATE $row.view MERGE $row.content RETURN NONE };\nCOMMIT;";
  object vars;
  vars.set("put", value{std::move(sorted.put)});
  vars.set("drop", value{std::move(sorted.drop)});
  vars.set("rows", value{std::move(sorted.rows)});
  return {std::move(text), std::move(vars)};
}

result<guarded_write> read(const write_edges&, const db_answer& answer) {
  return read_guarded(answer);
}

}  // namespace spooky::intents
