#pragma once

#include "storage/file_system.hpp"
#include "storage/wal_format.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace spooky::storage {

/// The verdict of `spooky wal verify|stats|dump`; its number is the exit code.
enum class wal_verdict : int {
  intact = 0,
  torn_tail = 1,   ///< an unfinished write at the end; opening the log sets it aside
  corrupt = 2,     ///< damage inside; opening the log is refused
  truncated = 3,   ///< a file shorter than it was made; opening the log is refused
  foreign = 4,     ///< not a log of Spooky's
  empty = 5,       ///< a file of no bytes, or a directory without segments
  unreadable = 6,  ///< missing, or the operating system refused
};

/// "intact", "torn tail", ...
std::string_view to_string(wal_verdict verdict) noexcept;

struct wal_segment_report {
  std::string path;
  sequence_number first_seq = 0;  ///< 0 if it holds no frame
  sequence_number last_seq = 0;
  std::uint64_t frames = 0;
  std::uint64_t payload_bytes = 0;
  std::uint64_t used_bytes = 0;
  std::uint64_t file_bytes = 0;
  bool sealed = false;  ///< closed in order at its end
};

struct wal_report {
  wal_verdict verdict = wal_verdict::intact;
  /// For people: one sentence that names file, offset, seq and what to do.
  std::string message;
  std::vector<wal_segment_report> segments;
  sequence_number first_seq = 0;
  sequence_number last_seq = 0;
  std::uint64_t frames = 0;
  std::uint64_t changes = 0;
  std::uint64_t payload_bytes = 0;

  int exit_code() const noexcept { return static_cast<int>(verdict); }
};

/// Called for each whole frame in order; false stops.
using wal_frame_visitor = std::function<bool(const wal_segment_report& segment,
                                             std::uint64_t offset, const wal_frame& frame)>;

/// Reads a log directory or a single segment file from end to end, checks every checksum and the
/// order of seqs, and reports. Changes nothing and takes no lock: on a log in use, the newest
/// frames may look torn. `visit` may be empty; with it this is `spooky wal dump`.
wal_report inspect_wal(file_system& files, const std::string& path,
                       const wal_frame_visitor& visit = {});

}  // namespace spooky::storage
