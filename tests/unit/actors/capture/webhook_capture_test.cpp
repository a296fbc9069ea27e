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
    const auto rest = database.execute;
    database.execute = [this, rest](const intent& asked) -> result<answer> {
      if (is<read_outbox>(asked)) return answer{outbox};
      if (const auto* taken = std::get_if<clear_outbox>(&asked)) return clear(*taken);
      return rest(asked);
    };
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

  result<answer> clear(const clear_outbox& taken) {
    for (const auto& id : taken.ids)
      std::erase_if(outbox, [&](const outbox_row& row) { return row.id == id; });
    return answer{done{}};
  }

  void start() {
    database.connect();
    send(source, adopt_atom_v, captured_table{"t", true, true, 0ms});
    send(source, start_source_atom_v, feed_start{}, sink, watch);
  }
  /// Posts one event; `a` is what the record carries.
  result<committed> post(std::int64_t key, std::uint64_t version, int a) {
    auto c = put(0, "t", key, {{"a", value{a}}});
    c.version = version;
    change_batch batch;
    batch.changes.push_back(std::move(c));
    return ask<committed>(source, ingest_changes_atom_v, change_batches{std::move(batch)});
  }
  int held(std::int64_t key) const {
    const auto it = replica.rows.find({"t", value{key}});
    return it == replica.rows.end() ? -1 : static_cast<int>(it->second["a"].as_integer());
  }

  std::vector<outbox_row> outbox;
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
  world.tables["t"] = {record("t", 1, {{"a", value{5}}})};
  world.versions[{"t", value{1}}] = 7;
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
  world.tables["t"] = {record("t", 1, {{"a", value{5}}})};
  world.versions[{"t", value{1}}] = 7;
  world.database.holds = is<read_records>;
  world.advance(70s, 1s);
  REQUIRE(world.database.held() == 1);
  CHECK(world.post(1, 8, 6).ok());
  world.database.holds = nullptr;
  world.database.release();
  CHECK(world.held(1) == 6);
  CHECK(world.told.batches.size() == 1);
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

TEST_CASE("events that the server gave up on are taken from the outbox") {
  webhook_world world;
  world.start();
  const auto leftover = [](std::int64_t key, std::uint64_t version, int a) {
    auto c = put(0, "t", 1, {{"a", value{a}}});
    c.version = version;
    return outbox_row{{"_spooky_outbox", value{key}}, surrealql::ingest_event{std::move(c), {}}};
  };
  CHECK(world.post(1, 2, 20).ok());
  world.outbox = {leftover(1, 1, 10), leftover(2, 3, 30)};
  world.advance(6s, 1s);
  // At the first look they may still be on their way.
  CHECK(world.outbox.size() == 2);
  world.advance(6s, 1s);
  CHECK(world.outbox.empty());
  CHECK(world.held(1) == 30);
}
