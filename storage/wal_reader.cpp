#include "storage/wal_reader.hpp"

#include "storage/wal_segment.hpp"

#include <algorithm>

namespace spooky::storage {

class wal_reader::impl {
 public:
  impl(file_system& files, std::string directory, sequence_number from)
      : files_(files), directory_(std::move(directory)), from_(from) {}

  result<void> open();
  result<std::optional<wal_frame>> next(sequence_number up_to);

 private:
  result<void> follow();

  file_system& files_;
  std::string directory_;
  sequence_number from_;          ///< frames that end before it are passed over
  sequence_number expected_ = 0;  ///< first seq of the frame at the cursor
  std::optional<segment_cursor> cursor_;
};

result<void> wal_reader::impl::open() {
  SPOOKY_ASSIGN(const std::vector<segment_file> segments, list_segments(files_, directory_));
  const auto behind = std::find_if(segments.begin(), segments.end(), [&](const segment_file& each) {
    return each.first_seq > from_;
  });
  if (behind == segments.begin()) {
    return fail(errc::not_found, segments.empty()
                                     ? directory_ + " holds no log"
                                     : directory_ + " no longer holds seq " +
                                           std::to_string(from_.raw()) + "; the oldest kept is " +
                                           std::to_string(segments.front().first_seq.raw()));
  }
  SPOOKY_ASSIGN(cursor_, segment_cursor::open(files_, std::prev(behind)->path));
  expected_ = cursor_->header().first_seq;
  return {};
}

/// The cursor found no frame although `expected_` was written: it is in the next segment.
result<void> wal_reader::impl::follow() {
  const std::string path = join_path(directory_, segment_name(expected_));
  SPOOKY_ASSIGN(const std::vector<segment_file> segments, list_segments(files_, directory_));
  const bool there = std::any_of(segments.begin(), segments.end(),
                                 [&](const segment_file& each) { return each.path == path; });
  if (there && path != cursor_->path()) {
    SPOOKY_ASSIGN(cursor_, segment_cursor::open(files_, path));
    return {};
  }
  if (!segments.empty() && segments.front().first_seq > expected_) {
    return fail(errc::not_found, directory_ + " no longer holds seq " +
                                     std::to_string(expected_.raw()) + "; the oldest kept is " +
                                     std::to_string(segments.front().first_seq.raw()));
  }
  return fail(errc::corrupt, cursor_->path() + " at offset " + std::to_string(cursor_->offset()) +
                                 ": the frame of seq " + std::to_string(expected_.raw()) +
                                 " is damaged or missing. " + std::string(damage_advice()));
}

result<std::optional<wal_frame>> wal_reader::impl::next(sequence_number up_to) {
  while (std::max(expected_, from_) <= up_to) {
    SPOOKY_ASSIGN(const std::optional<wal_frame> frame, cursor_->next());
    if (!frame) {
      SPOOKY_TRY(follow());
      continue;
    }
    if (frame->first != expected_) {
      return fail(errc::corrupt, cursor_->path() + ": seq " + std::to_string(frame->first.raw()) +
                                     " where " + std::to_string(expected_.raw()) +
                                     " must follow. " + std::string(damage_advice()));
    }
    expected_ = frame->last + 1;
    if (!frame->is_seal() && frame->last >= from_) return frame;
  }
  return std::optional<wal_frame>{};
}

wal_reader::wal_reader(std::unique_ptr<impl> state) : impl_(std::move(state)) {}
wal_reader::wal_reader(wal_reader&&) noexcept = default;
wal_reader& wal_reader::operator=(wal_reader&&) noexcept = default;
wal_reader::~wal_reader() = default;

result<wal_reader> wal_reader::open(file_system& files, std::string directory,
                                    sequence_number from) {
  auto state = std::make_unique<impl>(files, std::move(directory), from);
  SPOOKY_TRY(state->open());
  return wal_reader(std::move(state));
}

result<std::optional<wal_frame>> wal_reader::next(sequence_number up_to) {
  return impl_->next(up_to);
}

}  // namespace spooky::storage
