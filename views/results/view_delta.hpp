#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"
#include "views/results/member.hpp"

#include <optional>
#include <string>
#include <vector>

namespace spooky::views {

/// What one step did to one view. Applied in order to the previous result it gives the new one.
struct view_delta {
  std::string view_id;
  sequence_number seq = 0;  ///< the state this delta leads to
  std::vector<member> added;
  std::vector<member> updated;  ///< content or version changed, membership did not
  std::vector<member> removed;
  /// The whole new order of the main rows, only if the query is ordered and the order changed.
  std::optional<std::vector<record_id>> order;
  /// For results without one record per row (groups, split, values): the whole new result. Told
  /// again with `healed`, for who came while the view failed.
  std::optional<value> result;
  /// Set when the view went into, or stays in, the error state; empty when healthy.
  /// The rows stay what they were, unless their reader's rights changed or the view has passed a
  /// limit and is kept no longer: then all are `removed`, and `result` is empty.
  std::optional<error> failed;
  bool healed = false;  ///< left the error state with this delta
};

}  // namespace spooky::views
