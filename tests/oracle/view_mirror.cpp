#include "view_mirror.hpp"

#include "surrealql/values/text.hpp"

#include <set>

namespace spooky::oracle {

using surrealql::to_text;

view_mirror::key view_mirror::key_of(const views::member& m) {
  return {m.id, m.parent.value_or(record_id{}), m.path.empty() ? m.alias : m.path};
}

view_mirror::view_mirror(const views::view_snapshot& first) : failed_(first.failed.has_value()) {
  for (const auto& m : first.members) members_.insert_or_assign(key_of(m), m);
}

std::optional<std::string> view_mirror::apply(const views::view_delta& delta) {
  std::optional<std::string> problem;
  const auto complain = [&](const char* what, const views::member& m) {
    if (!problem) problem = std::string(what) + " " + to_text(m.id);
  };
  for (const auto& m : delta.removed)
    if (members_.erase(key_of(m)) == 0) complain("removed, but never added:", m);
  for (const auto& m : delta.added)
    if (!members_.insert_or_assign(key_of(m), m).second) complain("added twice:", m);
  for (const auto& m : delta.updated)
    if (members_.insert_or_assign(key_of(m), m).second) complain("updated, but never added:", m);
  failed_ = delta.failed.has_value();
  return problem;
}

std::optional<std::string> view_mirror::difference(const views::view_snapshot& truth) const {
  if (failed_ != truth.failed.has_value()) return "the deltas tell another error state";
  if (failed_) return std::nullopt;
  std::set<key, key_before> present;  // a list of ids may name a record twice
  for (const auto& m : truth.members) {
    present.insert(key_of(m));
    const auto known = members_.find(key_of(m));
    if (known == members_.end()) return "no delta added " + to_text(m.id);
    if (known->second.row != m.row) return "the deltas leave another row of " + to_text(m.id);
    if (known->second.version != m.version)
      return "the deltas leave another version of " + to_text(m.id);
  }
  if (members_.size() != present.size()) return "the deltas leave rows that have gone";
  return std::nullopt;
}

}  // namespace spooky::oracle
