#include "intents/views/compare_views.hpp"

#include "protocol/fields.hpp"
#include "surrealql/values/text.hpp"

#include <utility>

namespace spooky::intents {

query_text render(const answer_select& asked) { return {asked.surql, asked.params}; }

result<value> read(const answer_select&, const db_answer& answer) { return first_result(answer); }

query_text render(const read_standing_view& asked) {
  const auto& format = asked.format;
  object vars;
  vars.set("view", view_record(format, asked.view_id));
  vars.set("query", query_record(format, asked.query));
  return {
      "RETURN { record: (SELECT state, rowCount, merkle_root FROM ONLY $view), edges: (SELECT id, "
      "out, version, clientId, parent, parent_rel FROM " +
          surrealql::escape_name(format.edge_table()) + " WHERE in = $query AND view = $view) }",
      std::move(vars)};
}

result<standing_view> read(const read_standing_view& asked, const db_answer& answer) {
  SPOOKY_ASSIGN(const auto said, first_result(answer));
  if (!said["edges"].is_array())
    return fail(errc::corrupt,
                "SurrealDB gave the edges of view " + asked.view_id + " as no array");
  standing_view view;
  view.recorded = said["record"].is_object();
  view.state = fields::text_or_empty(said["record"]["state"]);
  view.row_count = number_of(said["record"]["rowCount"]);
  view.merkle_root = fields::text_or_empty(said["record"]["merkle_root"]);
  for (const auto& row : said["edges"].as_array()) {
    if (!row["id"].is_record())
      return fail(errc::corrupt,
                  "SurrealDB gave an edge of view " + asked.view_id + " without an id");
    view.edges[row["id"].as_record().key] = {row["out"], number_of(row["version"]),
                                             fields::text_or_empty(row["clientId"]), row["parent"],
                                             row["parent_rel"]};
  }
  return view;
}

query_text render(const remove_edges& asked) {
  array edges;
  for (const auto& key : asked.keys) edges.emplace_back(record_id{asked.format.edge_table(), key});
  object vars;
  vars.set("edges", value{std::move(edges)});
  vars.set("view", view_record(asked.format, asked.view_id));
  vars.set("epoch", fields::of_number(asked.epoch));
  const std::string bump = asked.format.removal == config::edge_removal::bump_then_delete
                               ? "UPDATE $edges SET version += 1 RETURN NONE; "
                               : "";
  return {
      "IF (SELECT VALUE epoch FROM ONLY $view) = $epoch { " + bump + "DELETE $edges RETURN NONE }",
      std::move(vars)};
}

result<done> read(const remove_edges&, const db_answer& answer) { return read_done(answer); }

}  // namespace spooky::intents
