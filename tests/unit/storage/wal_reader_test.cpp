#include "storage/wal_reader.hpp"

#include "tests/unit/storage/wal_fixture.hpp"

using namespace spooky;
using namespace spooky::storage;
using namespace spooky::storage::test;

TEST_SUITE("wal_reader") {
  TEST_CASE("it follows a log that is being written, across segments") {
    simulated_file_system disk(1);
    wal log = open_log(disk);
    auto reader = need(wal_reader::open(disk, log_directory, 1));
    sequence_number read = 0;
    for (sequence_number goal : {1, 2, 50, 51, 100, 150, 200, 250, 300}) {
      CHECK_FALSE(need(reader.next(log.written_seq())));
      append_through(log, goal);
      need(log.write());
      while (auto frame = need(reader.next(goal))) {
        CHECK(frame->first == ++read);
        CHECK(frame->payload == payload_of(read));
      }
      CHECK(read == goal);
    }
    CHECK(log.stats().segments > 3);
  }

  TEST_CASE("it stops at the seq it is given, though more is written") {
    simulated_file_system disk(1);
    wal log = open_log(disk);
    append_through(log, 10);
    need(log.write());
    auto reader = need(wal_reader::open(disk, log_directory, 4));
    CHECK(need(reader.next(4))->first == 4);
    CHECK_FALSE(need(reader.next(4)));
    CHECK(need(reader.next(5))->first == 5);
  }

  TEST_CASE("starting inside a frame gives the whole frame") {
    simulated_file_system disk(1);
    wal log = open_log(disk);
    need(log.append(1, 10, "ten"));
    need(log.append(11, 11, "one"));
    need(log.sync());
    auto reader = need(wal_reader::open(disk, log_directory, 7));
    const auto frame = need(reader.next(11));
    REQUIRE(frame);
    CHECK(frame->first == 1);
    CHECK(frame->last == 10);
    CHECK(need(reader.next(11))->first == 11);
  }

  TEST_CASE("seals of orderly closes are passed over") {
    simulated_file_system disk(1);
    for (sequence_number seq = 1; seq <= 5; ++seq) {
      wal log = open_log(disk);
      CHECK(log.next_seq() == seq);
      append_through(log, seq);
      need(log.close());
    }
    check_holds(disk, 1, 5);
  }

  TEST_CASE("a damaged frame is an error that names the place, not the end of the log") {
    simulated_file_system disk(1);
    {
      wal log = open_log(disk);
      sync_each_through(log, 20);
    }
    disk.flip_bit(log_directory + "/" + segment_name(1),
                  (segment_header_bytes + frame_header_bytes) * 8);
    auto reader = need(wal_reader::open(disk, log_directory, 1));
    const auto frame = reader.next(20);
    REQUIRE_FALSE(frame.ok());
    CHECK(frame.failure().code == errc::corrupt);
    CHECK(frame.failure().message.find("offset 64") != std::string::npos);
    CHECK(frame.failure().message.find("seq 1") != std::string::npos);
  }

  TEST_CASE("a reader overtaken by truncation is told so") {
    simulated_file_system disk(1);
    wal log = open_log(disk);
    sync_each_through(log, 10);
    auto reader = need(wal_reader::open(disk, log_directory, 1));
    sync_each_through(log, 400);
    need(log.truncate_through(400));
    result<std::optional<wal_frame>> frame = reader.next(400);
    while (frame && *frame) frame = reader.next(400);
    REQUIRE_FALSE(frame.ok());
    CHECK(frame.failure().code == errc::not_found);
  }

  TEST_CASE("an empty or missing log") {
    simulated_file_system disk(1);
    CHECK_FALSE(wal_reader::open(disk, "nowhere", 1).ok());
    wal log = open_log(disk, 4096, 10);
    CHECK_FALSE(wal_reader::open(disk, log_directory, 10).ok());
    auto reader = need(wal_reader::open(disk, log_directory, 11));
    CHECK_FALSE(need(reader.next(10)));
  }
}
