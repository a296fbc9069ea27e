#include "storage/wal_inspect.hpp"

#include "storage/wal_segment.hpp"

namespace spooky::storage {
namespace {

/// Fills one report, segment after segment.
class inspection {
 public:
  inspection(file_system& files, const wal_frame_visitor& visit) : files_(files), visit_(visit) {}

  wal_report of_directory(const std::string& directory);
  wal_report of_file(const std::string& path);

 private:
  /// False once there is a verdict, or the visitor has had enough.
  bool segment(const std::string& path, const segment_file* after);
  bool frames(segment_cursor& cursor, wal_segment_report& out);
  bool judge_end(segment_cursor& cursor, const segment_file* after);
  bool conclude(wal_verdict verdict, std::string message);
  wal_report finish(const std::string& path);

  file_system& files_;
  const wal_frame_visitor& visit_;
  wal_report report_;
  sequence_number expected_ = 0;  ///< 0: whatever the first segment starts with
  std::optional<std::uint64_t> salt_;
  bool stopped_ = false;
};

bool inspection::conclude(wal_verdict verdict, std::string message) {
  report_.verdict = verdict;
  report_.message = std::move(message);
  return false;
}

wal_verdict verdict_of(errc code) {
  switch (code) {
    case errc::not_found:
      return wal_verdict::empty;
    case errc::unsupported:
      return wal_verdict::foreign;
    case errc::corrupt:
      return wal_verdict::corrupt;
    default:
      return wal_verdict::unreadable;
  }
}

bool inspection::frames(segment_cursor& cursor, wal_segment_report& out) {
  for (;;) {
    const std::uint64_t offset = cursor.offset();
    const auto read = cursor.next();
    if (!read) return conclude(wal_verdict::unreadable, read.failure().message);
    if (!*read) break;
    const wal_frame& frame = **read;
    if (frame.first != expected_) {
      return conclude(wal_verdict::corrupt, cursor.path() + " at offset " + std::to_string(offset) +
                                                ": seq " + std::to_string(frame.first.raw()) +
                                                " where " + std::to_string(expected_.raw()) +
                                                " must follow. " + std::string(damage_advice()));
    }
    expected_ = frame.last + 1;
    out.sealed = frame.is_seal();
    if (!frame.is_seal()) {
      if (out.frames == 0) out.first_seq = frame.first;
      out.last_seq = frame.last;
      ++out.frames;
      out.payload_bytes += frame.payload.size();
      report_.changes += frame.last - frame.first + 1;
    }
    if (visit_ && !visit_(out, offset, frame)) {
      stopped_ = true;
      break;
    }
  }
  out.used_bytes = cursor.offset();
  return true;
}

bool inspection::judge_end(segment_cursor& cursor, const segment_file* after) {
  if (after != nullptr) {
    if (after->first_seq == expected_) return true;
    return conclude(wal_verdict::corrupt,
                    cursor.path() + " at offset " + std::to_string(cursor.offset()) +
                        ": the frame of seq " + std::to_string(expected_.raw()) +
                        " is damaged or missing, and the next segment starts with " +
                        std::to_string(after->first_seq.raw()) + ". " +
                        std::string(damage_advice()));
  }
  const auto tail = examine_tail(cursor, expected_);
  if (!tail) return conclude(wal_verdict::unreadable, tail.failure().message);
  switch (tail->type) {
    case tail_finding::kind::clean:
      return true;
    case tail_finding::kind::torn:
      return conclude(wal_verdict::torn_tail,
                      tail->message + ". Opening the log sets these bytes aside and goes on.");
    case tail_finding::kind::corrupt:
      return conclude(wal_verdict::corrupt, tail->message + ". " + std::string(damage_advice()));
    case tail_finding::kind::truncated:
      return conclude(wal_verdict::truncated, tail->message + ". " + std::string(damage_advice()));
  }
  return true;
}

bool inspection::segment(const std::string& path, const segment_file* after) {
  auto cursor = segment_cursor::open(files_, path);
  if (!cursor) return conclude(verdict_of(cursor.failure().code), cursor.failure().message);
  if (salt_ && *salt_ != cursor->header().salt) {
    return conclude(wal_verdict::corrupt, path + " belongs to another log than the segments " +
                                              "before it. " + std::string(damage_advice()));
  }
  salt_ = cursor->header().salt;
  if (expected_ == 0) expected_ = cursor->header().first_seq;
  wal_segment_report out;
  out.path = path;
  out.file_bytes = cursor->file_bytes();
  const bool readable = frames(*cursor, out);
  report_.segments.push_back(out);
  return readable && !stopped_ && judge_end(*cursor, after);
}

wal_report inspection::finish(const std::string& path) {
  for (const wal_segment_report& each : report_.segments) {
    report_.frames += each.frames;
    report_.payload_bytes += each.payload_bytes;
    if (each.frames == 0) continue;
    if (report_.first_seq == 0) report_.first_seq = each.first_seq;
    report_.last_seq = each.last_seq;
  }
  if (report_.verdict == wal_verdict::intact) {
    report_.message = path + " is intact: " + std::to_string(report_.frames) + " frames";
    if (report_.frames > 0) {
      report_.message += ", seq " + std::to_string(report_.first_seq.raw()) + " to " +
                         std::to_string(report_.last_seq.raw());
    }
  }
  return std::move(report_);
}

wal_report inspection::of_file(const std::string& path) {
  segment(path, nullptr);
  return finish(path);
}

wal_report inspection::of_directory(const std::string& directory) {
  const auto segments = list_segments(files_, directory);
  const auto names = files_.list(directory);
  if (!segments || !names) {
    conclude(wal_verdict::unreadable,
             segments ? names.failure().message : segments.failure().message);
    return finish(directory);
  }
  if (segments->empty()) {
    std::size_t others = 0;
    for (const std::string& name : *names) {
      others += name != "LOCK" && name != "spare.tmp" && !name.starts_with("torn-") ? 1 : 0;
    }
    conclude(others == 0 ? wal_verdict::empty : wal_verdict::foreign,
             directory + " holds no segment-*.wal file" +
                 (others == 0
                      ? std::string(": an empty log")
                      : ", but " + std::to_string(others) + " others: it is not a log directory"));
    return finish(directory);
  }
  for (std::size_t i = 0; i < segments->size(); ++i) {
    const segment_file* after = i + 1 < segments->size() ? &(*segments)[i + 1] : nullptr;
    if (!segment((*segments)[i].path, after)) break;
  }
  return finish(directory);
}

}  // namespace

std::string_view to_string(wal_verdict verdict) noexcept {
  switch (verdict) {
    case wal_verdict::intact:
      return "intact";
    case wal_verdict::torn_tail:
      return "torn tail";
    case wal_verdict::corrupt:
      return "corrupt";
    case wal_verdict::truncated:
      return "truncated";
    case wal_verdict::foreign:
      return "foreign";
    case wal_verdict::empty:
      return "empty";
    case wal_verdict::unreadable:
      return "unreadable";
  }
  return "unreadable";
}

wal_report inspect_wal(file_system& files, const std::string& path,
                       const wal_frame_visitor& visit) {
  inspection one(files, visit);
  const auto is_directory = files.is_directory(path);
  if (!is_directory) {
    wal_report report;
    report.verdict = wal_verdict::unreadable;
    report.message = is_directory.failure().message;
    return report;
  }
  return *is_directory ? one.of_directory(path) : one.of_file(path);
}

}  // namespace spooky::storage
