#include "intents/capture/read_records.hpp"

#include "intents/capture/record_version.hpp"
#include "surrealql/values/record_order.hpp"

#include <string_view>
#include <utility>

namespace spooky::intents {

query_text render(const read_records& asked) {
  array records;
  array versions;
  records.reserve(asked.ids.size());
  const bool versioned = !asked.version_table.empty();
  for (const auto& id : asked.ids) {
    records.emplace_back(id);
    if (versioned)
      versions.emplace_back(record_id{asked.version_table, value{array{value{id.table}, id.key}}});
  }
  object vars;
  vars.set("ids", value{std::move(records)});
  if (!versioned) return {"SELECT * FROM $ids", std::move(vars)};
  vars.set("versions", value{std::move(versions)});
  return {"RETURN { rows: (SELECT * FROM $ids), versions: (SELECT * FROM $versions) }",
          std::move(vars)};
}

namespace {

using records_by_id = record_map<value>;

result<records_by_id> by_id(const value& rows, std::string_view field) {
  if (!rows.is_array()) return fail(errc::corrupt, "SurrealDB gave records that are no array");
  records_by_id found;
  for (const auto& row : rows.as_array())
    if (row[field].is_record()) found.insert_or_assign(row[field].as_record(), row);
  return found;
}

change change_of(const record_id& id, const records_by_id& rows) {
  change c;
  c.id = id;
  const auto row = rows.find(id);
  c.op = row == rows.end() ? change_op::erase : change_op::update;
  if (row != rows.end()) c.record = row->second;
  return c;
}

}  // namespace

result<std::vector<change>> read(const read_records& asked, const db_answer& answer) {
  SPOOKY_ASSIGN(const auto said, first_result(answer));
  const bool versioned = !asked.version_table.empty();
  SPOOKY_ASSIGN(const auto rows, by_id(versioned ? said["rows"] : said, "id"));
  SPOOKY_ASSIGN(const auto versions,
                by_id(versioned ? said["versions"] : value{array{}}, "record_id"));
  std::vector<change> changes;
  changes.reserve(asked.ids.size());
  for (const auto& id : asked.ids) {
    auto c = change_of(id, rows);
    c.version = carried_version(c.record, asked.version_field);
    if (const auto counted = versions.find(id); counted != versions.end())
      c.version = carried_version(counted->second, "version");
    if (versioned && c.version) set_version(c, *c.version, asked.version_field);
    changes.push_back(std::move(c));
  }
  return changes;
}

}  // namespace spooky::intents
