#include "storage/wal.hpp"

#include "tests/unit/storage/temporary_directory.hpp"
#include "tests/unit/storage/wal_fixture.hpp"

using namespace spooky;
using namespace spooky::storage;
using namespace spooky::storage::test;

TEST_SUITE("wal") {
  TEST_CASE("what was synced is there after reopening, in order") {
    simulated_file_system disk(1);
    {
      wal log = open_log(disk);
      CHECK(log.next_seq() == 1);
      append_through(log, 10);
      CHECK(log.written_seq() == 0);
      need(log.sync());
      CHECK(log.synced_seq() == 10);
      need(log.append(11, 13, "three changes"));
      need(log.sync());
      CHECK(log.next_seq() == 14);
    }
    disk.power_loss();
    wal log = open_log(disk);
    CHECK(log.recovered().first_seq == 1);
    CHECK(log.recovered().last_seq == 13);
    CHECK(log.recovered().torn_bytes == 0);
    CHECK(log.next_seq() == 14);
    const auto frames = read_all(disk, 1, 13);
    REQUIRE(frames.size() == 11);
    CHECK(frames[9].second == payload_of(10));
    CHECK(frames[10].second == "three changes");
  }

  TEST_CASE("a new log starts after what it is told, an existing one where it ended") {
    simulated_file_system disk(1);
    {
      wal log = open_log(disk, 4096, 41);
      CHECK(log.next_seq() == 42);
      CHECK(log.recovered().last_seq == 41);
      CHECK(log.stats().first_seq == 0);
    }
    {
      wal log = open_log(disk, 4096, 99);
      CHECK(log.next_seq() == 42);
      append_through(log, 42);
      need(log.sync());
      CHECK(log.stats().first_seq == 42);
    }
    CHECK(open_log(disk).next_seq() == 43);
  }

  TEST_CASE("seqs must follow without a gap") {
    simulated_file_system disk(1);
    wal log = open_log(disk);
    for (const auto& [first, last] : {std::pair{2, 2}, {0, 0}, {1, 0}}) {
      const auto refused = log.append(sequence_number{static_cast<std::uint64_t>(first)},
                                      sequence_number{static_cast<std::uint64_t>(last)}, "x");
      REQUIRE_FALSE(refused.ok());
      CHECK(refused.failure().code == errc::invalid_argument);
    }
    need(log.append(1, 1, "x"));
    const auto again = log.append(1, 1, "x");
    REQUIRE_FALSE(again.ok());
    CHECK(again.failure().message == "the log expects seq 2 next, not a frame of 1..1");
    CHECK(log.next_seq() == 2);
  }

  TEST_CASE("empty, small and large payloads come back byte by byte") {
    simulated_file_system disk(1);
    wal log = open_log(disk);
    std::vector<std::string> payloads = {"",
                                         "x",
                                         std::string(7, '\0'),
                                         std::string(8, 'F'),
                                         std::string(4000, 'y'),
                                         std::string(70'000, 'z'),
                                         "end"};
    for (std::size_t i = 0; i < payloads.size(); ++i) {
      const sequence_number seq{i + 1};
      need(log.append(seq, seq, payloads[i]));
      need(log.sync());
    }
    CHECK(log.stats().segments >= 3);
    const auto frames = read_all(disk, 1, sequence_number{payloads.size()});
    REQUIRE(frames.size() == payloads.size());
    for (std::size_t i = 0; i < payloads.size(); ++i) CHECK(frames[i].second == payloads[i]);
  }

  TEST_CASE("segments are rotated, and truncated only as wholes") {
    simulated_file_system disk(1);
    wal log = open_log(disk);
    sync_each_through(log, 400);
    const wal_stats before = log.stats();
    REQUIRE(before.segments > 5);
    CHECK(before.bytes == before.segments * 4096);
    CHECK(need(log.truncate_through(0)) == 1);
    CHECK(log.stats().segments == before.segments);

    const sequence_number oldest = need(log.truncate_through(200));
    CHECK(oldest <= 201);
    CHECK(oldest > 100);
    check_holds(disk, oldest, 400);
    const auto gone = wal_reader::open(disk, log_directory, oldest - 1);
    REQUIRE_FALSE(gone.ok());
    CHECK(gone.failure().code == errc::not_found);
    CHECK(gone.failure().message.find("the oldest kept is " + std::to_string(oldest.raw())) !=
          std::string::npos);

    CHECK(need(log.truncate_through(400)) > 300);
    CHECK(log.stats().segments == 1);
    sync_each_through(log, 410);
    check_holds(disk, log.stats().first_seq, 410);
  }

  TEST_CASE("a first group larger than a segment gets a segment of its size") {
    simulated_file_system disk(1);
    wal log = open_log(disk);
    need(log.append(1, 1, std::string(9000, 'x')));
    need(log.sync());
    sync_each_through(log, 200);
    CHECK(need(log.truncate_through(1)) == 2);
    const sequence_number oldest = need(log.truncate_through(100));
    CHECK(oldest <= 101);
    check_holds(disk, oldest, 200);
  }

  TEST_CASE("preparing the next segment ahead changes nothing but when the work is done") {
    simulated_file_system disk(1);
    wal log = open_log(disk, 4u << 20);
    for (sequence_number seq = 1; seq <= 300; ++seq) {
      need(log.append(seq, seq, std::string(50'000, static_cast<char>('a' + seq.raw() % 26))));
      need(log.sync());
      log.prepare_next_segment();
    }
    CHECK(log.stats().segments == 4);
    CHECK(read_all(disk, 1, 300).size() == 300);
  }

  TEST_CASE("one sync covers everything appended since the last") {
    simulated_file_system disk(1);
    wal log = open_log(disk, 1u << 20);
    append_through(log, 500);
    need(log.sync());
    CHECK(log.stats().syncs_since_open == 1);
    CHECK(log.stats().frames_since_open == 500);
    need(log.sync());
    CHECK(log.stats().syncs_since_open == 1);
  }

  TEST_CASE("write() survives a killed process, sync() a power cut") {
    simulated_file_system disk(1);
    {
      wal log = open_log(disk);
      append_through(log, 5);
      need(log.sync());
      append_through(log, 9);
      need(log.write());
      CHECK(log.written_seq() == 9);
      CHECK(log.synced_seq() == 5);
      append_through(log, 12);
    }
    disk.kill();
    wal log = open_log(disk);
    CHECK(log.recovered().last_seq == 9);
    check_holds(disk, 1, 9);
  }

  TEST_CASE("a directory has one owner") {
    temporary_directory scratch;
    const wal_options options{.directory = scratch / "a/b/log", .segment_bytes = 8192};
    auto first = wal::open(posix_file_system(), options);
    REQUIRE(first.ok());
    const auto second = wal::open(posix_file_system(), options);
    REQUIRE_FALSE(second.ok());
    CHECK(second.failure().code == errc::conflict);
    CHECK(second.failure().message.find(options.directory) != std::string::npos);
    need(first->close());
    CHECK(wal::open(posix_file_system(), options).ok());
    CHECK_FALSE(first->append(1, 1, "x").ok());
  }

  TEST_CASE("a path that is a file is refused with what to do") {
    temporary_directory scratch;
    auto stray = need(posix_file_system().open(scratch / "log", open_mode::create));
    const auto refused =
        wal::open(posix_file_system(), {.directory = scratch / "log", .segment_bytes = 8192});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.failure().message.find(scratch / "log") != std::string::npos);
  }

  TEST_CASE("a full disk refuses whole groups, and ingest resumes when space returns") {
    simulated_file_system disk(1);
    wal log = open_log(disk);
    sync_each_through(log, 30);
    disk.set_capacity(disk.used_bytes());
    sequence_number refused = 0;
    while (refused == 0) {
      const sequence_number first = log.next_seq();
      append_through(log, first + 4);
      const auto synced = log.sync();
      if (synced) continue;
      refused = first;
      CHECK(is_out_of_space(synced.failure()));
      CHECK(log.next_seq() == first);
      CHECK(log.synced_seq() == first - 1);
    }
    CHECK_FALSE(log.failed());
    for (int i = 0; i < 3; ++i) {
      append_through(log, refused);
      CHECK_FALSE(log.sync().ok());
    }
    check_holds(disk, 1, refused - 1);
    disk.set_capacity(UINT64_MAX);
    sync_each_through(log, refused + 100);
    disk.power_loss();
    CHECK(open_log(disk).recovered().last_seq == refused + 100);
    check_holds(disk, 1, refused + 100);
  }

  TEST_CASE("a refused group does not come back, whatever was written of it") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      CAPTURE(seed);
      simulated_file_system disk(seed);
      wal log = open_log(disk, 65536);
      sync_each_through(log, 3);
      disk.set_faults({.write_error = 0.5, .short_write = 0.5});
      append_through(log, 20);
      const bool accepted = log.sync().ok();
      disk.set_faults({});
      // An undo that the disk refused too is made up for by the next call.
      if (!accepted) need(log.sync());
      disk.power_loss();
      CHECK(open_log(disk, 65536).recovered().last_seq == (accepted ? 20 : 3));
    }
  }

  TEST_CASE("after a failed sync the log takes nothing more") {
    simulated_file_system disk(1);
    wal log = open_log(disk);
    sync_each_through(log, 3);
    append_through(log, 5);
    disk.set_faults({.sync_error = 1});
    CHECK_FALSE(log.sync().ok());
    disk.set_faults({});
    REQUIRE(log.failed());
    CHECK(log.failed()->code == errc::io_error);
    CHECK_FALSE(log.sync().ok());
    CHECK_FALSE(log.append(log.next_seq(), log.next_seq(), "x").ok());
    CHECK(log.synced_seq() == 3);
  }

  TEST_CASE("what a reopened log reports is on disk, even after a failed sync") {
    simulated_file_system disk(1);
    {
      wal log = open_log(disk);
      sync_each_through(log, 3);
      append_through(log, 5);
      disk.set_faults({.sync_error = 1});
      CHECK_FALSE(log.sync().ok());
      disk.set_faults({});
    }
    disk.kill();
    const sequence_number reported = open_log(disk).recovered().last_seq;
    CHECK(reported == 5);
    disk.power_loss();
    CHECK(open_log(disk).recovered().last_seq == reported);
  }

  TEST_CASE("restarting behind a replica that is ahead") {
    simulated_file_system disk(1);
    {
      wal log = open_log(disk);
      sync_each_through(log, 200);
      need(log.restart_after(1000));
      CHECK(log.next_seq() == 1001);
      CHECK(log.stats().segments == 1);
      append_through(log, 1003);
      need(log.sync());
    }
    disk.power_loss();
    CHECK(open_log(disk).recovered().first_seq == 1001);
    check_holds(disk, 1001, 1003);
  }
}
