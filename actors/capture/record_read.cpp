#include "actors/capture/record_read.hpp"

#include "machines/capture/table_difference.hpp"

#include <unordered_map>
#include <utility>

namespace spooky::actors {

object record_parameters(const std::vector<record_id>& ids, std::string_view version_table) {
  array records;
  array versions;
  records.reserve(ids.size());
  for (const auto& id : ids) {
    records.emplace_back(id);
    if (!version_table.empty())
      versions.emplace_back(
          record_id{std::string{version_table}, value{array{value{id.table}, id.key}}});
  }
  object vars;
  vars.set("ids", value{std::move(records)});
  if (!version_table.empty()) vars.set("versions", value{std::move(versions)});
  return vars;
}

namespace {

result<std::unordered_map<record_id, value>> by_id(const value& rows, std::string_view field) {
  if (!rows.is_array()) return fail(errc::corrupt, "SurrealDB gave records that are no array");
  std::unordered_map<record_id, value> found;
  for (const auto& row : rows.as_array())
    if (row[field].is_record()) found.insert_or_assign(row[field].as_record(), row);
  return found;
}

}  // namespace

void set_version(change& c, std::uint64_t version, std::string_view version_field) {
  c.version = version;
  if (!c.record.is_object()) return;
  auto record = c.record.as_object();
  record.set(version_field, value{static_cast<std::int64_t>(version)});
  c.record = value{std::move(record)};
}

result<std::vector<change>> read_records(const std::vector<record_id>& ids, const value& answer,
                                         std::string_view version_field) {
  const bool versioned = answer.is_object();
  SPOOKY_ASSIGN(const auto rows, by_id(versioned ? answer["rows"] : answer, "id"));
  SPOOKY_ASSIGN(const auto versions,
                by_id(versioned ? answer["versions"] : value{array{}}, "record_id"));
  std::vector<change> changes;
  changes.reserve(ids.size());
  for (const auto& id : ids) {
    change c;
    c.id = id;
    const auto row = rows.find(id);
    c.op = row == rows.end() ? change_op::erase : change_op::update;
    if (row != rows.end()) c.record = row->second;
    c.version = machines::carried_version(c.record, version_field);
    if (const auto counted = versions.find(id); counted != versions.end())
      c.version = machines::carried_version(counted->second, "version");
    if (versioned && c.version) set_version(c, *c.version, version_field);
    changes.push_back(std::move(c));
  }
  return changes;
}

}  // namespace spooky::actors
