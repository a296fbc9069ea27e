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

query_text render(const read_newest_epoch& asked) {
  // What is beyond any clock was written by nobody of ours, and must not use up the numbers.
  return {"SELECT math::max(epoch) AS epoch FROM " +
              surrealql::escape_name(asked.format.view_table()) +
              " WHERE epoch > 0 AND epoch < 4611686018427387904 GROUP ALL",
          {}};
}

result<newest_epoch> read(const read_newest_epoch&, const db_answer& answer) {
  const auto rows = rows_of(answer, "the highest epoch");
  newest_epoch found;
  if (!rows.ok() && rows.failure().code == errc::not_found) return found;
  if (!rows.ok()) return rows.failure();
  for (const auto& row : *rows)
    if (row["epoch"].type() == value_type::integer)
      found.epoch = placement_epoch{static_cast<std::uint64_t>(row["epoch"].as_integer())};
  return found;
}

namespace {

/// Of a view's record, with $unsaid. What users registered lives as long as one of those who own it
/// wants it, each for himself; what nobody can own lives by its own time. Nobody comes back to what
/// an account owns that is gone.
std::string time_has_passed(const edge_format& format) {
  return "(IF type::is_record(auth.auth) { array::len((SELECT VALUE id FROM " +
         surrealql::escape_name(format.owner_table()) +
         " WHERE view = $parent.id AND (!type::is_duration(ttl) AND record::exists(in)"
         " OR !type::is_datetime(lastActiveAt)"
         " OR lastActiveAt + (ttl ?? $unsaid) >= time::now()) LIMIT 1)) = 0 }"
         " ELSE { type::is_duration(ttl) AND type::is_datetime(lastActiveAt)"
         " AND lastActiveAt + ttl < time::now() })";
}

}  // namespace

query_text render(const is_view_wanted& asked) {
  object vars;
  vars.set("view", view_record(asked.format, asked.view_id));
  vars.set("unsaid", value{guest_ttl});
  return {"SELECT VALUE id FROM $view WHERE record::exists(query) AND !" +
              time_has_passed(asked.format),
          std::move(vars)};
}

result<wanted_view> read(const is_view_wanted& asked, const db_answer& answer) {
  const auto ids = rows_of(answer, "whether view " + asked.view_id + " is wanted");
  if (!ids.ok() && ids.failure().code == errc::not_found) return wanted_view{};
  if (!ids.ok()) return ids.failure();
  return wanted_view{!ids->empty()};
}

query_text render(const find_ended_views& asked) {
  array views;
  for (const auto& id : asked.written) views.push_back(view_record(asked.format, id));
  object vars;
  vars.set("ssp", value{asked.format.ssp_id.raw()});
  vars.set("written", value{std::move(views)});
  vars.set("unsaid", value{guest_ttl});
  return {"SELECT VALUE id FROM " + surrealql::escape_name(asked.format.view_table()) +
              " WHERE ssp = $ssp AND " + time_has_passed(asked.format) +
              ";\n"
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
