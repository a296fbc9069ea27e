#pragma once

#include "intents/statements.hpp"
#include "surrealql/database/change.hpp"

#include <string>
#include <vector>

namespace spooky::intents {

/// Reads records again of which only the ids are known to have changed. The answer says of each id,
/// in the order of the ids: the whole record, or a delete where it is gone.
///
/// With a `version_table` (`<prefix>version`) versions are counted beside the records: those found
/// there are put into the changes and, under `version_field`, into the records, as table events do.
struct read_records {
  using answer = std::vector<change>;
  std::vector<record_id> ids;
  std::string version_field;
  std::string version_table;  ///< empty: none
};
query_text render(const read_records& asked);
result<std::vector<change>> read(const read_records& asked, const db_answer& answer);

}  // namespace spooky::intents
