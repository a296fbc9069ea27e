#pragma once

#include "actors/capture/source_watch.hpp"

#include <string>
#include <vector>

/// What the source_watch knows of the sources of its tables, and what it is asked about them.
namespace spooky::actors {

/// The source that captures in that way; empty where there is none. LIVE's compares as well.
capture_source_actor source_for(source_watch_ptr self, capture_way way);

/// Tables of which the sink should have all that the database has: their source is told of their
/// changes, is well and has caught up, and they are not being compared. O(tables).
std::vector<std::string> captured_tables(const source_watch_state& state);

/// See flushable. not_ready for a table that is none of captured_tables().
caf::result<sequence_number> flush_table(source_watch_ptr self, const std::string& table);
void doubt_rows(source_watch_ptr self, const std::string& table, const std::vector<record_id>& ids);

}  // namespace spooky::actors
