#include "machines/ssp/table_intake.hpp"

#include "protocol/table_rows.hpp"
#include "surrealql/values/record_order.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

namespace {

std::uint64_t version_of(const value& record, const std::string& version_field,
                         std::uint64_t otherwise) {
  const auto& own = record[version_field];
  if (own.type() == value_type::integer && own.as_integer() > 0)
    return static_cast<std::uint64_t>(own.as_integer());
  return otherwise;
}

/// The last change of each record above `seq`.
record_map<const change*> last_changes(const std::vector<change>& kept, sequence_number seq) {
  record_map<const change*> last;
  for (const auto& c : kept)
    if (c.seq > seq) last[c.id] = &c;
  return last;
}

}  // namespace

void table_intake::open(const table_name& table, sequence_number applied) {
  tables_.try_emplace(table, open_table{applied, {}});
}

sequence_number table_intake::raise(const table_name& table, sequence_number seq) {
  auto& since = tables_.at(table).since;
  since = std::max(since, seq);
  return since;
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
  const auto unversioned = std::max(position, sequence_number{1}).raw();
  const auto changed = last_changes(kept, loaded.seq);
  folded_rows folded;
  folded.seq = std::max(position, applied);
  if (changed.empty() && loaded.versions.size() == loaded.rows.size()) {
    folded.records = loaded.rows;
    folded.versions = loaded.versions;
    return folded;
  }
  folded.own_records.reserve(loaded.rows.size() + changed.size());
  folded.own_versions.reserve(loaded.rows.size() + changed.size());
  for (std::size_t i = 0; i < loaded.rows.size(); ++i) {
    const auto& record = loaded.rows[i];
    if (!record["id"].is_record()) continue;
    if (!changed.empty() && changed.contains(record["id"].as_record())) continue;
    folded.own_records.push_back(record);
    folded.own_versions.push_back(i < loaded.versions.size()
                                      ? loaded.versions[i]
                                      : version_of(record, version_field, unversioned));
  }
  for (const auto& [id, c] : changed) {
    if (c->op == change_op::erase) continue;
    folded.own_records.push_back(c->record);
    folded.own_versions.push_back(c->version.value_or(c->seq.raw()));
  }
  folded.records = folded.own_records;
  folded.versions = folded.own_versions;
  return folded;
}

}  // namespace spooky::machines
