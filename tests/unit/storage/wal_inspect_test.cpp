#include "storage/wal_inspect.hpp"

#include "tests/unit/storage/wal_fixture.hpp"

using namespace spooky;
using namespace spooky::storage;
using namespace spooky::storage::test;

namespace {

void put_file(file_system& files, const std::string& path, std::string_view bytes) {
  need(need(files.open(path, open_mode::create))->write_at(0, bytes));
}

std::string segment_path(sequence_number first) {
  return join_path(log_directory, segment_name(first));
}

}  // namespace

TEST_SUITE("wal_inspect") {
  TEST_CASE("an intact log is counted and its frames are visited in order") {
    simulated_file_system disk(1);
    {
      wal log = open_log(disk);
      sync_each_through(log, 100);
      need(log.append(101, 110, "ten changes"));
      need(log.close());
    }
    sequence_number next = 1;
    const wal_report report = inspect_wal(
        disk, log_directory,
        [&](const wal_segment_report& segment, std::uint64_t offset, const wal_frame& frame) {
          CHECK(frame.first == next);
          CHECK(offset >= segment_header_bytes);
          CHECK(segment.path.starts_with(log_directory));
          next = frame.last + 1;
          return true;
        });
    CHECK(next == 111);
    CHECK(report.exit_code() == 0);
    CHECK(report.frames == 101);
    CHECK(report.changes == 110);
    CHECK(report.first_seq == 1);
    CHECK(report.last_seq == 110);
    CHECK(report.segments.size() > 1);
    CHECK(report.segments.back().sealed);
    CHECK(report.message == "log is intact: 101 frames, seq 1 to 110");
  }

  TEST_CASE("a single segment can be inspected by itself") {
    simulated_file_system disk(1);
    wal log = open_log(disk);
    sync_each_through(log, 5);
    const wal_report report = inspect_wal(disk, segment_path(1));
    CHECK(report.verdict == wal_verdict::intact);
    CHECK(report.frames == 5);
  }

  TEST_CASE("a flipped bit inside names file, offset and seq") {
    simulated_file_system disk(1);
    {
      wal log = open_log(disk);
      sync_each_through(log, 5);
    }
    const std::uint64_t second = segment_header_bytes + frame_bytes(payload_of(1).size());
    disk.flip_bit(segment_path(1), (second + frame_header_bytes) * 8 + 3);
    const wal_report report = inspect_wal(disk, log_directory);
    CHECK(report.verdict == wal_verdict::corrupt);
    CHECK(report.exit_code() == 2);
    CHECK(report.frames == 1);
    CHECK(report.message.find(segment_path(1) + " at offset " + std::to_string(second)) == 0);
    CHECK(report.message.find("seq 2") != std::string::npos);
  }

  TEST_CASE("a flipped bit in an older segment is found as well") {
    simulated_file_system disk(1);
    {
      wal log = open_log(disk);
      sync_each_through(log, 200);
    }
    disk.flip_bit(segment_path(1), (segment_header_bytes + frame_header_bytes) * 8);
    const wal_report report = inspect_wal(disk, log_directory);
    CHECK(report.exit_code() == 2);
    CHECK(report.message.find("seq 1 ") != std::string::npos);
  }

  TEST_CASE("an unfinished write at the end is a torn tail") {
    simulated_file_system disk(1);
    {
      wal log = open_log(disk);
      sync_each_through(log, 3);
      append_through(log, 4);
      need(log.write());
    }
    std::uint64_t fourth = segment_header_bytes;
    for (sequence_number s = 1; s <= 3; ++s) fourth += frame_bytes(payload_of(s).size());
    disk.flip_bit(segment_path(1), (fourth + frame_header_bytes) * 8);
    const wal_report report = inspect_wal(disk, log_directory);
    CHECK(report.verdict == wal_verdict::torn_tail);
    CHECK(report.exit_code() == 1);
    CHECK(report.last_seq == 3);
    CHECK(report.message.find("sets these bytes aside") != std::string::npos);
  }

  TEST_CASE("a truncated file, an empty one, a foreign one, none at all") {
    simulated_file_system disk(1);
    {
      wal log = open_log(disk);
      sync_each_through(log, 10);
    }
    std::string bytes(500, '\0');
    CHECK(need(need(disk.open(segment_path(1), open_mode::read))->read_at(0, bytes)) == 500);
    put_file(disk, segment_path(1), bytes);
    const wal_report truncated = inspect_wal(disk, log_directory);
    CHECK(truncated.exit_code() == 3);
    CHECK(truncated.message.find("500 of 4096 bytes") != std::string::npos);

    put_file(disk, segment_path(1), "#!/bin/sh\necho not a log\n");
    const wal_report foreign = inspect_wal(disk, segment_path(1));
    CHECK(foreign.exit_code() == 4);
    CHECK(foreign.message.find("SPKYWAL1") != std::string::npos);

    need(disk.open(segment_path(1), open_mode::create));
    const wal_report empty = inspect_wal(disk, segment_path(1));
    CHECK(empty.exit_code() == 5);
    CHECK(empty.message.find("is empty") != std::string::npos);

    need(disk.remove(segment_path(1)));
    CHECK(inspect_wal(disk, log_directory).exit_code() == 5);
    CHECK(inspect_wal(disk, segment_path(1)).exit_code() == 6);

    put_file(disk, join_path(log_directory, "notes.txt"), "hello");
    CHECK(inspect_wal(disk, log_directory).exit_code() == 4);
  }
}
