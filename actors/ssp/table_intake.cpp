#include "actors/ssp/table_intake.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace spooky::actors {

namespace {

struct versioned_row {
  value record;
  std::uint64_t version = 0;
};
using rows_by_id = std::unordered_map<record_id, versioned_row>;

std::uint64_t version_of(const value& record, const std::string& version_field,
                         std::uint64_t otherwise) {
  const auto& own = record[version_field];
  if (own.type() == value_type::integer && own.as_integer() > 0)
    return static_cast<std::uint64_t>(own.as_integer());
  return otherwise;
}

rows_by_id index(const table_rows& loaded, sequence_number otherwise,
                 const std::string& version_field) {
  rows_by_id rows;
  rows.reserve(loaded.rows.size());
  for (std::size_t i = 0; i < loaded.rows.size(); ++i) {
    const auto& record = loaded.rows[i];
    if (!record["id"].is_record()) continue;
    const auto version = i < loaded.versions.size() ? loaded.versions[i]
                                                    : version_of(record, version_field, otherwise);
    rows.insert_or_assign(record["id"].as_record(), versioned_row{record, version});
  }
  return rows;
}

void fold(const change& c, rows_by_id& rows) {
  if (c.op == change_op::erase)
    rows.erase(c.id);
  else
    rows.insert_or_assign(c.id, versioned_row{c.record, c.version.value_or(c.seq)});
}

}  // namespace

void table_intake::open(const std::string& table, sequence_number applied) {
  tables_.try_emplace(table, open_table{applied, {}});
}

bool table_intake::usable(const table_rows& loaded) const {
  const auto it = tables_.find(loaded.table);
  return it != tables_.end() && (loaded.seq == 0 || loaded.seq >= it->second.since);
}

void table_intake::keep(std::span<const change> changes) {
  if (tables_.empty()) return;
  for (const auto& c : changes)
    if (const auto it = tables_.find(c.id.table); it != tables_.end()) it->second.kept.push_back(c);
}

table_intake::folded_rows table_intake::close(const table_rows& loaded, sequence_number applied,
                                              const std::string& version_field) {
  const auto kept = std::move(tables_[loaded.table].kept);
  tables_.erase(loaded.table);
  const auto position = loaded.seq != 0 ? loaded.seq : applied;
  auto rows = index(loaded, std::max<sequence_number>(position, 1), version_field);
  for (const auto& c : kept)
    if (c.seq > loaded.seq) fold(c, rows);
  folded_rows folded;
  folded.seq = std::max(position, applied);
  folded.records.reserve(rows.size());
  folded.versions.reserve(rows.size());
  for (auto& [id, row] : rows) {
    folded.records.push_back(std::move(row.record));
    folded.versions.push_back(row.version);
  }
  return folded;
}

}  // namespace spooky::actors
