#pragma once

#include "config/settings.hpp"
#include "storage/replica.hpp"
#include "storage/wal.hpp"

#include <string>

namespace spooky::process {

/// Whether the log that was opened continues the one this replica was fed from, so that no seq was
/// given twice. Ask before recovery brings the two together. Unless every change is synced nobody
/// can tell after a crash which of them the log has lost, so then it counts as another log.
bool goes_on(const storage::wal& log, const storage::replica& replica, config::wal_sync sync);

/// The log's name, kept with the replica; a fresh one if the log does not go `on` or has none.
result<std::string> log_identity(storage::replica& replica, bool on);

/// The version of SurrealDB whose answers SSPs with this log give; empty: it has never told one.
result<std::string> stored_database_version(const storage::replica& replica);

/// A name no other log has.
std::string fresh_log_id();

}  // namespace spooky::process
