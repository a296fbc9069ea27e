#include "storage/wal.hpp"

#include "storage/wal_recovery.hpp"
#include "storage/wal_segment.hpp"

#include <algorithm>
#include <random>

namespace spooky::storage {
namespace {

constexpr std::uint64_t slice_bytes = 1u << 20;
constexpr std::uint64_t smallest_segment = 4096;
constexpr std::string_view spare_name = "spare.tmp";

std::uint64_t random_salt() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

}  // namespace

/// The next segment while it is being filled with zeros.
struct spare_segment {
  std::unique_ptr<file> handle;
  std::uint64_t bytes = 0;   ///< its full size
  std::uint64_t zeroed = 0;  ///< of these, written
};

class wal::impl {
 public:
  impl(file_system& files, wal_options options) : files_(files), options_(std::move(options)) {}

  result<void> open();
  result<void> append(sequence_number first, sequence_number last, std::string_view payload);
  result<void> write();
  result<void> sync();
  void prepare_next_segment();
  result<sequence_number> truncate_through(sequence_number seq);
  result<void> restart_after(sequence_number seq);
  result<void> close();
  wal_stats stats() const;

  wal_recovery recovery_;
  std::optional<error> failed_;
  std::string buffer_;
  sequence_number next_ = 1;
  sequence_number written_ = 0;
  sequence_number synced_ = 0;

 private:
  struct segment {
    segment_file at;
    std::uint64_t bytes = 0;
  };
  /// A part of the active segment that holds refused frames and must become zeros again.
  struct undo {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
  };

  result<void> ready();
  result<void> open_segments(const std::vector<segment_file>& found);
  result<void> sync_active();
  result<void> finish_undo();
  void forget_buffer();
  error give_up(error cause);
  result<void> extend_spare(std::uint64_t to);
  result<void> start_spare(std::uint64_t bytes);
  void drop_spare();
  result<void> rotate(std::uint64_t frames_bytes);
  result<void> add_segment(sequence_number first_seq, std::uint64_t bytes);
  std::string spare_path() const { return join_path(options_.directory, spare_name); }

  file_system& files_;
  wal_options options_;
  std::unique_ptr<directory_lock> lock_;
  std::uint64_t salt_ = 0;
  std::vector<segment> segments_;
  std::unique_ptr<file> active_;
  std::uint64_t write_offset_ = segment_header_bytes;
  std::optional<undo> undo_;
  spare_segment spare_;
  std::uint64_t buffered_frames_ = 0;
  std::uint64_t frames_ = 0;
  std::uint64_t syncs_ = 0;
};

// -- opening ------------------------------------------------------------------

result<void> wal::impl::open() {
  const std::string& directory = options_.directory;
  if (options_.segment_bytes < smallest_segment) {
    return fail(errc::invalid_argument, "a log segment of " +
                                            std::to_string(options_.segment_bytes) +
                                            " bytes is too small; use at least 4096");
  }
  SPOOKY_TRY(files_.create_directories(directory));
  SPOOKY_ASSIGN(const bool is_directory, files_.is_directory(directory));
  if (!is_directory) {
    return fail(errc::invalid_argument,
                directory + " is not a directory; wal_path must name one, or nothing yet");
  }
  SPOOKY_ASSIGN(lock_, files_.lock(directory));
  SPOOKY_ASSIGN(const std::vector<std::string> names, files_.list(directory));
  if (std::find(names.begin(), names.end(), spare_name) != names.end()) {
    SPOOKY_TRY(files_.remove(spare_path()));
  }
  SPOOKY_ASSIGN(const std::vector<segment_file> found, list_segments(files_, directory));
  if (!found.empty()) {
    // A segment whose name the last owner could not sync must not vanish later.
    SPOOKY_TRY(files_.sync_directory(directory));
    return open_segments(found);
  }

  salt_ = random_salt();
  written_ = synced_ = options_.start_after;
  next_ = written_ + 1;
  recovery_.created = true;
  recovery_.last_seq = written_;
  recovery_.segments = 1;
  return add_segment(next_, options_.segment_bytes);
}

result<void> wal::impl::open_segments(const std::vector<segment_file>& found) {
  SPOOKY_ASSIGN(const recovered_segments recovered,
                recover_segments(files_, options_.directory, found));
  salt_ = recovered.salt;
  for (std::size_t i = 0; i < found.size(); ++i) {
    segments_.push_back({found[i], recovered.segment_bytes[i]});
  }
  SPOOKY_ASSIGN(active_, files_.open(found.back().path, open_mode::read_write));
  write_offset_ = recovered.end_offset;
  written_ = synced_ = recovered.last_seq;
  next_ = written_ + 1;
  recovery_ = recovered.report;
  return {};
}

// -- appending ----------------------------------------------------------------

result<void> wal::impl::ready() {
  if (failed_) return *failed_;
  if (undo_) return finish_undo();
  return {};
}

result<void> wal::impl::append(sequence_number first, sequence_number last,
                               std::string_view payload) {
  SPOOKY_TRY(ready());
  if (first != next_ || last < first || last - first >= UINT32_MAX) {
    return fail(errc::invalid_argument, "the log expects seq " + std::to_string(next_.raw()) +
                                            " next, not a frame of " + std::to_string(first.raw()) +
                                            ".." + std::to_string(last.raw()));
  }
  if (payload.size() > max_frame_payload) {
    return fail(errc::limit_exceeded, "a batch of " + std::to_string(payload.size()) +
                                          " bytes is too large for the log; the limit is " +
                                          std::to_string(max_frame_payload));
  }
  encode_frame({.first = first, .last = last, .synced = synced_, .payload = payload}, salt_,
               buffer_);
  next_ = last + 1;
  ++buffered_frames_;
  return {};
}

void wal::impl::forget_buffer() {
  buffer_.clear();
  buffered_frames_ = 0;
  next_ = written_ + 1;
}

error wal::impl::give_up(error cause) {
  cause.message +=
      "; what reached the disk is unknown, so the log takes nothing more: restart to recover";
  failed_ = cause;
  forget_buffer();
  return cause;
}

result<void> wal::impl::write() {
  SPOOKY_TRY(ready());
  if (buffer_.empty()) return {};
  if (write_offset_ + buffer_.size() > segments_.back().bytes) {
    if (auto rotated = rotate(buffer_.size()); !rotated) {
      forget_buffer();
      return rotated;
    }
  }
  if (auto written = active_->write_at(write_offset_, buffer_); !written) {
    undo_ = undo{write_offset_, write_offset_ + buffer_.size()};
    forget_buffer();
    // The producers are refused either way; a failing undo is retried before the next append.
    if (auto undone = finish_undo(); !undone && failed_) return undone;
    return written;
  }
  write_offset_ += buffer_.size();
  frames_ += buffered_frames_;
  written_ = next_ - 1;
  forget_buffer();
  return {};
}

result<void> wal::impl::finish_undo() {
  SPOOKY_TRY(write_zeros(*active_, undo_->from, undo_->to));
  SPOOKY_TRY(sync_active());
  undo_.reset();
  return {};
}

result<void> wal::impl::sync_active() {
  if (auto flushed = active_->sync(); !flushed) return give_up(std::move(flushed).failure());
  synced_ = written_;
  ++syncs_;
  return {};
}

result<void> wal::impl::sync() {
  SPOOKY_TRY(write());
  if (synced_ == written_) return {};
  return sync_active();
}

// -- segments -----------------------------------------------------------------

result<void> wal::impl::start_spare(std::uint64_t bytes) {
  drop_spare();
  SPOOKY_ASSIGN(spare_.handle, files_.open(spare_path(), open_mode::create));
  spare_.bytes = bytes;
  return spare_.handle->allocate(bytes);
}

result<void> wal::impl::extend_spare(std::uint64_t to) {
  to = std::min(to, spare_.bytes);
  if (spare_.zeroed >= to) return {};
  SPOOKY_TRY(write_zeros(*spare_.handle, spare_.zeroed, to));
  SPOOKY_TRY(spare_.handle->sync());
  spare_.zeroed = to;
  return {};
}

void wal::impl::drop_spare() {
  if (!spare_.handle) return;
  spare_ = {};
  // It may not be there yet, and a leftover is overwritten by the next one.
  (void)files_.remove(spare_path());
}

void wal::impl::prepare_next_segment() {
  if (failed_ || undo_ || !active_) return;
  const std::uint64_t used = write_offset_ - segment_header_bytes;
  if (spare_.handle ? spare_.zeroed >= std::min(spare_.bytes, 2 * used) : used < slice_bytes / 2) {
    return;
  }
  // Twice as fast as the active segment fills, so that it is ready in time. Failures are reported
  // by rotate(), when they matter.
  if (!spare_.handle && !start_spare(options_.segment_bytes)) return drop_spare();
  if (!extend_spare(spare_.zeroed + slice_bytes)) drop_spare();
}

result<void> wal::impl::add_segment(sequence_number first_seq, std::uint64_t bytes) {
  if (spare_.bytes != bytes) {
    if (auto started = start_spare(bytes); !started) {
      drop_spare();
      return started;
    }
  }
  const std::string path = join_path(options_.directory, segment_name(first_seq));
  auto made = [&]() -> result<void> {
    SPOOKY_TRY(extend_spare(bytes));
    SPOOKY_TRY(spare_.handle->write_at(
        0, encode_segment_header({.salt = salt_, .first_seq = first_seq, .file_bytes = bytes})));
    SPOOKY_TRY(spare_.handle->sync());
    return files_.rename(spare_path(), path);
  }();
  if (!made) {
    drop_spare();
    return made;
  }
  if (auto synced = files_.sync_directory(options_.directory); !synced) {
    return give_up(std::move(synced).failure());
  }
  spare_ = {};
  // Opened again under its name, for messages to tell it.
  auto opened = files_.open(path, open_mode::read_write);
  if (!opened) return give_up(std::move(opened).failure());
  active_ = std::move(opened).value();
  // An active segment without frames was too small for the next group: this one took its name.
  if (!segments_.empty() && segments_.back().at.first_seq == first_seq) segments_.pop_back();
  segments_.push_back({{first_seq, path}, bytes});
  write_offset_ = segment_header_bytes;
  return {};
}

result<void> wal::impl::rotate(std::uint64_t frames_bytes) {
  // A later segment is the proof that all before it is whole.
  if (synced_ != written_) SPOOKY_TRY(sync_active());
  return add_segment(written_ + 1,
                     std::max(options_.segment_bytes, segment_header_bytes + frames_bytes));
}

result<sequence_number> wal::impl::truncate_through(sequence_number seq) {
  std::size_t removed = 0;
  while (removed + 1 < segments_.size() && segments_[removed + 1].at.first_seq <= seq + 1) {
    if (auto gone = files_.remove(segments_[removed].at.path); !gone) {
      segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(removed));
      return std::move(gone).failure();
    }
    ++removed;
  }
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(removed));
  if (removed > 0) SPOOKY_TRY(files_.sync_directory(options_.directory));
  return segments_.front().at.first_seq;
}

result<void> wal::impl::restart_after(sequence_number seq) {
  SPOOKY_TRY(ready());
  forget_buffer();
  // Newest first: a crash in between leaves a log that ends earlier, never one with a hole.
  while (!segments_.empty()) {
    if (auto gone = files_.remove(segments_.back().at.path); !gone) {
      return give_up(std::move(gone).failure());
    }
    segments_.pop_back();
  }
  active_.reset();
  written_ = synced_ = seq;
  next_ = seq + 1;
  if (auto added = add_segment(next_, options_.segment_bytes); !added) {
    return failed_ ? added : result<void>(give_up(std::move(added).failure()));
  }
  return {};
}

result<void> wal::impl::close() {
  SPOOKY_TRY(sync());
  std::string seal;
  encode_frame({.first = next_, .last = next_ - 1, .synced = synced_, .payload = {}}, salt_, seal);
  if (write_offset_ + seal.size() <= segments_.back().bytes) {
    SPOOKY_TRY(active_->write_at(write_offset_, seal));
    SPOOKY_TRY(sync_active());
  }
  drop_spare();
  failed_ = fail(errc::io_error, options_.directory + ": the log is closed");
  active_.reset();
  lock_.reset();
  return {};
}

wal_stats wal::impl::stats() const {
  wal_stats s;
  const sequence_number oldest = segments_.empty() ? next_ : segments_.front().at.first_seq;
  s.first_seq = oldest <= written_ ? oldest : 0;
  s.last_seq = written_;
  s.synced_seq = synced_;
  s.segments = segments_.size();
  for (const segment& each : segments_) s.bytes += each.bytes;
  s.frames_since_open = frames_;
  s.syncs_since_open = syncs_;
  return s;
}

// -- the public face ----------------------------------------------------------

wal::wal(std::unique_ptr<impl> state) : impl_(std::move(state)) {}
wal::wal(wal&&) noexcept = default;
wal& wal::operator=(wal&&) noexcept = default;
wal::~wal() = default;

result<wal> wal::open(file_system& files, wal_options options) {
  auto state = std::make_unique<impl>(files, std::move(options));
  SPOOKY_TRY(state->open());
  return wal(std::move(state));
}

const wal_recovery& wal::recovered() const noexcept { return impl_->recovery_; }
result<void> wal::append(sequence_number first, sequence_number last, std::string_view payload) {
  return impl_->append(first, last, payload);
}
result<void> wal::write() { return impl_->write(); }
result<void> wal::sync() { return impl_->sync(); }
void wal::prepare_next_segment() { impl_->prepare_next_segment(); }
sequence_number wal::next_seq() const noexcept { return impl_->next_; }
sequence_number wal::written_seq() const noexcept { return impl_->written_; }
sequence_number wal::synced_seq() const noexcept { return impl_->synced_; }
std::size_t wal::buffered_bytes() const noexcept { return impl_->buffer_.size(); }
result<sequence_number> wal::truncate_through(sequence_number seq) {
  return impl_->truncate_through(seq);
}
result<void> wal::restart_after(sequence_number seq) { return impl_->restart_after(seq); }
wal_stats wal::stats() const { return impl_->stats(); }
const std::optional<error>& wal::failed() const noexcept { return impl_->failed_; }
result<void> wal::close() { return impl_->close(); }

}  // namespace spooky::storage
