#include "machines/capture/compare_pace.hpp"

#include <algorithm>

namespace spooky::machines {

void compare_pace::add(const std::string& table, timestamp now) {
  tables_.try_emplace(table, entry{now, false});
}

void compare_pace::remove(const std::string& table) { tables_.erase(table); }

std::vector<std::string> compare_pace::due(timestamp now) {
  std::vector<std::string> found;
  for (auto& [table, known] : tables_) {
    if (known.under_way || known.at > now) continue;
    known = {now, true};
    found.push_back(table);
  }
  return found;
}

void compare_pace::done(const std::string& table, timestamp now) {
  const auto it = tables_.find(table);
  if (it == tables_.end() || !it->second.under_way) return;
  const auto took = now - it->second.at;
  it->second = {now + std::max<timespan>(bounds_.shortest, took * bounds_.share), false};
}

std::optional<timestamp> compare_pace::next() const {
  std::optional<timestamp> soonest;
  for (const auto& [table, known] : tables_)
    if (!known.under_way && (!soonest || known.at < *soonest)) soonest = known.at;
  return soonest;
}

}  // namespace spooky::machines
