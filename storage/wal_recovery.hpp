#pragma once

#include "storage/wal.hpp"
#include "storage/wal_segment.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace spooky::storage {

/// What the log needs to know to go on after its segments were recovered.
struct recovered_segments {
  std::uint64_t salt = 0;
  std::vector<std::uint64_t> segment_bytes;  ///< one per segment
  std::uint64_t end_offset = 0;              ///< where the newest segment's frames end
  sequence_number last_seq = 0;
  wal_recovery report;
};

/// Checks the headers of all `segments` (oldest first, at least one) and reads the newest to its
/// end. A torn tail is copied to a file of its own. Unless the log was closed in order, the frames
/// whose sync no later frame confirms, and zeros from there to the end of the segment, are written
/// and synced again: a kernel that failed to sync may show bytes that the disk does not have, and
/// what it hides must not come back either. On return, exactly what was recovered is on disk.
result<recovered_segments> recover_segments(file_system& files, const std::string& directory,
                                            const std::vector<segment_file>& segments);

}  // namespace spooky::storage
