#include "machines/capture/definition_ledger.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

void definition_ledger::restore(const array& rows) {
  held_.clear();
  for (const auto& row : rows)
    if (row["id"].is_record()) held_.emplace(row["id"].as_record(), row);
}

std::vector<change> definition_ledger::lacks(const array& present) const {
  std::map<record_id, const value*> there;
  for (const auto& row : present) there.emplace(row["id"].as_record(), &row);
  std::vector<change> changes;
  for (const auto& [id, row] : there) {
    const auto held = held_.find(id);
    if (held != held_.end() && held->second == *row) continue;
    change& c = changes.emplace_back();
    c.op = held == held_.end() ? change_op::create : change_op::update;
    c.id = id;
    c.record = *row;
  }
  for (const auto& [id, row] : held_) {
    if (there.contains(id)) continue;
    change& c = changes.emplace_back();
    c.op = change_op::erase;
    c.id = id;
  }
  return changes;
}

void definition_ledger::took(const std::vector<change>& changes, sequence_number last) {
  for (const auto& c : changes) {
    if (c.op == change_op::erase)
      held_.erase(c.id);
    else
      held_[c.id] = c.record;
  }
  last_ = std::max(last_, last);
}

table_rows definition_ledger::rows(const table_name& table, sequence_number least) const {
  table_rows shown;
  shown.table = table;
  shown.seq = std::max(last_, least);
  for (const auto& [id, row] : held_) shown.rows.push_back(row);
  return shown;
}

}  // namespace spooky::machines
