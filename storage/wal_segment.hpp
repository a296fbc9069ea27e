#pragma once

#include "storage/file_system.hpp"
#include "storage/wal_format.hpp"
#include "surrealql/values/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spooky::storage {

/// A segment file of a log directory, by name.
struct segment_file {
  sequence_number first_seq = 0;
  std::string path;
};

/// The directory's segments, oldest first.
result<std::vector<segment_file>> list_segments(file_system& files, const std::string& directory);

/// Writes zeros over [from, to).
result<void> write_zeros(file& handle, std::uint64_t from, std::uint64_t to);

/// Reads one segment's frames front to back through a window, so that memory is bounded by the
/// window or the largest frame. The file may grow at its end meanwhile.
class segment_cursor {
 public:
  /// Opens the file and checks its header; failures as decode_segment_header, with the path.
  static result<segment_cursor> open(file_system& files, const std::string& path);

  /// The whole, valid frame at offset(), which then moves behind it; nothing if there is none.
  /// The payload is valid until the next call of any function here.
  result<std::optional<wal_frame>> next();

  const segment_header& header() const noexcept { return header_; }
  const std::string& path() const noexcept { return path_; }
  std::uint64_t file_bytes() const noexcept { return file_bytes_; }
  /// Where the next frame starts.
  std::uint64_t offset() const noexcept { return offset_; }

  /// Where the last nonzero byte at or after offset() ends; offset() if there is none.
  result<std::uint64_t> used_end();

  /// A valid frame somewhere behind offset() whose `synced` is at least `seq`: the proof that the
  /// frame `seq` at offset() was once whole on disk.
  result<bool> has_witness(sequence_number seq);

 private:
  segment_cursor(std::unique_ptr<file> handle, std::string path, segment_header header,
                 std::uint64_t file_bytes);
  /// At least `bytes` bytes at `offset` (fewer only at the file's end), read afresh if needed.
  result<std::string_view> window(std::uint64_t offset, std::size_t bytes);
  result<void> fill(std::uint64_t offset, std::size_t bytes);
  result<std::optional<wal_frame>> frame_at(std::uint64_t offset);

  std::unique_ptr<file> handle_;
  std::string path_;
  segment_header header_;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t offset_ = segment_header_bytes;
  std::string buffer_;
  std::uint64_t buffer_offset_ = 0;
};

/// What lies behind the last good frame of the newest segment.
struct tail_finding {
  enum class kind : std::uint8_t {
    clean,      ///< zeros only
    torn,       ///< an unfinished write: bytes that were never reported as synced
    corrupt,    ///< a frame that was whole once
    truncated,  ///< the file is shorter than it was made
  };
  kind type = kind::clean;
  std::uint64_t used_end = 0;  ///< for torn: where its bytes end
  std::string message;         ///< for people; empty if clean
};

/// Judges the bytes from `cursor.offset()` on, where frame `expected` should have been.
result<tail_finding> examine_tail(segment_cursor& cursor, sequence_number expected);

/// What to do about damage, to end every message about it.
std::string_view damage_advice() noexcept;

}  // namespace spooky::storage
