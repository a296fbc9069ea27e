#include "machines/capture/source_tables.hpp"

#include <set>

namespace spooky::machines {

void watched_tables::restore(const std::string& name, const copied_table& copied) {
  auto& known = known_[name];
  known.table.name = name;
  known.table.id = copied.id;
  known.copied_by = copied.mode;
}

std::optional<table_news> watched_tables::what_is_new(const entry& known,
                                                      const routed_table& seen) {
  const auto& [table, way] = seen;
  if (known.table.id != -1 && table.id != -1 && known.table.id != table.id)
    return table_news::redefined;
  if (known.doubtful) return table_news::doubted;
  if (!known.handed) {
    // What another way missed before the start is this one's to find.
    const bool same_way = known.copied_by.empty() || known.copied_by == to_string(way);
    return same_way ? table_news::continued : table_news::doubted;
  }
  if (known.way != way) return table_news::moved;
  if (known.table.drops != table.drops) return table_news::doubted;
  if (known.table.retention != table.retention) return table_news::altered;
  return std::nullopt;
}

std::vector<watched_tables::news> watched_tables::look(
    const std::vector<routed_table>& tables) const {
  std::vector<news> found;
  std::set<std::string> there;
  for (const auto& seen : tables) {
    there.insert(seen.table.name);
    const auto it = known_.find(seen.table.name);
    const auto what = it == known_.end() ? table_news::appeared : what_is_new(it->second, seen);
    if (what) found.push_back({*what, seen.table, seen.way, way_of(seen.table.name)});
  }
  for (const auto& [name, known] : known_)
    if (!there.contains(name))
      found.push_back({table_news::gone, known.table, known.way, way_of(name)});
  return found;
}

void watched_tables::seen(const news& item) {
  if (item.what == table_news::gone)
    known_.erase(item.table.name);
  else
    known_[item.table.name] = {item.table, item.way, {}, true, false};
}

void watched_tables::doubt(const std::string& name) {
  if (const auto it = known_.find(name); it != known_.end()) it->second.doubtful = true;
}

std::int64_t watched_tables::id_of(const std::string& name) const {
  const auto it = known_.find(name);
  return it == known_.end() ? -1 : it->second.table.id;
}

std::optional<capture_way> watched_tables::way_of(const std::string& name) const {
  const auto it = known_.find(name);
  if (it == known_.end() || !it->second.handed) return std::nullopt;
  return it->second.way;
}

}  // namespace spooky::machines
