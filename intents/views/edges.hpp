#pragma once

#include "protocol/ids.hpp"
#include "protocol/view.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace spooky::intents {

/// What a view's edge should be: written with this content, or gone.
struct edge_op {
  bool remove = false;
  record_id out;
  std::uint64_t version = 0;
  value parent;       ///< edge id of the enclosing row; NONE for main rows
  std::string alias;  ///< the alias under which a related row appears

  friend bool operator==(const edge_op&, const edge_op&) = default;
};

/// What an edge in the database looks like to a reconciliation.
struct stored_edge {
  std::uint64_t version = 0;
  std::string client_id;

  friend bool operator==(const stored_edge&, const stored_edge&) = default;
};
using stored_edges = std::map<value, stored_edge>;  ///< by edge id

/// A view as the database had it at the moment it was claimed.
struct stored_view {
  placement_epoch epoch = 0;  ///< under which it has been claimed
  write_count writes = 0;     ///< the number of the claim among the transactions of that epoch
  sequence_number seq = 0;    ///< what its edges show
  stored_edges edges;
};

/// A registration's row in `_spooky_query`, as it should be after the batch it is written with.
struct query_row {
  registration_ptr registration;
  bool ready = false;   ///< with this batch the edges show all of the result
  std::string failure;  ///< why the view shows an older result; empty: it does not
  std::size_t row_count = 0;
  /// The result, where it has rows that are no records' (groups, split) and so no edges; else NONE.
  value rows;
  std::string merkle_root;
  sequence_number seq = 0;
  placement_epoch epoch = 0;
  write_count writes = 0;   ///< number of this transaction, above all earlier ones of the epoch
  std::uint64_t round = 0;  ///< a mark of whoever made the row; not written
};

/// Edges and rows that become visible together.
struct edge_batch {
  /// Edge operations by view and edge id; `rows` has the row of each view at the same place.
  std::vector<std::pair<view_id, std::vector<std::pair<value, edge_op>>>> edges;
  std::vector<query_row> rows;
  std::size_t size() const {
    std::size_t operations = 0;
    for (const auto& view : edges) operations += view.second.size();
    return operations;
  }
};

}  // namespace spooky::intents
