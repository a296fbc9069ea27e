#include "intents/views/view_records.hpp"

#include "protocol/registration_codec.hpp"
#include "surrealql/values/text.hpp"

#include <memory>
#include <utility>

namespace spooky::intents {

query_text render(const read_stored_views& asked) {
  return {"SELECT * FROM " + surrealql::escape_name(asked.format.view_table()), {}};
}

namespace {

registration_ptr read_view(const value& row) {
  if (!row["id"].is_record()) return nullptr;
  auto view = std::make_shared<view_registration>();
  view->id = view_key(row["id"].as_record());
  const auto& query = row["query"];
  if (!query.is_record() || !query.as_record().key.is_string()) return nullptr;
  view->query = query_key{std::string{query.as_record().key.as_string()}};
  if (!take_query_fields(row, *view)) return nullptr;
  return view;
}

}  // namespace

result<stored_views> read(const read_stored_views&, const db_answer& answer) {
  const auto rows = rows_of(answer, "the query records");
  stored_views found;
  if (!rows.ok() && rows.failure().code == errc::not_found) return found;
  if (!rows.ok()) return rows.failure();
  for (const auto& row : *rows) {
    if (auto view = read_view(row))
      found.views.push_back(std::move(view));
    else
      found.skipped.push_back(surrealql::to_text(row["id"]));
  }
  return found;
}

query_text render(const find_ended_views& asked) {
  array views;
  for (const auto& id : asked.written) views.push_back(view_record(asked.format, id));
  object vars;
  vars.set("ssp", value{asked.format.ssp_id.raw()});
  vars.set("written", value{std::move(views)});
  const auto owners = surrealql::escape_name(asked.format.owner_table());
  vars.set("unsaid", value{guest_ttl});
  // What users registered lives as long as one of those who own it wants it, each for himself; what
  // nobody can own lives by its own time. Nobody comes back to what an account owns that is gone.
  return {"SELECT VALUE id FROM " + surrealql::escape_name(asked.format.view_table()) +
              " WHERE ssp = $ssp AND IF type::is_record(auth.auth)"
              " { array::len((SELECT VALUE id FROM " +
              owners +
              " WHERE view = $parent.id AND (!type::is_duration(ttl) AND record::exists(in)"
              " OR !type::is_datetime(lastActiveAt)"
              " OR lastActiveAt + (ttl ?? $unsaid) >= time::now()) LIMIT 1)) = 0 }"
              " ELSE { type::is_duration(ttl) AND type::is_datetime(lastActiveAt)"
              " AND lastActiveAt + ttl < time::now() };\n"
              // Whoever deletes the query's record ends all its views.
              "RETURN array::filter($written, |$id| !record::exists($id) OR"
              " !record::exists($id.query));\n"
              "RETURN array::filter($written, |$id| record::exists($id) AND $id.ssp != $ssp);\n"
              "DELETE " +
              surrealql::escape_name(asked.format.request_table()) +
              " WHERE at < time::now() - 1m RETURN NONE;",
          std::move(vars)};
}

result<ended_views> read(const find_ended_views&, const db_answer& answer) {
  SPOOKY_TRY(check_statements(answer));
  if (answer.size() != 4)
    return fail(errc::corrupt, "SurrealDB left out answers to the question for ended views");
  return ended_views{read_view_keys(answer[0].result), read_view_keys(answer[1].result),
                     read_view_keys(answer[2].result)};
}

query_text render(const touch_view& asked) {
  object vars;
  vars.set("in", view_record(asked.format, asked.view_id));
  return {"UPDATE $in SET lastActiveAt = time::now() RETURN VALUE id", std::move(vars)};
}

result<touched_view> read(const touch_view& asked, const db_answer& answer) {
  SPOOKY_ASSIGN(const auto ids, rows_of(answer, "the touched record of view " + asked.view_id));
  return touched_view{!ids.empty()};
}

}  // namespace spooky::intents
