#pragma once

#include "intents/statements.hpp"
#include "intents/views/edge_format.hpp"
#include "protocol/ids.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// Comparing what views show with the database: its own answers, and what stands there of them.
namespace spooky::intents {

/// What the database answers to a SELECT. The caller has seen to it that it only reads.
struct answer_select {
  using answer = value;
  std::string surql;
  object params;
};
query_text render(const answer_select& asked);
result<value> read(const answer_select& asked, const db_answer& answer);

/// An edge with all that clients read in it.
struct standing_edge {
  value out;
  std::uint64_t version = 0;
  std::string client_id;
  value parent;       ///< the enclosing edge; NONE for main rows
  value parent_name;  ///< the alias under which a related row appears, likewise

  friend bool operator==(const standing_edge&, const standing_edge&) = default;
};

/// A view as it stands in the database.
struct standing_view {
  bool recorded = false;  ///< its record is there
  std::string state;
  std::uint64_t row_count = 0;
  std::string merkle_root;
  std::map<value, standing_edge> edges;  ///< by the keys of their ids
};

/// The view's record and edges, of one moment.
struct read_standing_view {
  using answer = standing_view;
  edge_format format;
  spooky::view_id view_id;
  query_key query;
};
query_text render(const read_standing_view& asked);
result<standing_view> read(const read_standing_view& asked, const db_answer& answer);

/// Removes edges of a view by their keys, whoever wrote them, unless another epoch has the view;
/// those that are not there are no failure.
struct remove_edges {
  using answer = done;
  edge_format format;
  spooky::view_id view_id;
  placement_epoch epoch = 0;
  std::vector<value> keys;
};
query_text render(const remove_edges& asked);
result<done> read(const remove_edges& asked, const db_answer& answer);

}  // namespace spooky::intents
