#include "storage/wal_segment.hpp"

#include <algorithm>

namespace spooky::storage {
namespace {

constexpr std::size_t window_bytes = 256u << 10;

std::string at(const segment_cursor& cursor, std::uint64_t offset) {
  return cursor.path() + " at offset " + std::to_string(offset);
}

}  // namespace

result<std::vector<segment_file>> list_segments(file_system& files, const std::string& directory) {
  SPOOKY_ASSIGN(const std::vector<std::string> names, files.list(directory));
  std::vector<segment_file> segments;
  for (const std::string& name : names) {
    if (const auto seq = parse_segment_name(name)) {
      segments.push_back({*seq, join_path(directory, name)});
    }
  }
  return segments;
}

result<void> write_zeros(file& handle, std::uint64_t from, std::uint64_t to) {
  constexpr std::uint64_t slice_bytes = 1u << 20;
  const std::string zeros(std::min(slice_bytes, to - from), '\0');
  while (from < to) {
    const std::uint64_t n = std::min<std::uint64_t>(zeros.size(), to - from);
    SPOOKY_TRY(handle.write_at(from, std::string_view(zeros).substr(0, n)));
    from += n;
  }
  return {};
}

segment_cursor::segment_cursor(std::unique_ptr<file> handle, std::string path,
                               segment_header header, std::uint64_t file_bytes)
    : handle_(std::move(handle)),
      path_(std::move(path)),
      header_(header),
      file_bytes_(file_bytes) {}

result<segment_cursor> segment_cursor::open(file_system& files, const std::string& path) {
  SPOOKY_ASSIGN(std::unique_ptr<file> handle, files.open(path, open_mode::read));
  std::string bytes(segment_header_bytes, '\0');
  SPOOKY_ASSIGN(const std::size_t n, handle->read_at(0, bytes));
  bytes.resize(n);
  auto header = decode_segment_header(bytes);
  if (!header) return fail(header.failure().code, path + " " + header.failure().message);
  SPOOKY_ASSIGN(const std::uint64_t size, handle->size());
  return segment_cursor(std::move(handle), path, *header, size);
}

result<void> segment_cursor::fill(std::uint64_t offset, std::size_t bytes) {
  buffer_.resize(std::max(bytes, window_bytes));
  buffer_offset_ = offset;
  SPOOKY_ASSIGN(const std::size_t n, handle_->read_at(offset, buffer_));
  buffer_.resize(n);
  return {};
}

result<std::string_view> segment_cursor::window(std::uint64_t offset, std::size_t bytes) {
  if (offset < buffer_offset_ || offset + bytes > buffer_offset_ + buffer_.size()) {
    SPOOKY_TRY(fill(offset, bytes));
  }
  return std::string_view(buffer_).substr(offset - buffer_offset_);
}

result<std::optional<wal_frame>> segment_cursor::frame_at(std::uint64_t offset) {
  SPOOKY_ASSIGN(std::string_view bytes, window(offset, frame_header_bytes));
  const auto length = peek_frame_bytes(bytes, header_.salt);
  if (!length || *length > file_bytes_ - offset) return std::optional<wal_frame>{};
  SPOOKY_ASSIGN(bytes, window(offset, *length));
  return decode_frame(bytes, header_.salt);
}

result<std::optional<wal_frame>> segment_cursor::next() {
  SPOOKY_ASSIGN(std::optional<wal_frame> frame, frame_at(offset_));
  if (!frame) {
    // The window may be older than the writer's last frame.
    SPOOKY_TRY(fill(offset_, frame_header_bytes));
    SPOOKY_ASSIGN(frame, frame_at(offset_));
  }
  if (frame) offset_ += frame_bytes(frame->payload.size());
  return frame;
}

result<std::uint64_t> segment_cursor::used_end() {
  std::uint64_t end = offset_;
  for (std::uint64_t at = offset_; at < file_bytes_;) {
    SPOOKY_TRY(fill(at, window_bytes));
    if (buffer_.empty()) break;
    const std::size_t last = buffer_.find_last_not_of('\0');
    if (last != std::string::npos) end = at + last + 1;
    at += buffer_.size();
  }
  return end;
}

result<bool> segment_cursor::has_witness(sequence_number seq) {
  std::uint64_t at = offset_ + 8;
  while (at + frame_header_bytes <= file_bytes_) {
    SPOOKY_ASSIGN(const std::string_view bytes, window(at, frame_header_bytes));
    if (bytes.size() < frame_header_bytes) break;
    const std::size_t found = bytes.find('F');
    if (found >= 8) {  // npos included
      // Frames start at multiples of 8: skip to the one at or before the next candidate.
      const std::size_t skip = found == std::string_view::npos ? bytes.size() : found;
      at += std::max<std::size_t>(skip / 8 * 8, 8);
      continue;
    }
    SPOOKY_ASSIGN(const std::optional<wal_frame> frame, frame_at(at));
    if (frame && frame->synced >= seq) return true;
    at += frame ? frame_bytes(frame->payload.size()) : 8;
  }
  return false;
}

result<tail_finding> examine_tail(segment_cursor& cursor, sequence_number expected) {
  using kind = tail_finding::kind;
  const std::uint64_t end = cursor.offset();
  const std::string seq = std::to_string(expected.raw());
  if (cursor.file_bytes() < cursor.header().file_bytes) {
    return tail_finding{
        kind::truncated, end,
        cursor.path() + " was truncated: it has " + std::to_string(cursor.file_bytes()) + " of " +
            std::to_string(cursor.header().file_bytes) + " bytes; changes from seq " + seq +
            " on (offset " + std::to_string(end) + ") may be lost"};
  }
  SPOOKY_ASSIGN(const std::uint64_t used_end, cursor.used_end());
  if (used_end == end) return tail_finding{kind::clean, end, {}};
  SPOOKY_ASSIGN(const bool was_whole, cursor.has_witness(expected));
  if (was_whole) {
    return tail_finding{kind::corrupt, used_end,
                        at(cursor, end) + ": the frame of seq " + seq +
                            " is damaged, and later frames prove that it was whole on disk"};
  }
  return tail_finding{kind::torn, used_end,
                      at(cursor, end) + ": " + std::to_string(used_end - end) +
                          " bytes of an unfinished write where seq " + seq +
                          " would start; no later frame proves that it was ever synced"};
}

std::string_view damage_advice() noexcept {
  return "Restore this file from a copy; or move the log directory aside and start again: the log "
         "then continues at the replica's seq, and changes it had not applied yet are read again "
         "from the database.";
}

}  // namespace spooky::storage
