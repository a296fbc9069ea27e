#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/values/value.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spooky::machines {

/// Asks how a stretch of a table differs between database and replica.
struct page_request {
  std::string table;
  std::optional<record_id> after;  ///< the stretch begins after this record; nothing: at the start
  sequence_number applied = 0;     ///< the replica must contain everything up to here
  std::size_t rows = 0;            ///< of each side at most; 0: as many as are compared at once
};

/// What makes the replica equal to the database within the stretch.
struct page_difference {
  std::vector<change> changes;  ///< whole records as the database has them; deletes
  /// For each change a hash of what both sides say of the record: the same one as long as neither
  /// says anything else.
  std::vector<std::uint64_t> marks = {};
  std::optional<record_id> reached;  ///< where the next stretch begins; nothing: the table's end
  std::uint64_t rows = 0;            ///< rows of the database looked at
  std::vector<record_id> left_out = {};  ///< rows of the database that cannot be read
  std::string unreadable = {};           ///< why nothing of the table can be read; empty: it can
};
using page_difference_ptr = std::shared_ptr<const page_difference>;

}  // namespace spooky::machines
