#pragma once

#include "actors/messages.hpp"
#include "storage/replica.hpp"
#include "storage/wal.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace spooky::process {

/// Brings the replica up to the log after a crash: applies what the log holds and the replica
/// lacks, and nothing else. Logs progress. Fails with `corrupt`, saying what to do, when the log no
/// longer holds what the replica needs.
result<void> recover(storage::file_system& files, const std::string& wal_directory,
                     storage::wal& log, storage::replica& replica);

/// Where the change feed goes on, from the replica's notes, and the tables' definitions that the
/// replica holds as rows of `definition_table`; nothing if no clone was completed.
result<std::optional<actors::feed_start>> stored_feed_start(const storage::replica& replica,
                                                            std::string_view definition_table);

}  // namespace spooky::process
