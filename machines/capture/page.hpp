#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/values/value.hpp"

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
};

/// What makes the replica equal to the database within the stretch.
struct page_difference {
  std::vector<change> changes;       ///< whole records as the database has them; deletes
  std::optional<record_id> reached;  ///< where the next stretch begins; nothing: the table's end
  std::uint64_t rows = 0;            ///< rows of the database looked at
  std::vector<record_id> left_out = {};  ///< rows of the database that cannot be read
  std::string unreadable = {};           ///< why nothing of the table can be read; empty: it can
};
using page_difference_ptr = std::shared_ptr<const page_difference>;

}  // namespace spooky::machines
