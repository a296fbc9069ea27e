#include "actors/capture/webhook_capture.hpp"

#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/fake_database.hpp"
#include "tests/unit/actors/fake_watch.hpp"
#include "tests/unit/actors/source_world.hpp"
#include "tests/unit/machines/samples.hpp"

#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

struct webhook_world : source_world {
  webhook_world() {
    sink = spawn([this](change_sink::pointer self) { return take_into(self, told, replica); });
    watch = spawn([this](capture_actor::pointer) { return listen_to_sources(told); });
    source_parts parts{database.handle, {}, {}};
    parts.reconciler = spawn(
        [this](reconciler_actor::pointer) { return compare_with(*this, replica, stretches); });
    webhook_config config;
    config.compare_interval = 60s;
    config.leftover_interval = 5s;
    config.grace = 2s;
    source = spawn(webhook_capture, parts, config);
    run();
  }

  void start() {
    database.connect();
    send(source, adopt_atom_v, captured_table{"t", true, true, 0ms});
    send(source, start_source_atom_v, feed_start{}, sink, watch);
  }
  static change event(std::int64_t key, std::uint64_t version, int a) {
    auto c = put(0, "t", key, {{"a", value{a}}});
    c.version = version;
    return c;
  }
  static change_batches batches(change c) {
    change_batch batch;
    batch.changes.push_back(std::move(c));
    return {std::move(batch)};
  }
  /// Posts one event; `a` is what the record carries.
  result<committed> post(std::int64_t key, std::uint64_t version, int a) {
    return ask<committed>(source, ingest_changes_atom_v, batches(event(key, version, a)));
  }
  reply<committed> post_later(std::int64_t key, std::uint64_t version, int a) {
    return ask_later<committed>(source, ingest_changes_atom_v, batches(event(key, version, a)));
  }
  /// The database has only this record, written so often.
  void stores(std::int64_t key, std::uint64_t version, int a) {
    tables["t"] = {record("t", key, {{"a", value{a}}})};
    versions[{"t", value{key}}] = version;
  }
  int held(std::int64_t key) const {
    const auto it = replica.rows.find({"t", value{key}});
    return it == replica.rows.end() ? -1 : static_cast<int>(it->second["a"].as_integer());
  }

  told_sink told;
  kept_replica replica;
  int stretches = 0;
  change_sink sink;
  capture_actor watch;
  webhook_source_actor source;
};

}  // namespace

TEST_CASE("nothing is taken before capture has started") {
  webhook_world world;
  CHECK(code_of(world.post(1, 1, 1)) == errc::not_ready);
}

TEST_CASE("repetitions and late events end here; what was refused may come again") {
  webhook_world world;
  world.start();
  CHECK(world.told.caught_up == 1);
  CHECK(world.post(1, 1, 10).ok());
  CHECK(world.post(1, 3, 30).ok());
  const auto taken = world.told.batches.size();
  const auto late = world.post(1, 2, 20);
  REQUIRE(late.ok());
  CHECK(late->last == world.told.seq);
  CHECK(world.post(1, 3, 30).ok());
  CHECK(world.told.batches.size() == taken);
  CHECK(world.held(1) == 30);
  world.told.refusal = fail(errc::overloaded, "the replica lags");
  CHECK(code_of(world.post(1, 4, 40)) == errc::overloaded);
  world.told.refusal.reset();
  CHECK(world.post(1, 4, 40).ok());
  CHECK(world.held(1) == 40);
}

TEST_CASE("what nobody posted is found by comparing, with the version the database counts") {
  webhook_world world;
  world.start();
  world.stores(1, 7, 5);
  world.advance(70s, 1s);
  CHECK(world.held(1) == 5);
  CHECK(world.told.batches.back().changes.front().version == 7);
  // The event that comes late at last is no news.
  CHECK(world.post(1, 6, 4).ok());
  CHECK(world.held(1) == 5);
  CHECK(world.post(1, 8, 6).ok());
  CHECK(world.held(1) == 6);
}

TEST_CASE("an event that comes while a record is read again wins") {
  webhook_world world;
  world.start();
  CHECK(world.post(1, 6, 4).ok());
  world.stores(1, 7, 5);
  world.database.holds = is<read_records>;
  world.advance(70s, 1s);
  REQUIRE(world.database.held() == 1);
  CHECK(world.post(1, 8, 6).ok());
  world.database.holds = nullptr;
  world.database.release();
  CHECK(world.held(1) == 6);
  CHECK(world.told.batches.size() == 2);
}

TEST_CASE("what is read again wins against an event that came meanwhile and is older") {
  webhook_world world;
  world.start();
  CHECK(world.post(1, 5, 3).ok());
  world.stores(1, 8, 6);
  world.database.holds = is<read_records>;
  world.advance(70s, 1s);
  REQUIRE(world.database.held() == 1);
  CHECK(world.post(1, 7, 5).ok());
  CHECK(world.held(1) == 5);
  world.database.holds = nullptr;
  world.database.release();
  CHECK(world.held(1) == 6);
}

TEST_CASE("a write that was posted and rolled back is taken back") {
  webhook_world world;
  world.start();
  CHECK(world.post(1, 1, 10).ok());
  CHECK(world.held(1) == 10);
  world.advance(70s, 1s);
  CHECK(world.held(1) == -1);
  // The number is used again.
  CHECK(world.post(1, 1, 11).ok());
  CHECK(world.held(1) == 11);
}

TEST_CASE("of events that the server gave up on the records are read again, whatever they say") {
  webhook_world world;
  world.start();
  world.stores(1, 4, 40);
  world.replica.take(webhook_world::batches(webhook_world::event(1, 4, 40)));
  world.leave(webhook_world::event(1, 2, 20));
  world.leave(webhook_world::event(1, 1, 10));
  world.advance(6s, 1s);
  // At the first look they may still be on their way.
  CHECK(world.outbox.size() == 2);
  world.advance(6s, 1s);
  CHECK(world.outbox.empty());
  CHECK(world.held(1) == 40);
  CHECK(world.told.batches.size() == 1);
  // It comes late after all.
  CHECK(world.post(1, 3, 30).ok());
  CHECK(world.held(1) == 40);
}

TEST_CASE("at the start they are taken at once, as what their records are by now") {
  webhook_world world;
  world.leave(webhook_world::event(1, 2, 20));
  world.stores(1, 4, 40);
  world.start();
  CHECK(world.outbox.empty());
  REQUIRE_FALSE(world.told.batches.empty());
  CHECK(world.told.batches.front().changes.front().record["a"] == value{40});
  CHECK(world.held(1) == 40);
}

TEST_CASE("after a start an event that is late finds out that it is") {
  webhook_world world;
  world.stores(1, 4, 40);
  world.replica.take(webhook_world::batches(webhook_world::event(1, 4, 40)));
  world.start();
  CHECK(world.post(1, 2, 20).ok());
  CHECK(world.held(1) == 40);
  // One of a transaction that has not ended is not late.
  CHECK(world.post(1, 5, 50).ok());
  CHECK(world.held(1) == 50);
}

TEST_CASE("events wait for what the database says of their records, and are refused without it") {
  webhook_world world;
  world.start();
  CHECK(world.post(9, 1, 1).ok());
  world.stores(1, 4, 40);
  world.database.holds = is<read_records>;
  const auto first = world.post_later(1, 2, 20);
  const auto second = world.post_later(1, 3, 30);
  // Others do not wait for them.
  CHECK(world.post(9, 2, 2).ok());
  CHECK_FALSE(first->has_value());
  SUBCASE("it says so") {
    world.database.holds = nullptr;
    world.database.release();
    CHECK(code_of(first) == errc::none);
    CHECK(code_of(second) == errc::none);
    CHECK(world.held(1) == 40);
  }
  SUBCASE("it refuses") {
    world.database.refuse(errc::timeout);
    CHECK(code_of(first) == errc::timeout);
    CHECK(code_of(second) == errc::timeout);
  }
  SUBCASE("it goes away, and is not asked before it is back") {
    world.database.disconnect();
    CHECK(code_of(first) == errc::unavailable);
    CHECK(code_of(second) == errc::unavailable);
    CHECK(code_of(world.post(2, 1, 1)) == errc::unavailable);
    CHECK(world.post(9, 3, 3).ok());
    world.database.holds = nullptr;
    world.database.connect();
    CHECK(world.post(1, 3, 30).ok());
    CHECK(world.held(1) == 40);
  }
}

TEST_CASE("a table that is another's is left to it, and what was known of it does not come back") {
  webhook_world world;
  world.start();
  CHECK(world.post(1, 1, 10).ok());
  const auto released = world.ask<ack>(world.source, release_table_atom_v, std::string{"t"});
  CHECK(released.ok());
  CHECK(world.post(1, 2, 20).ok());
  CHECK(world.held(1) == 10);
  // Written without being counted: the version is the one of the event that is late.
  world.stores(1, 2, 25);
  world.send(world.source, adopt_atom_v, captured_table{"t", true, true, 0ms});
  world.advance(5s, 1s);
  CHECK(world.held(1) == 25);
  CHECK(world.post(1, 2, 20).ok());
  CHECK(world.held(1) == 25);
}
