#include "storage/file_system.hpp"
#include "tests/unit/storage/temporary_directory.hpp"
#include "tests/unit/storage/wal_fixture.hpp"

using namespace spooky;
using namespace spooky::storage;
using namespace spooky::storage::test;

TEST_SUITE("posix_file_system") {
  TEST_CASE("bytes are read back where they were written") {
    temporary_directory scratch;
    file_system& files = posix_file_system();
    {
      auto f = need(files.open(scratch / "f", open_mode::create));
      need(f->allocate(100));
      CHECK(need(f->size()) == 100);
      need(f->write_at(90, "0123456789abcdef"));
      need(f->sync());
    }
    auto f = need(files.open(scratch / "f", open_mode::read));
    std::string buffer(32, '?');
    CHECK(need(f->read_at(88, buffer)) == 18);
    CHECK(buffer.substr(2, 16) == "0123456789abcdef");
    CHECK(need(f->read_at(1000, buffer)) == 0);
  }

  TEST_CASE("names: list is sorted, rename replaces, missing things are named") {
    temporary_directory scratch;
    file_system& files = posix_file_system();
    for (const char* name : {"b", "a", "c"}) need(files.open(scratch / name, open_mode::create));
    need(files.rename(scratch / "a", scratch / "c"));
    CHECK(need(files.list(scratch.path())) == std::vector<std::string>{"b", "c"});
    need(files.sync_directory(scratch.path()));
    const auto missing = files.open(scratch / "nope", open_mode::read);
    REQUIRE_FALSE(missing.ok());
    CHECK(missing.failure().code == errc::io_error);
    CHECK(missing.failure().cause == error_cause::unstated);
    CHECK(missing.failure().message == scratch / "nope: open failed: No such file or directory");
    CHECK_FALSE(files.remove(scratch / "nope").ok());
    CHECK(need(files.is_directory(scratch.path())));
    CHECK_FALSE(need(files.is_directory(scratch / "b")));
    CHECK_FALSE(need(files.is_directory(scratch / "nope")));
  }

  TEST_CASE("a full device is told from a broken one") {
    auto full = need(posix_file_system().open("/dev/full", open_mode::read_write));
    const auto written = full->write_at(0, "x");
    REQUIRE_FALSE(written.ok());
    CHECK(is_out_of_space(written.failure()));
    CHECK_FALSE(is_out_of_space(fail(errc::io_error, "x")));
  }

  TEST_CASE("the log works on real files") {
    temporary_directory scratch;
    const wal_options options{.directory = scratch / "log", .segment_bytes = 8192};
    {
      wal log = need(wal::open(posix_file_system(), options));
      sync_each_through(log, 300);
      need(log.close());
    }
    wal log = need(wal::open(posix_file_system(), options));
    CHECK(log.recovered().last_seq == 300);
    auto reader = need(wal_reader::open(posix_file_system(), options.directory, 1));
    for (sequence_number seq = 1; seq <= 300; ++seq) {
      CHECK(need(reader.next(300))->payload == payload_of(seq));
    }
    CHECK_FALSE(need(reader.next(300)));
  }
}
