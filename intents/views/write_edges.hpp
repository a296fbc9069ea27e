#pragma once

#include "intents/statements.hpp"
#include "intents/views/edge_format.hpp"
#include "intents/views/edges.hpp"
#include "intents/views/fence.hpp"

#include <memory>

namespace spooky::intents {

/// One transaction that writes a batch: edges put, bumped, deleted, and the rows of `_spooky_query`
/// they belong to, so that whoever sees `state` and `rowCount` sees the edges they describe.
/// Every value is a bound parameter. Refused as a whole if one of its views is not ours any more.
struct write_edges {
  using answer = guarded_write;
  edge_format format;
  std::shared_ptr<const edge_batch> batch;
};
query_text render(const write_edges& asked);
result<guarded_write> read(const write_edges& asked, const db_answer& answer);

}  // namespace spooky::intents
