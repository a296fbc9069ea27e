#pragma once

#include "protocol/ids.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/value.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace spooky {

/// What a client that has a copy of a view asks of its Merkle tree, whose definition is
/// views/hashes/merkle_tree.hpp: nodes by their paths, and rows that it lacks.
struct tree_question {
  static constexpr std::size_t most_nodes = 256;
  static constexpr std::size_t most_rows = 1'000;

  std::vector<std::string> paths;  ///< of hexadecimal digits; empty: the root
  std::set<std::string> rows;      ///< main rows' ids as text
};

/// A node, one level deep.
struct tree_node {
  struct leaf {
    value id;  ///< a record, or [parent, path, record] for a related row
    std::uint64_t version = 0;
    std::string hash;  ///< hexadecimal, as all hashes
  };

  std::string path;
  std::string hash;
  std::size_t count = 0;              ///< leaves under it
  std::vector<std::string> children;  ///< hashes of all 16; none where it has its leaves itself
  std::vector<leaf> leaves;           ///< in order of place
};

struct tree_nodes {
  sequence_number seq = 0;
  std::string root;
  std::vector<tree_node> nodes;  ///< of those paths that the tree has
};

struct tree_answer {
  tree_nodes tree;
  /// Of the rows that were asked for, those that the view has: record, version, row.
  std::vector<std::tuple<record_id, std::uint64_t, value>> rows;
};

}  // namespace spooky
