#include "actors/capture/changefeed_capture.hpp"
#include "actors/capture/source_watch.hpp"
#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/fake_database.hpp"
#include "tests/unit/actors/source_world.hpp"
#include "tests/unit/machines/samples.hpp"

#include <deque>
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

/// A watch and a change feed source between that database, a replica and a sink that takes, refuses
/// or waits.
struct capturing : source_world {
  using sink_actor = change_sink::extend<runs_steps>;

  capturing() {
    sink = spawn([this](sink_actor::pointer self) { return sink_behaviour(self); });
    const auto keeper = spawn([this](fake_keeper::pointer) { return keep_notes(replica); });
    const auto comparing = spawn(
        [this](reconciler_actor::pointer) { return compare_with(*this, replica, stretches); });
    changefeed_config config;
    config.poll_interval = 500ms;
    config.copy_rows = 2;
    const capture_source_actor source =
        spawn(changefeed_capture, source_parts{database.handle, comparing, keeper}, config);
    source_watch_config watching;
    watching.table_interval = 5s;
    watching.provision = true;
    watch = spawn(source_watch,
                  source_watch_parts{
                      database.handle, keeper, types, {{config::capture_mode::changefeed, source}}},
                  watching);
    feed_source_actor = source;
    run();
  }

  sink_actor::behavior_type sink_behaviour(sink_actor::pointer self) {
    return {
        [this, self](ingest_changes_atom, const change_batches& batches) -> caf::result<committed> {
          ++offers;
          if (refusal) return to_caf(*refusal);
          for (const auto& batch : batches) taken.push_back(batch);
          replica.take(batches);
          if (!hold) return committed{1, 1};
          held.push_back(self->make_response_promise<committed>());
          return held.back();
        },
        [this](caught_up_atom) { ++caught_up; },
        [this](describe_table_atom, const std::string& table, const value& info) {
          (info.is_none() ? retracted : announced).push_back(table);
        },
        [this](reload_all_atom, const std::string&) { ++resets; },
        [this](report_capture_atom, const capture_report& r) { report = r; },
        run_step()};
  }

  void start() {
    database.connect();
    send(watch, start_capture_atom_v, feed_start{0, {}, 0ms, {{"t", {0, "changefeed"}}}},
         change_sink{sink});
  }
  void take_held() {
    within(sink, [this] {
      held.front().deliver(committed{1, 1});
      held.pop_front();
    });
  }
  names sources() const {
    names out;
    for (const auto& batch : taken) out.push_back(batch.source);
    return out;
  }
  reply<table_rows_ptr> load(const table_name& table) {
    return ask_later<table_rows_ptr>(watch, load_table_atom_v, table, sequence_number{0});
  }

  std::shared_ptr<known_types> types = std::make_shared<known_types>();
  kept_replica replica;
  int stretches = 0;
  sink_actor sink;
  capture_actor watch;
  capture_source_actor feed_source_actor;
  std::vector<change_batch> taken;
  names announced;
  names retracted;
  capture_report report;
  int offers = 0;
  int caught_up = 0;
  int resets = 0;
  bool hold = false;
  std::optional<error> refusal;
  std::deque<caf::typed_response_promise<committed>> held;
};

}  // namespace

TEST_CASE("transactions are offered in order, each once, and the end of the feed is told once") {
  capturing world;
  world.commit(10, 1);
  world.commit(11, 2);
  world.database.connect();
  world.advance(1s, 100ms);
  CHECK(world.database.asked.empty());
  world.start();
  CHECK(world.sources() == names{"changefeed/10", "changefeed/11"});
  CHECK(world.taken[0].cursor == "10");
  CHECK(world.caught_up == 1);
  world.commit(12, 3);
  world.advance(600ms, 100ms);
  CHECK(world.sources().back() == "changefeed/12");
  world.advance(3s, 100ms);
  CHECK(world.taken.size() == 3);
  CHECK(world.caught_up == 1);
}

TEST_CASE("a doorbell brings changes at once") {
  capturing world;
  world.start();
  REQUIRE_FALSE(world.database.doorbells.empty());
  world.commit(10, 1);
  world.send(world.feed_source_actor, live_fired_atom_v, db_notification{});
  CHECK(world.sources() == names{"changefeed/10"});
}

TEST_CASE("what the sink refuses is offered again until it is taken; nothing is read meanwhile") {
  capturing world;
  world.commit(10, 1);
  world.refusal = fail(errc::overloaded, "the replica lags");
  world.start();
  const auto reads = world.database.count<read_changes>();
  world.commit(11, 2);
  world.advance(5s, 50ms);
  CHECK(world.offers > 3);
  CHECK(world.offers < 60);
  CHECK(world.database.count<read_changes>() == reads);
  CHECK(world.caught_up == 0);
  world.refusal.reset();
  world.advance(3s, 50ms);
  CHECK(world.sources() == names{"changefeed/10", "changefeed/11"});
  CHECK(world.caught_up == 1);
}

TEST_CASE("a new table is announced, copied and watched") {
  capturing world;
  world.start();
  world.table("u", {record("u", 1), record("u", 2), record("u", 3)});
  world.advance(6s, 100ms);
  CHECK(world.announced == names{"t", "u"});
  CHECK(world.sources() == names{"compare/u", "compare/u"});
  CHECK(world.taken[0].changes.size() == 2);
  CHECK(world.taken[1].changes.size() == 1);
  CHECK(world.database.doorbells.back() == "u");
  world.advance(11s, 100ms);
  CHECK(world.announced.size() == 2);
}

TEST_CASE("a table is handed out after everything in the feed has been delivered") {
  capturing world;
  world.start();
  world.tables["t"] = {record("t", 1), record("t", 2), record("t", 3)};
  world.commit(10, 1);
  world.database.holds = is<read_changes>;
  const auto rows = world.load("t");
  REQUIRE(world.database.held() == 1);
  CHECK_FALSE(rows->has_value());
  world.hold = true;
  world.database.release();
  CHECK(world.sources() == names{"changefeed/10"});
  CHECK_FALSE(rows->has_value());
  world.take_held();
  REQUIRE(code_of(rows) == errc::none);
  CHECK((**rows).value()->rows.size() == 3);
  CHECK((**rows).value()->seq == 0);
}

TEST_CASE("a table that cannot be read fails its load, not the capture") {
  capturing world;
  world.start();
  world.database.holds = is<read_page>;
  const auto rows = world.load("t");
  world.database.refuse(errc::evaluation_error);
  CHECK(code_of(rows) == errc::evaluation_error);
  world.commit(10, 1);
  world.advance(1s, 100ms);
  CHECK(world.sources() == names{"changefeed/10"});
}

TEST_CASE("disconnected while changes are offered: they are taken once and reading goes on") {
  capturing world;
  world.commit(10, 1);
  world.hold = true;
  world.start();
  REQUIRE(world.held.size() == 1);
  world.database.disconnect();
  SUBCASE("taken before the database is back") {
    world.hold = false;
    world.take_held();
    world.commit(11, 2);
    world.database.connect();
  }
  SUBCASE("taken after it is back") {
    world.commit(11, 2);
    world.database.connect();
    world.hold = false;
    world.take_held();
  }
  world.advance(3s, 100ms);
  CHECK(world.sources() == names{"changefeed/10", "changefeed/11"});
  world.commit(12, 3);
  world.advance(2s, 100ms);
  CHECK(world.sources().back() == "changefeed/12");
}

TEST_CASE("disconnected while a table is copied: the copy is completed afterwards") {
  capturing world;
  world.start();
  world.table("u", {record("u", 1), record("u", 2), record("u", 3)});
  SUBCASE("before it is told of") {
    world.database.holds = is<describe_tables>;
    world.advance(6s, 100ms);
    REQUIRE(world.database.held() == 1);
    world.database.disconnect();
  }
  SUBCASE("while a page is offered") {
    world.hold = true;
    world.advance(6s, 100ms);
    REQUIRE(world.held.size() == 1);
    world.database.disconnect();
    world.hold = false;
    world.take_held();
  }
  world.database.holds = nullptr;
  world.database.connect();
  world.advance(8s, 100ms);
  CHECK(world.replica.all("u").size() == 3);
  world.commit(10, 1);
  world.advance(1s, 100ms);
  CHECK(world.sources().back() == "changefeed/10");
}

TEST_CASE("an answer of an earlier connection starts no second reader") {
  capturing world;
  world.start();
  world.database.holds = is<read_page>;
  const auto rows = world.load("t");
  REQUIRE(world.database.held() == 1);
  world.database.disconnect(false);
  world.database.holds = is<read_changes>;
  world.database.connect();
  REQUIRE(world.database.held() == 2);
  world.database.release();
  CHECK(code_of(rows) == errc::unavailable);
  CHECK(world.database.held() == 1);
}

TEST_CASE("a removed table's rows are retracted, and it is told of as gone") {
  capturing world;
  world.table("u", {record("u", 1), record("u", 2), record("u", 3)});
  world.start();
  REQUIRE(world.replica.all("u").size() == 3);
  CHECK(world.caught_up == 1);
  world.remove_table("u");
  world.advance(6s, 100ms);
  CHECK(world.replica.all("u").empty());
  CHECK(world.retracted == names{"u"});
  CHECK_FALSE(world.replica.notes["table/u"]["copied"].truthy());
}

TEST_CASE("a table removed and defined again between two looks keeps none of its old rows") {
  capturing world;
  world.table("u", {record("u", 1), record("u", 2)});
  world.start();
  world.remove_table("u");
  world.table("u", {record("u", 2), record("u", 9)});
  world.advance(6s, 100ms);
  CHECK(value{world.replica.all("u")} == value{world.tables["u"]});
  CHECK(world.retracted.empty());
}

TEST_CASE("rows are compared after the feed has told what came before a removal") {
  capturing world;
  world.start();
  // The feed still tells of a record of the removed table: delivered late it would stay for ever.
  world.database.holds = is<read_changes>;
  world.commit(10, 1);
  world.advance(1s, 100ms);
  REQUIRE(world.database.held() == 1);
  world.remove_table("t");
  world.advance(6s, 100ms);
  world.database.holds = nullptr;
  world.database.release();
  world.advance(2s, 100ms);
  CHECK(world.replica.all("t").empty());
  CHECK(world.retracted == names{"t"});
}

TEST_CASE("a table without a feed is given one, and what it missed is compared") {
  capturing world;
  world.start();
  world.feeds["t"] = 0;
  world.tables["t"] = {record("t", 5)};
  world.advance(6s, 100ms);
  CHECK(world.feeds["t"] != 0);
  CHECK(value{world.replica.all("t")} == value{world.tables["t"]});
}

TEST_CASE("fields are learnt at the start and when they change") {
  capturing world;
  world.start();
  CHECK(world.types->current()->find("t") != nullptr);
  CHECK(world.announced == names{"t"});
  world.advance(11s, 100ms);
  CHECK(world.announced.size() == 1);
  world.fields["t"] = value{object{{"at", value{"DEFINE FIELD at ON t TYPE datetime"}}}};
  world.advance(6s, 100ms);
  CHECK(world.announced == names{"t", "t"});
  const auto restored =
      world.types->current()->restore("t", value{object{{"at", value{"2024-01-01T00:00:00Z"}}}});
  CHECK(restored["at"].type() == value_type::datetime);
}

TEST_CASE("an outage longer than the feed is kept for ends in a comparison") {
  capturing world;
  world.feeds["t"] = 100;
  world.clock = 60'000;
  world.start();
  const auto before = world.stretches;
  CHECK(world.replica.notes.contains("feed_read_through"));
  SUBCASE("not for a short one") {
    world.database.disconnect();
    world.clock += 50'000;
    world.database.connect();
    world.advance(2s, 100ms);
    CHECK(world.stretches == before);
  }
  SUBCASE("for a long one") {
    world.database.disconnect();
    // Committed meanwhile, and no longer in the feed.
    world.tables["t"] = {record("t", 7)};
    world.clock += 200'000;
    // A crash before the end of the comparison must not forget it.
    world.database.holds = is<read_changes>;
    world.database.connect();
    CHECK(world.replica.notes.contains("feed_gap"));
    world.database.holds = nullptr;
    world.database.release();
    world.advance(2s, 100ms);
    CHECK(value{world.replica.all("t")} == value{world.tables["t"]});
    CHECK_FALSE(world.replica.notes.contains("feed_gap"));
    const auto after = world.stretches;
    world.advance(5s, 100ms);
    CHECK(world.stretches == after);
  }
}

TEST_CASE("a cursor that is older than the feed at the start is not caught up before comparing") {
  capturing world;
  world.tables["t"] = {record("t", 1), record("t", 2), record("t", 3)};
  world.feeds["t"] = 100;
  world.database.connect();
  world.send(world.watch, start_capture_atom_v, feed_start{5, {}, 500s, {{"t", {0, "changefeed"}}}},
             change_sink{world.sink});
  world.advance(2s, 100ms);
  CHECK(world.replica.all("t").size() == 3);
  CHECK(world.caught_up == 1);
  CHECK(world.report.repaired == 3);
}
