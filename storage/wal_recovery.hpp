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
/// end. A torn tail is copied to a file of its own, then zeroed. Frames whose sync was never
/// confirmed by a later frame are written and synced again, since a kernel that failed to sync may
/// still show bytes that the disk does not have. On return, all that was recovered is on disk.
result<recovered_segments> recover_segments(file_system& files, const std::string& directory,
                                            const std::vector<segment_file>& segments);

}  // namespace spooky::storage
