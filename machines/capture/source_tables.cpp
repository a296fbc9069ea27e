#include "machines/capture/source_tables.hpp"

#include "machines/capture/tables.hpp"

#include <algorithm>

namespace spooky::machines {

void watched_tables::restore(const std::string& name, const copied_table& copied) {
  auto& known = known_[name];
  known.table.name = name;
  known.table.id = copied.id;
}

std::vector<watched_tables::news> watched_tables::look(
    const std::vector<source_table>& tables) const {
  std::vector<news> found;
  for (const auto& table : tables) {
    const auto it = known_.find(table.name);
    if (it == known_.end()) {
      found.push_back({table_news::appeared, table});
      continue;
    }
    const auto& known = it->second;
    const bool renumbered = known.table.id != -1 && table.id != -1 && known.table.id != table.id;
    if (renumbered || known.doubtful)
      found.push_back({table_news::redefined, table});
    else if (!known.handed)
      found.push_back({table_news::continued, table});
    else if (known.table.retention != table.retention)
      found.push_back({table_news::altered, table});
  }
  for (const auto& [name, known] : known_) {
    const bool there = std::any_of(tables.begin(), tables.end(),
                                   [&wanted = name](const auto& t) { return t.name == wanted; });
    if (!there) found.push_back({table_news::gone, known.table});
  }
  return found;
}

void watched_tables::seen(const news& item) {
  if (item.what == table_news::gone)
    known_.erase(item.table.name);
  else
    known_[item.table.name] = {item.table, true, false};
}

void watched_tables::doubt(const std::string& name) {
  if (const auto it = known_.find(name); it != known_.end()) it->second.doubtful = true;
}

std::int64_t watched_tables::id_of(const std::string& name) const {
  const auto it = known_.find(name);
  return it == known_.end() ? -1 : it->second.table.id;
}

}  // namespace spooky::machines
