#include "actors/capture/cloner.hpp"

#include "machines/capture/change_feed.hpp"
#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/fake_coordinator.hpp"
#include "tests/unit/actors/source_world.hpp"

#include <deque>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace std::chrono_literals;

namespace {

/// The cloner between that database and a replica.
struct cloning : source_world {
  cloning() {
    tables["t"] = {record("t", 1), record("t", 2), record("t", 3)};
    table("u", {record("u", 1)});
    replica = spawn([this](fake_keeper::pointer self) { return replica_behaviour(self); });
    auto hub = spawn([this](coordinator_actor::pointer) { return listen(told); });
    auto capture = spawn([this](capture_actor::pointer) -> capture_actor::behavior_type {
      return {
          [this](start_capture_atom, const feed_start& from, const change_sink&) {
            started.push_back(from);
          },
          [](source_caught_up_atom, const std::string&) { unexpected_note("a source's end"); },
          [](table_compared_atom, const compared_table&) { unexpected_note("a comparison"); },
          [](source_trouble_atom, const std::string&, const std::string&) {
            unexpected_note("a trouble");
          },
          [this](rows_left_out_atom, const left_out_rows& lacking) {
            left_out.insert(left_out.end(), lacking.ids.begin(), lacking.ids.end());
          },
          [](uncaptured_atom, const std::string&, const std::string&) {
            unexpected_note("a table that is not captured");
          },
          [](captured_tables_atom) { return unexpected<std::vector<std::string>>("a question"); },
          [](flush_atom, const std::string&) { return unexpected<sequence_number>("a flush"); },
          [](doubt_rows_atom, const std::string&, const std::vector<record_id>&) {
            unexpected_note("a doubt");
          },
          [](look_later_atom) { unexpected_note("a sweep"); },
          [](look_now_atom) { unexpected_note("a retry"); },
          [](load_table_atom, const table_name&, sequence_number) {
            return unexpected<table_rows_ptr>("a load");
          },
          [](connected_atom) { unexpected_note("a connection"); },
          [](disconnected_atom, const std::string&) { unexpected_note("a lost connection"); },
          [](live_fired_atom, const db_notification&) { unexpected_note("a notification"); }};
    });
    cloner_config config;
    config.page_rows = 2;
    clone = spawn(cloner, cloner_parts{database.handle, replica, hub, capture}, config);
    run();
  }

  fake_keeper::behavior_type replica_behaviour(fake_keeper::pointer self) {
    return {[](follow_replica_atom, const coordinator_actor&) { unexpected_note("a coordinator"); },
            [](apply_atom, const log_slice&) { unexpected_note("changes"); },
            [this, self](clear_replica_atom) -> caf::result<ack> {
              rows.clear();
              notes.clear();
              ++resets;
              if (!hold_resets) return ack{};
              held.push_back(self->make_response_promise<ack>());
              return held.back();
            },
            [this, self](load_page_atom, const table_rows_ptr& page, const std::string& key,
                         const value& note) -> caf::result<ack> {
              if (refuse_loads > 0 && --refuse_loads == 0)
                return to_caf(fail(errc::io_error, "no space"));
              notes[key] = note;
              ++pages;
              for (const auto& row : page->rows) rows.push_back(row["id"]);
              if (!hold_loads) return ack{};
              held_loads.push_back(self->make_response_promise<ack>());
              return held_loads.back();
            },
            [](freeze_atom) { return unexpected<frozen_snapshot>("a freeze"); },
            [](checkpoint_atom) { return unexpected<sequence_number>("a checkpoint"); },
            [this](caf::put_atom, const std::string& family, const std::string& key,
                   const value& note) {
              if (family == "schema")
                schemas.push_back(key);
              else
                CHECK(started.empty());
              if (family == "meta") notes[key] = note;
              return ack{};
            },
            [this](caf::delete_atom, const std::string&, const std::string& key) {
              notes.erase(key);
              return ack{};
            },
            [this](caf::get_atom, const std::string&) {
              object all;
              for (const auto& [key, note] : notes) all.set(key, note);
              return value{std::move(all)};
            },
            [](apply_again_atom) { unexpected_note("a retry"); },
            [](last_applied_atom) { return sequence_number{0}; },
            [](disk_status_atom) { return std::string{}; },
            run_step()};
  }

  void check_complete() {
    REQUIRE(started.size() == 1);
    CHECK(started[0].tables.size() == 2);
    // What changed while the copy was made is read again, from an overlap before its beginning.
    CHECK(started[0].stamp == stamp_at(1'000'000ms - 10s));
    CHECK(told.cloned);
    // A page whose note was not written is stored again, which changes nothing in a replica.
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    CHECK(value{rows} ==
          value{array{value{record_id{"t", value{1}}}, value{record_id{"t", value{2}}},
                      value{record_id{"t", value{3}}}, value{record_id{"u", value{1}}}}});
  }

  fake_keeper replica;
  cloner_actor clone;
  told_coordinator told;
  std::vector<feed_start> started;
  std::vector<record_id> left_out;
  array rows;
  std::map<std::string, value> notes;
  int pages = 0;
  names schemas;
  int resets = 0;
  int refuse_loads = 0;
  bool hold_resets = false;
  bool hold_loads = false;
  std::deque<caf::typed_response_promise<ack>> held_loads;
  std::deque<caf::typed_response_promise<ack>> held;
};

/// A page of `t` that is not the first.
bool second_page(const intent& asked) {
  const auto* page = std::get_if<read_page>(&asked);
  return page != nullptr && page->table == "t" && page->after;
}

}  // namespace

TEST_CASE("a clone copies every table, then starts the capture where it began") {
  cloning world;
  world.advance(5s, 100ms);
  CHECK(world.resets == 0);
  world.database.connect();
  world.check_complete();
  CHECK(world.resets == 1);
  CHECK(world.schemas.size() == 2);
  CHECK(world.notes.contains("clone"));
  CHECK_FALSE(world.notes.contains("clone_progress"));
  REQUIRE_FALSE(world.told.progress.empty());
  CHECK(world.told.progress.back().expected == 4);
  CHECK(world.told.progress.back().rows == 4);
}

TEST_CASE("a clone that fails goes on where it was") {
  cloning world;
  SUBCASE("the replica refuses a page") {
    world.refuse_loads = 2;
    world.database.connect();
  }
  SUBCASE("the database refuses a page") {
    world.database.holds = second_page;
    world.database.connect();
    REQUIRE(world.database.held() == 1);
    world.database.holds = nullptr;
    world.database.refuse(errc::timeout);
  }
  SUBCASE("the connection is lost") {
    world.database.holds = second_page;
    world.database.connect();
    world.database.disconnect();
    world.database.holds = nullptr;
    world.database.connect();
  }
  world.advance(5s, 100ms);
  CHECK(world.resets == 1);
  world.check_complete();
  REQUIRE_FALSE(world.told.notes.empty());
}

namespace {

/// The note of a clone that had copied the first two rows of `t` when its process died.
value half_done(const clone_plan::table& t, std::int64_t began) {
  clone_plan plan{stamp_at(std::chrono::milliseconds{began}), {t}};
  return plan.note_with("t", record_id{"t", value{2}}, 2, false);
}

clone_plan::table table_t(std::int64_t number) {
  clone_plan::table t;
  t.source = {"t", number, 72h, false};
  t.mode = "changefeed";
  t.expected = 3;
  return t;
}

}  // namespace

TEST_CASE("a clone whose process died goes on behind the rows it had copied") {
  cloning world;
  world.notes["clone_progress"] = half_done(table_t(0), 900'000);
  world.rows = {value{record_id{"t", value{1}}}, value{record_id{"t", value{2}}}};
  world.database.connect();
  world.advance(1s, 100ms);
  CHECK(world.resets == 0);
  CHECK(world.rows.size() == 4);
  REQUIRE(world.started.size() == 1);
  // The feed tells what changed since the first attempt began.
  CHECK(world.started[0].stamp == stamp_at(900'000ms));
  CHECK(world.started[0].tables.at("u").mode == "changefeed");
}

TEST_CASE("a row that cannot be read is left out and named, and the clone ends without it") {
  cloning world;
  world.failing = {record_id{"t", value{2}}};
  world.database.connect();
  world.advance(1s, 100ms);
  REQUIRE(world.started.size() == 1);
  CHECK(world.left_out == std::vector<record_id>{{"t", value{2}}});
  CHECK(world.rows.size() == 3);
}

TEST_CASE("tables without a feed of their own are copied, as they will be captured") {
  cloning world;
  world.feeds["u"] = 0;
  SUBCASE("by LIVE") {
    world.database.connect();
    world.advance(1s, 100ms);
    REQUIRE(world.started.size() == 1);
    CHECK(world.started[0].tables.at("u").mode == "live");
  }
  SUBCASE("by the database's feed") {
    world.database_feed = 3'600;
    world.database.connect();
    world.advance(1s, 100ms);
    REQUIRE(world.started.size() == 1);
    CHECK(world.started[0].tables.at("u").mode == "changefeed");
  }
  SUBCASE("by comparing, for it is defined AS SELECT") {
    world.derived = {"u"};
    world.database.connect();
    world.advance(1s, 100ms);
    REQUIRE(world.started.size() == 1);
    CHECK(world.started[0].tables.at("u").mode == "compared");
  }
  CHECK(world.rows.size() == 4);
}

TEST_CASE("a clone that cannot be gone on with begins anew") {
  cloning world;
  SUBCASE("the feed does not reach back to its beginning") {
    world.feeds["t"] = 120;
    world.notes["clone_progress"] = half_done(table_t(0), 900'000);
  }
  SUBCASE("the table was defined anew") {
    world.notes["clone_progress"] = half_done(table_t(7), 900'000);
  }
  SUBCASE("the table is gone") {
    auto other = table_t(0);
    other.source.name = "v";
    world.notes["clone_progress"] = clone_plan{stamp_at(900'000ms), {other}}.to_note();
  }
  SUBCASE("the note is of another form") { world.notes["clone_progress"] = value{"what"}; }
  world.rows = {value{record_id{"t", value{99}}}};
  world.database.connect();
  world.advance(1s, 100ms);
  CHECK(world.resets == 1);
  world.check_complete();
}

TEST_CASE("while a page is stored the next one is read, and no more") {
  cloning world;
  world.tables["t"] = {record("t", 1), record("t", 2), record("t", 3), record("t", 4),
                       record("t", 5), record("t", 6), record("t", 7)};
  world.hold_loads = true;
  world.database.connect();
  CHECK(std::count_if(world.database.asked.begin(), world.database.asked.end(),
                      [](const intent& asked) {
                        const auto* page = std::get_if<read_page>(&asked);
                        return page != nullptr && page->table == "t";
                      }) == 2);
  world.hold_loads = false;
  while (!world.held_loads.empty())
    world.within(world.replica, [&] {
      world.held_loads.front().deliver(ack{});
      world.held_loads.pop_front();
    });
  world.advance(1s, 100ms);
  CHECK(world.rows.size() == 8);
}

TEST_CASE("a clone interrupted at its very beginning is not made twice") {
  cloning world;
  world.hold_resets = true;
  world.database.connect();
  world.database.disconnect();
  world.hold_resets = false;
  world.database.connect();
  world.within(world.replica, [&] { world.held.front().deliver(ack{}); });
  world.advance(5s, 100ms);
  world.check_complete();
}
