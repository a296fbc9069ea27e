#pragma once

#include "storage/file_system.hpp"
#include "storage/wal_format.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::storage {

struct wal_options {
  std::string directory;                      ///< made if missing
  std::uint64_t segment_bytes = 64ull << 20;  ///< size of a segment file; at least 4096
  /// A log that does not exist yet starts at this + 1. Ignored when there is one.
  sequence_number start_after = 0;
};

/// What opening the log found and did.
struct wal_recovery {
  bool created = false;           ///< there was no log before
  sequence_number first_seq = 0;  ///< of the oldest frame kept; 0 if the log holds none
  sequence_number last_seq = 0;   ///< of the newest, or what the log starts after if it holds none
  std::size_t segments = 0;
  std::uint64_t torn_bytes = 0;  ///< bytes of an unfinished write that were set aside
  std::string torn_copy;         ///< where they were copied; empty if there were none
};

struct wal_stats {
  sequence_number first_seq = 0;   ///< of the oldest frame kept; 0 if none
  sequence_number last_seq = 0;    ///< of the newest frame written
  sequence_number synced_seq = 0;  ///< everything up to here survives power loss
  std::size_t segments = 0;
  std::uint64_t bytes = 0;  ///< disk space of all segments
  std::uint64_t frames_since_open = 0;
  std::uint64_t syncs_since_open = 0;
};

/// The write-ahead log: a directory of segments holding frames in gap-free seq order.
///
/// One owner drives it, which makes group commit its choice: `append` any number of frames (memory
/// only), then one `sync`. Sync policy `always` answers producers after sync(); `interval` answers
/// after write() and calls sync() on a timer; `never` leaves it to the operating system. write()
/// alone survives a killed process, not power loss.
///
/// A failed write() or sync() forgets every frame appended since the last successful write() and
/// removes what had reached the file: those changes are refused, and their seqs are free again.
/// The log stays usable, so ingest resumes by itself once space returns (until what had reached the
/// file could be removed, calls keep failing, and a crash may bring those changes back). After a
/// failed sync the outcome is unknown and no retry is safe: the log is failed(), every further call
/// returns that error, and only reopening tells what survived.
///
/// Not thread-safe. Readers (wal_reader) may run on other threads, bounded by the last seq that
/// write() or sync() reported.
class wal {
 public:
  /// Locks the directory, recovers, and leaves the log ready to append.
  ///
  /// A torn tail (what a crash left of writes that were never reported as synced) is copied aside
  /// and cut off. Damage before that is refused with errc::corrupt: the message names file, offset,
  /// seq and what to do. Cost: reads the newest segment, and headers of the others.
  static result<wal> open(file_system& files, wal_options options);

  wal(wal&&) noexcept;
  wal& operator=(wal&&) noexcept;
  /// Releases the directory without writing anything; close() is the orderly end.
  ~wal();

  const wal_recovery& recovered() const noexcept;

  /// Buffers one frame for changes first..last, which must continue at next_seq() without a gap
  /// (errc::invalid_argument otherwise). Payload at most max_frame_payload (errc::limit_exceeded).
  result<void> append(sequence_number first, sequence_number last, std::string_view payload);

  /// Hands everything appended to the operating system.
  result<void> write();
  /// write(), then makes it survive power loss. One disk flush, whatever the number of frames.
  result<void> sync();

  /// Writes up to 1 MiB of zeros ahead into the next segment. Call it after answering producers:
  /// what is not done here, the write() that fills the segment does at once (64 MiB: 0.1 s). A
  /// failure matters, and is reported, only then.
  void prepare_next_segment();

  /// The seq that the next append must start with.
  sequence_number next_seq() const noexcept;
  sequence_number written_seq() const noexcept;  ///< newest in the file
  sequence_number synced_seq() const noexcept;   ///< newest that survives power loss
  std::size_t buffered_bytes() const noexcept;   ///< appended, not yet written

  /// Deletes the oldest segments whose frames are all <= `seq`. Never the newest segment. Returns
  /// the oldest seq still kept.
  result<sequence_number> truncate_through(sequence_number seq);

  /// Drops every frame and goes on at `seq` + 1. For a replica that is ahead of the log, which only
  /// power loss under policy `interval` or `never` brings about.
  result<void> restart_after(sequence_number seq);

  wal_stats stats() const;
  /// The error that ended this log's life, if any.
  const std::optional<error>& failed() const noexcept;

  /// Syncs, marks the end as complete (so that later damage to it is told from a torn write) and
  /// releases the directory. Further calls fail.
  result<void> close();

 private:
  class impl;
  explicit wal(std::unique_ptr<impl> state);
  std::unique_ptr<impl> impl_;
};

}  // namespace spooky::storage
