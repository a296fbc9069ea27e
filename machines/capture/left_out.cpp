#include "machines/capture/left_out.hpp"

#include "surrealql/values/text.hpp"

namespace spooky::machines {

std::vector<record_id> left_out_ledger::add(const left_out_rows& found) {
  std::vector<record_id> fresh;
  auto& known = tables_[found.table];
  for (const auto& id : found.ids) {
    const auto it = known.find(id);
    if (it != known.end()) {
      it->second = true;
    } else if (known.size() < per_table_) {
      known.emplace(id, true);
      fresh.push_back(id);
    }
  }
  return fresh;
}

void left_out_ledger::begin(const std::string& table) {
  const auto it = tables_.find(table);
  if (it == tables_.end()) return;
  for (auto& [id, added] : it->second) added = false;
}

void left_out_ledger::finish(const std::string& table) {
  const auto it = tables_.find(table);
  if (it == tables_.end()) return;
  std::erase_if(it->second, [](const auto& row) { return !row.second; });
  if (it->second.empty()) tables_.erase(it);
}

std::vector<std::string> left_out_ledger::tables() const {
  std::vector<std::string> names;
  for (const auto& [table, rows] : tables_) names.push_back(table);
  return names;
}

std::vector<record_id> left_out_ledger::some(const std::string& table, std::size_t limit) const {
  std::vector<record_id> ids;
  const auto it = tables_.find(table);
  if (it == tables_.end()) return ids;
  for (const auto& [id, added] : it->second) {
    if (ids.size() == limit) break;
    ids.push_back(id);
  }
  return ids;
}

std::string left_out_ledger::remark(const std::string& table) const {
  const auto it = tables_.find(table);
  if (it == tables_.end()) return {};
  const auto rows = it->second.size();
  return "table " + table + ": " + (rows < per_table_ ? "" : "at least ") + std::to_string(rows) +
         " row(s) cannot be read and are left out, " +
         surrealql::to_text(it->second.begin()->first) + " first, for a computed field of it fails";
}

}  // namespace spooky::machines
