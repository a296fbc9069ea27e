#include "actors/scheduler/wal_writer.hpp"

#include "storage/simulated_file_system.hpp"
#include "storage/wal.hpp"
#include "tests/unit/actors/det.hpp"
#include "tests/unit/machines/samples.hpp"

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

change_batch transaction(std::size_t changes, std::string event_id = {}, std::size_t bytes = 10) {
  change_batch batch;
  for (std::size_t i = 0; i < changes; ++i)
    batch.changes.push_back(
        put(0, "t", static_cast<std::int64_t>(i), {{"text", value{std::string(bytes, 'x')}}}));
  batch.event_id = std::move(event_id);
  return batch;
}

/// A writer over a simulated disk, and what its listener heard.
struct writing : det {
  explicit writing(wal_writer_config config = {}) {
    auto opened = storage::wal::open(disk, {.directory = "log", .segment_bytes = 4096});
    REQUIRE(opened.ok());
    log = std::make_shared<storage::wal>(std::move(*opened));
    writer = spawn(wal_writer, log, config);
    auto listener = spawn([this](log_listener::pointer) -> log_listener::behavior_type {
      return {[this](durable_atom, const log_slice& slice) { heard.push_back(slice); }};
    });
    send(writer, follow_log_atom_v, log_listener{listener});
  }

  reply<committed> offer(change_batch batch) {
    return begin_ask<committed>(writer, append_atom_v, change_batches{std::move(batch)});
  }
  result<committed> append(change_batch batch) {
    return ask<committed>(writer, append_atom_v, change_batches{std::move(batch)});
  }
  sequence_number durable() { return *ask<sequence_number>(writer, last_durable_atom_v); }

  /// I2: what was heard is the whole order without a gap, each change with its own seq.
  void check_heard_through(sequence_number last) {
    sequence_number next = 1;
    for (const auto& slice : heard) {
      CHECK(slice.first == next);
      for (const auto& batch : *slice.batches)
        for (const auto& c : batch.changes) CHECK(c.seq == next++);
      CHECK(slice.last == next - 1);
    }
    CHECK(next == last + 1);
  }

  storage::simulated_file_system disk{1};
  std::shared_ptr<storage::wal> log;
  wal_writer_actor writer;
  std::vector<log_slice> heard;
};

}  // namespace

TEST_CASE("I2: changes are numbered in the order of arrival, without gaps") {
  writing world;
  const auto first = world.append(transaction(3));
  const auto second = world.append(transaction(2));
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  CHECK(first->first == 1);
  CHECK(first->last == 3);
  CHECK(second->first == 4);
  CHECK(second->last == 5);
  CHECK(world.durable() == 5);
  world.check_heard_through(5);
}

TEST_CASE("I1: appends that queue up share one sync, and all are durable when answered") {
  writing world;
  const auto before = world.log->stats().syncs_since_open;
  std::vector<reply<committed>> replies;
  for (int i = 0; i < 50; ++i) replies.push_back(world.offer(transaction(2)));
  world.run();
  CHECK(world.log->stats().syncs_since_open == before + 1);
  for (const auto& answer : replies) CHECK(code_of(answer) == errc::none);
  CHECK(world.heard.size() == 1);
  world.check_heard_through(100);
  world.disk.power_loss();
  const auto reopened = storage::wal::open(world.disk, {.directory = "log", .segment_bytes = 4096});
  REQUIRE(reopened.ok());
  CHECK(reopened->recovered().last_seq == 100);
}

TEST_CASE("I1: a full disk refuses the whole group; its seqs are used again when space returns") {
  writing world;
  REQUIRE(world.append(transaction(2, "kept")).ok());
  world.disk.set_capacity(world.disk.used_bytes());
  std::vector<reply<committed>> refused;
  for (int i = 0; i < 20; ++i)
    refused.push_back(world.offer(transaction(1, "e" + std::to_string(i), 1'000)));
  world.run();
  // Which is "try again" to a producer, 503 over HTTP.
  for (const auto& answer : refused) CHECK(code_of(answer) == errc::overloaded);
  CHECK(world.durable() == 2);
  CHECK(world.heard.size() == 1);
  const auto trouble = world.ask<std::string>(world.writer, disk_status_atom_v);
  CHECK(trouble->find("the write-ahead log: ") == 0);
  SUBCASE("trouble that nobody meets again is not told for ever") {
    world.advance(31s, 1s);
    CHECK(world.ask<std::string>(world.writer, disk_status_atom_v)->empty());
  }

  world.disk.set_capacity(std::numeric_limits<std::uint64_t>::max());
  const auto again = world.append(transaction(1, "e0", 1'000));
  REQUIRE(again.ok());
  CHECK(world.ask<std::string>(world.writer, disk_status_atom_v)->empty());
  CHECK(again->first == 3);
  world.check_heard_through(3);
  SUBCASE("what was stored before is still known as a repetition") {
    CHECK(world.append(transaction(2, "kept"))->first == 1);
    CHECK(world.durable() == 3);
  }
}

TEST_CASE("I1: a disk that fails to sync acknowledges nothing and ends the writer") {
  writing world;
  REQUIRE(world.append(transaction(1)).ok());
  world.disk.set_faults({.sync_error = 1});
  CHECK_FALSE(world.append(transaction(1)).ok());
  CHECK(world.heard.size() == 1);
  world.disk.set_faults({});
  CHECK(code_of(world.append(transaction(1))) == errc::unavailable);
}

TEST_CASE("a repeated event is answered with its first place and not logged again") {
  writing world;
  const auto first = world.append(transaction(2, "event"));
  const auto second = world.append(transaction(2, "event"));
  CHECK(second->first == first->first);
  CHECK(second->last == first->last);
  CHECK(world.durable() == 2);
  SUBCASE("also within one group") {
    const auto a = world.offer(transaction(1, "other"));
    const auto b = world.offer(transaction(1, "other"));
    world.run();
    CHECK((**a)->first == 3);
    CHECK((**b)->first == 3);
    world.check_heard_through(3);
  }
  SUBCASE("but not as anything else") { CHECK(world.append(transaction(2, "new"))->first == 3); }
}

TEST_CASE("an append without changes is answered with an empty place") {
  writing world;
  const auto place = world.append(transaction(0));
  REQUIRE(place.ok());
  CHECK(place->first > place->last);
  CHECK(world.durable() == 0);
  CHECK(world.heard.empty());
}

TEST_CASE("with the interval policy changes are answered when written, synced by the timer") {
  writing world{{.sync = config::wal_sync::interval, .sync_interval = 100ms}};
  REQUIRE(world.append(transaction(1)).ok());
  CHECK(world.log->synced_seq() == 0);
  world.advance(100ms);
  CHECK(world.log->synced_seq() == 1);
}

TEST_CASE("a writer that is stopped makes durable what it holds") {
  writing world;
  const auto held = world.offer(transaction(4));
  world.sched.run_once();
  caf::anon_send_exit(world.writer, caf::exit_reason::user_shutdown);
  world.run();
  CHECK(code_of(held) == errc::none);
  world.disk.power_loss();
  const auto reopened = storage::wal::open(world.disk, {.directory = "log", .segment_bytes = 4096});
  CHECK(reopened->recovered().last_seq == 4);
}
