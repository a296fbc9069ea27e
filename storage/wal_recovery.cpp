#include "storage/wal_recovery.hpp"

#include <algorithm>
#include <deque>

namespace spooky::storage {
namespace {

constexpr std::size_t chunk_bytes = 1u << 20;

error damaged(std::string message) {
  return fail(errc::corrupt, std::move(message) + ". " + std::string(damage_advice()));
}

/// Calls use(offset, bytes) for [from, to) of the file, in chunks.
template <class Use>
result<void> for_each_chunk(file& handle, std::uint64_t from, std::uint64_t to, const Use& use) {
  std::string chunk;
  while (from < to) {
    chunk.resize(std::min<std::uint64_t>(chunk_bytes, to - from));
    SPOOKY_ASSIGN(const std::size_t n, handle.read_at(from, chunk));
    if (n != chunk.size()) return fail(errc::io_error, "a log segment shrank while it was read");
    SPOOKY_TRY(use(from, std::string_view(chunk)));
    from += n;
  }
  return {};
}

/// Keeps the torn bytes for whoever wants to look, under a name that is not taken.
result<std::string> set_aside(file_system& files, const std::string& directory, file& segment,
                              std::uint64_t from, std::uint64_t to, sequence_number seq) {
  SPOOKY_ASSIGN(const std::vector<std::string> names, files.list(directory));
  std::string name;
  for (unsigned n = 1; name.empty() || std::find(names.begin(), names.end(), name) != names.end();
       ++n) {
    name = "torn-" + std::to_string(seq.raw()) + "-" + std::to_string(n) + ".bin";
  }
  const std::string path = join_path(directory, name);
  SPOOKY_ASSIGN(const std::unique_ptr<file> copy, files.open(path, open_mode::create));
  SPOOKY_TRY(for_each_chunk(segment, from, to, [&](std::uint64_t at, std::string_view bytes) {
    return copy->write_at(at - from, bytes);
  }));
  SPOOKY_TRY(copy->sync());
  SPOOKY_TRY(files.sync_directory(directory));
  return path;
}

/// The newest segment, read to its end.
class newest_segment {
 public:
  explicit newest_segment(segment_cursor cursor)
      : cursor_(std::move(cursor)), expected_(cursor_.header().first_seq) {}

  result<void> read_to_end();

  segment_cursor cursor_;
  sequence_number expected_;       ///< the seq after the last frame
  sequence_number confirmed_ = 0;  ///< known synced by what later frames say
  struct mark {
    sequence_number last = 0;
    std::uint64_t offset = 0;
  };
  std::deque<mark> unconfirmed_;
  bool sealed_ = false;  ///< closed in order behind the last frame
};

result<void> newest_segment::read_to_end() {
  for (;;) {
    const std::uint64_t offset = cursor_.offset();
    SPOOKY_ASSIGN(const std::optional<wal_frame> frame, cursor_.next());
    if (!frame) return {};
    if (frame->first != expected_) {
      return damaged(cursor_.path() + " at offset " + std::to_string(offset) + ": seq " +
                     std::to_string(frame->first.raw()) + " where " +
                     std::to_string(expected_.raw()) + " must follow");
    }
    expected_ = frame->last + 1;
    sealed_ = frame->is_seal();
    confirmed_ = std::max(confirmed_, frame->synced);
    unconfirmed_.push_back({frame->last, offset});
    while (!unconfirmed_.empty() && unconfirmed_.front().last <= confirmed_) {
      unconfirmed_.pop_front();
    }
  }
}

result<std::vector<segment_header>> read_headers(file_system& files,
                                                 const std::vector<segment_file>& segments) {
  std::vector<segment_header> headers;
  for (const segment_file& each : segments) {
    auto cursor = segment_cursor::open(files, each.path);
    if (!cursor && cursor.failure().code == errc::io_error) return cursor.failure();
    if (!cursor) return damaged(cursor.failure().message);
    const segment_header& header = cursor->header();
    if (header.first_seq != each.first_seq) {
      return damaged(each.path + " holds seq " + std::to_string(header.first_seq.raw()) +
                     " and later: it was renamed");
    }
    if (!headers.empty() && header.salt != headers.front().salt) {
      return damaged(each.path + " belongs to another log than " + segments.front().path);
    }
    headers.push_back(header);
  }
  return headers;
}

}  // namespace

result<recovered_segments> recover_segments(file_system& files, const std::string& directory,
                                            const std::vector<segment_file>& segments) {
  SPOOKY_ASSIGN(const std::vector<segment_header> headers, read_headers(files, segments));
  SPOOKY_ASSIGN(segment_cursor cursor, segment_cursor::open(files, segments.back().path));
  newest_segment newest(std::move(cursor));
  SPOOKY_TRY(newest.read_to_end());
  const std::uint64_t end = newest.cursor_.offset();
  SPOOKY_ASSIGN(const tail_finding tail, examine_tail(newest.cursor_, newest.expected_));

  recovered_segments out;
  out.salt = headers.front().salt;
  for (const segment_header& each : headers) out.segment_bytes.push_back(each.file_bytes);
  out.end_offset = end;
  out.last_seq = newest.expected_ - 1;
  out.report.segments = segments.size();
  out.report.last_seq = out.last_seq;
  out.report.first_seq =
      segments.front().first_seq <= out.last_seq ? segments.front().first_seq : 0;

  SPOOKY_ASSIGN(const std::unique_ptr<file> handle,
                files.open(segments.back().path, open_mode::read_write));
  switch (tail.type) {
    case tail_finding::kind::clean:
      break;
    case tail_finding::kind::corrupt:
    case tail_finding::kind::truncated:
      return damaged(tail.message);
    case tail_finding::kind::torn: {
      out.report.torn_bytes = tail.used_end - end;
      SPOOKY_ASSIGN(out.report.torn_copy,
                    set_aside(files, directory, *handle, end, tail.used_end, newest.expected_));
      break;
    }
  }
  if (newest.sealed_ && tail.type == tail_finding::kind::clean) return out;

  const std::uint64_t doubtful =
      newest.unconfirmed_.empty() ? end : newest.unconfirmed_.front().offset;
  SPOOKY_TRY(for_each_chunk(*handle, doubtful, end, [&](std::uint64_t at, std::string_view bytes) {
    return handle->write_at(at, bytes);
  }));
  // Also what somebody appended to the file: else it would be found, and copied, at each opening.
  SPOOKY_TRY(write_zeros(*handle, end, std::max(headers.back().file_bytes, tail.used_end)));
  SPOOKY_TRY(handle->sync());
  return out;
}

}  // namespace spooky::storage
