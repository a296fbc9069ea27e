#include "actors/capture/live_capture.hpp"

#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/fake_database.hpp"
#include "tests/unit/actors/fake_watch.hpp"
#include "tests/unit/actors/source_world.hpp"
#include "tests/unit/machines/samples.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

struct live_world : source_world {
  explicit live_world(bool with_replica = true, std::size_t max_dirty = 1'000) {
    tables["t"] = {record("t", 1), record("t", 2), record("t", 3)};
    sink = spawn([this](change_sink::pointer self) { return take_into(self, told, replica); });
    watch = spawn([this](capture_actor::pointer) { return listen_to_sources(told); });
    source_parts parts{database.handle, {}, {}};
    if (with_replica)
      parts.reconciler = spawn(
          [this](reconciler_actor::pointer) { return compare_with(*this, replica, stretches); });
    live_config config;
    config.compare_interval = 60s;
    config.max_dirty = max_dirty;
    source = spawn(live_capture, parts, config);
    run();
  }

  void start(bool compare = true) {
    database.connect();
    send(source, adopt_atom_v, captured_table{"t", true, compare, 0ms});
    send(source, start_source_atom_v, feed_start{}, sink, watch);
  }
  void notify(const char* action, std::int64_t key) {
    send(source, live_fired_atom_v,
         db_notification{{}, action, value{record_id{"t", value{key}}}, {}});
  }
  bool converged() const { return value{replica.all("t")} == value{tables.at("t")}; }

  told_sink told;
  kept_replica replica;
  int stretches = 0;
  change_sink sink;
  capture_actor watch;
  capture_source_actor source;
};

}  // namespace

TEST_CASE("a table is watched, then compared, and only then caught up with") {
  live_world world;
  world.start();
  CHECK(world.database.doorbells.size() == 1);
  CHECK(world.converged());
  CHECK(world.told.caught_up == 1);
  CHECK(world.told.compared == names{"t"});
}

TEST_CASE("a notification says which record to read, never what it is") {
  live_world world;
  world.start();
  world.tables["t"] = {record("t", 1, {{"a", value{2}}}), record("t", 3)};
  world.notify("DELETE", 1);
  world.notify("CREATE", 2);
  CHECK(world.converged());
  CHECK(world.told.batches.back().changes.front().op == change_op::erase);
}

TEST_CASE("one read is in flight, and a record that changes meanwhile is read again") {
  live_world world;
  world.start();
  world.database.holds = is<read_records>;
  world.tables["t"].front() = record("t", 1, {{"a", value{1}}});
  world.notify("UPDATE", 1);
  REQUIRE(world.database.held() == 1);
  world.notify("UPDATE", 2);
  world.notify("UPDATE", 1);
  CHECK(world.database.held() == 1);
  world.database.release();
  REQUIRE(world.database.held() == 1);
  world.tables["t"].front() = record("t", 1, {{"a", value{2}}});
  world.database.release();
  CHECK(world.database.held() == 0);
  CHECK(world.converged());
}

TEST_CASE("a read that fails is made again") {
  live_world world;
  world.start();
  world.database.holds = is<read_records>;
  world.tables["t"].front() = record("t", 1, {{"a", value{1}}});
  world.notify("UPDATE", 1);
  world.database.refuse(errc::timeout);
  CHECK_FALSE(world.told.troubles.empty());
  world.database.holds = nullptr;
  world.advance(1s, 100ms);
  CHECK(world.converged());
  CHECK(world.told.troubles.back().empty());
}

TEST_CASE("what was missed while disconnected, or notified to nobody, is found by comparing") {
  live_world world;
  world.start();
  SUBCASE("while disconnected") {
    world.database.disconnect();
    world.tables["t"] = {record("t", 2, {{"a", value{5}}}), record("t", 8)};
    world.database.connect();
    CHECK(world.database.doorbells.size() == 2);
  }
  SUBCASE("by a client-side transaction") {
    world.tables["t"] = {record("t", 2, {{"a", value{5}}}), record("t", 8)};
    world.advance(61s, 1s);
  }
  SUBCASE("when the table was removed") {
    world.database.disconnect();
    world.database.connect();
    world.tables["t"].clear();
    world.notify("KILLED", 1);
    CHECK(world.told.looks == 1);
    world.send(world.source, adopt_atom_v, captured_table{"t", false, false, 0ms});
  }
  CHECK(world.converged());
}

TEST_CASE("without a replica more changes than are remembered are loaded again once, not each") {
  live_world world{false, 2};
  world.start(false);
  world.database.holds = is<read_records>;
  for (const std::int64_t key : {1, 2, 3, 4, 5, 6}) world.notify("UPDATE", key);
  CHECK(world.told.resets == 1);
}

TEST_CASE("without a replica a reconnect makes the sink load everything again") {
  live_world world{false};
  world.start(false);
  CHECK(world.told.caught_up == 1);
  CHECK(world.told.resets == 0);
  world.database.disconnect();
  world.database.connect();
  CHECK(world.told.resets == 1);
  const auto rows = world.ask_later<table_rows_ptr>(world.source, load_table_atom_v,
                                                    table_name{"t"}, sequence_number{0});
  REQUIRE(code_of(rows) == errc::none);
  CHECK((**rows).value()->rows.size() == 3);
}

TEST_CASE("a table is watched before its rows are read for a consumer") {
  live_world world{false};
  world.start(false);
  world.table("u", {record("u", 1)});
  const auto rows = world.ask_later<table_rows_ptr>(world.source, load_table_atom_v,
                                                    table_name{"u"}, sequence_number{0});
  REQUIRE(code_of(rows) == errc::none);
  REQUIRE(world.database.doorbells.size() == 2);
  CHECK(world.database.doorbells.back() == "u");
}
