#pragma once

#include "machines/capture/page.hpp"
#include "storage/replica_snapshot.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::machines {

/// A stretch of a table as one side has it: rows in record-id order from a common beginning.
template <class Row>
struct table_stretch {
  std::vector<Row> rows;
  bool to_the_end = false;  ///< the table holds nothing behind the last row
  /// Where it ends if not there; nothing: at the last row.
  std::optional<record_id> last = {};
};

/// What makes the replica's stretch equal to the database's: creates, updates and deletes, as far
/// as both sides are known. `reached` is where that ends: nothing if both reach the table's end,
/// else a record at or after the last row of the shorter side, so that repeating from there passes
/// the whole table, however unlike the sides are.
///
/// Rows are the same if they are written alike (1 and 1.0 are not). A replica's row may carry the
/// field `version_field`, put there by a table event, without being different; a change has the
/// higher version of both sides, lest it be taken for an old one. What either side says of
/// `computed` fields does not count: they are told as they were at some moment, and never used.
/// Fails with `corrupt` on a row without a record id. O(rows log rows).
result<page_difference> difference(const table_stretch<value>& database,
                                   const table_stretch<storage::stored_record>& replica,
                                   std::string_view version_field,
                                   const std::vector<std::string>& computed = {});

}  // namespace spooky::machines
