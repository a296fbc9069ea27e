#include "tests/unit/storage/wal_fixture.hpp"

#include <algorithm>

using namespace spooky;
using namespace spooky::storage;
using namespace spooky::storage::test;

namespace {

std::string newest_segment(file_system& files) {
  std::string newest;
  for (const std::string& name : need(files.list(log_directory))) {
    if (parse_segment_name(name)) newest = join_path(log_directory, name);
  }
  return newest;
}

}  // namespace

TEST_SUITE("wal_recovery") {
  TEST_CASE(
      "each flipped bit of a small log is refused, or cuts only what no later sync confirms") {
    constexpr sequence_number last = 12;
    std::uint64_t end = 0;
    {
      simulated_file_system disk(1);
      wal log = open_log(disk);
      sync_each_through(log, last);
      for (sequence_number s = 1; s <= last; ++s) end += frame_bytes(payload_of(s).size());
    }
    std::uint64_t refused = 0;
    std::uint64_t cut = 0;
    for (std::uint64_t byte = 0; byte < segment_header_bytes + end; ++byte) {
      CAPTURE(byte);
      simulated_file_system disk(1);
      {
        wal log = open_log(disk);
        sync_each_through(log, last);
      }
      disk.flip_bit(newest_segment(disk), byte * 8 + byte % 8);
      disk.kill();
      const auto opened = wal::open(disk, {.directory = log_directory, .segment_bytes = 4096});
      if (!opened) {
        CHECK(opened.failure().code == errc::corrupt);
        CHECK(opened.failure().message.find(newest_segment(disk)) != std::string::npos);
        ++refused;
        continue;
      }
      // Only padding, or the last frame, which is no different from a write cut short.
      CHECK(opened->recovered().last_seq >= last - 1);
      if (opened->recovered().last_seq == last - 1) ++cut;
      check_holds(disk, 1, opened->recovered().last_seq);
    }
    CHECK(cut <= frame_bytes(payload_of(last).size()));
    CHECK(refused > end / 2);
  }

  TEST_CASE("after an orderly close, damage to the last frame is refused too") {
    simulated_file_system disk(1);
    {
      wal log = open_log(disk);
      sync_each_through(log, 3);
      need(log.close());
    }
    const std::uint64_t third = segment_header_bytes + frame_bytes(payload_of(1).size()) +
                                frame_bytes(payload_of(2).size());
    disk.flip_bit(newest_segment(disk), (third + frame_header_bytes) * 8);
    const auto opened = wal::open(disk, {.directory = log_directory, .segment_bytes = 4096});
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.failure().message.find("seq 3") != std::string::npos);
    CHECK(opened.failure().message.find("offset " + std::to_string(third)) != std::string::npos);
    CHECK(opened.failure().message.find("start again") != std::string::npos);
  }

  TEST_CASE("a torn tail is cut, copied aside and reported, once") {
    bool tore = false;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      CAPTURE(seed);
      simulated_file_system disk(seed);
      {
        wal log = open_log(disk, 65536);
        sync_each_through(log, 20);
        append_through(log, 60);
        need(log.write());
      }
      disk.power_loss();
      const auto before = need(disk.list(log_directory)).size();
      sequence_number last = 0;
      {
        wal log = open_log(disk, 65536);
        last = log.recovered().last_seq;
        CHECK(last >= 20);
        CHECK(last <= 60);
        check_holds(disk, 1, last);
        const bool copied = !log.recovered().torn_copy.empty();
        CHECK(copied == (log.recovered().torn_bytes > 0));
        if (copied) {
          auto copy = need(disk.open(log.recovered().torn_copy, open_mode::read));
          CHECK(need(copy->size()) == log.recovered().torn_bytes);
        }
        CHECK(need(disk.list(log_directory)).size() == before + (copied ? 1 : 0));
        tore = tore || copied;
        sync_each_through(log, last + 5);
      }
      disk.power_loss();
      wal log = open_log(disk, 65536);
      CHECK(log.recovered().torn_bytes == 0);
      CHECK(log.recovered().last_seq == last + 5);
      check_holds(disk, 1, last + 5);
    }
    CHECK(tore);
  }

  TEST_CASE("bytes that somebody appended to the newest file are set aside, once") {
    simulated_file_system disk(1);
    {
      wal log = open_log(disk);
      sync_each_through(log, 3);
    }
    need(need(disk.open(newest_segment(disk), open_mode::read_write))->write_at(4096, "more"));
    {
      wal log = open_log(disk);
      CHECK(log.recovered().torn_bytes > 0);
      sync_each_through(log, 4);
      need(log.close());
    }
    const wal log = open_log(disk);
    CHECK(log.recovered().torn_bytes == 0);
    check_holds(disk, 1, 4);
  }

  TEST_CASE("a payload that looks like a frame is not taken for one") {
    simulated_file_system disk(1);
    std::string forged;
    encode_frame({.first = 1, .last = 1, .synced = 50, .payload = "forged"}, 0, forged);
    {
      wal log = open_log(disk, 65536);
      need(log.append(1, 1, "padding" + forged + forged));
      need(log.append(2, 2, forged));
      need(log.write());
    }
    disk.flip_bit(newest_segment(disk), segment_header_bytes * 8);
    disk.kill();
    wal log = open_log(disk, 65536);
    CHECK(log.recovered().last_seq == 0);
    CHECK(log.recovered().torn_bytes > 0);
  }

  TEST_CASE("a file cut shorter by someone is refused") {
    simulated_file_system disk(1);
    {
      wal log = open_log(disk);
      sync_each_through(log, 10);
    }
    const std::string path = newest_segment(disk);
    std::string bytes(1000, '\0');
    CHECK(need(need(disk.open(path, open_mode::read))->read_at(0, bytes)) == 1000);
    need(need(disk.open(path, open_mode::create))->write_at(0, bytes));
    const auto opened = wal::open(disk, {.directory = log_directory, .segment_bytes = 4096});
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.failure().code == errc::corrupt);
    CHECK(opened.failure().message.find("1000 of 4096 bytes") != std::string::npos);
  }

  TEST_CASE("a renamed segment, or one of another log, is refused") {
    simulated_file_system disk(1);
    {
      wal log = open_log(disk);
      sync_each_through(log, 3);
    }
    need(disk.rename(newest_segment(disk), join_path(log_directory, segment_name(2))));
    const auto renamed = wal::open(disk, {.directory = log_directory, .segment_bytes = 4096});
    REQUIRE_FALSE(renamed.ok());
    CHECK(renamed.failure().message.find("renamed") != std::string::npos);
  }

  TEST_CASE("a crash at any moment of a rotation leaves an openable log") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
      CAPTURE(seed);
      simulated_file_system disk(seed);
      sequence_number acknowledged = 0;
      {
        wal log = open_log(disk);
        sync_each_through(log, sequence_number{60 + seed % 20});
        acknowledged = log.synced_seq();
        disk.set_faults({.write_error = 0.2, .sync_error = 0.1, .name_error = 0.2});
        for (int i = 0; i < 20; ++i) {
          const sequence_number seq = log.next_seq();
          if (!log.append(seq, seq, payload_of(seq))) continue;
          if (log.sync()) acknowledged = log.synced_seq();
        }
        disk.set_faults({});
      }
      disk.power_loss();
      wal log = open_log(disk);
      CHECK(log.recovered().last_seq >= acknowledged);
      check_holds(disk, 1, log.recovered().last_seq);
      sync_each_through(log, acknowledged + 50);
    }
  }
}
