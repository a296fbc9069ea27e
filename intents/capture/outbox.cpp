#include "intents/capture/outbox.hpp"

#include <utility>

namespace spooky::intents {

query_text render(const read_outbox& asked) {
  return {"SELECT * FROM " + asked.system_prefix + "outbox LIMIT " + std::to_string(asked.limit),
          {}};
}

result<std::vector<outbox_row>> read(const read_outbox&, const db_answer& answer) {
  const auto rows = rows_of(answer, "the outbox");
  std::vector<outbox_row> found;
  if (!rows.ok() && rows.failure().code == errc::not_found) return found;
  if (!rows.ok()) return rows.failure();
  for (const auto& row : *rows)
    if (row["id"].is_record())
      found.push_back({row["id"].as_record(), surrealql::decode_ingest(row["body"])});
  return found;
}

query_text render(const clear_outbox& asked) {
  array ids;
  for (const auto& id : asked.ids) ids.emplace_back(id);
  object vars;
  vars.set("ids", value{std::move(ids)});
  return {"DELETE $ids", std::move(vars)};
}

result<done> read(const clear_outbox&, const db_answer& answer) { return read_done(answer); }

}  // namespace spooky::intents
