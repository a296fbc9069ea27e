#include "views/hashes/snapshot_root.hpp"

#include "views/hashes/merkle_tree.hpp"

#include <utility>

namespace spooky::views {

value leaf_id(const member& m) {
  if (!m.parent) return value{m.id};
  return value{array{value{*m.parent}, value{m.path}, value{m.id}}};
}

digest merkle_root(const view_snapshot& snapshot) {
  merkle_tree tree;
  for (const auto& m : snapshot.members) tree.upsert(leaf_id(m), m.version, content_hash(m.row));
  return tree.root();
}

}  // namespace spooky::views
