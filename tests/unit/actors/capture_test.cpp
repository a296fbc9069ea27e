#include "actors/capture/changefeed_capture.hpp"
#include "actors/capture/cloner.hpp"
#include "det.hpp"
#include "fake_coordinator.hpp"
#include "fake_database.hpp"
#include "samples.hpp"

#include <charconv>
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

using names = std::vector<std::string>;

/// A database with tables and a change feed.
struct source_world : det {
  source_world() {
    database.answer = [this](const db_query& query) { return answer(query.text); };
    table("t", {});
  }

  void table(const std::string& name, array rows) {
    definitions.set(name, value{"DEFINE TABLE " + name + " SCHEMALESS CHANGEFEED 3d PERMISSIONS"});
    tables[name] = std::move(rows);
  }

  /// A transaction that changes one record of `t`.
  void commit(std::int64_t stamp, std::int64_t key) {
    feed[stamp] = value{object{{"update", record("t", key)}}};
  }

  result<db_answer> answer(const std::string& text) {
    if (text.starts_with("RETURN time::millis")) return one(value{1'000'000});
    if (text.starts_with("INFO FOR DB")) return one(value{object{{"tables", value{definitions}}}});
    if (text.starts_with("INFO FOR TABLE")) return one(value{object{{"fields", value{object{}}}}});
    if (text.starts_with("SHOW CHANGES")) return one(show(text));
    if (text.starts_with("SELECT * FROM ")) return one(page(text.substr(14)));
    FAIL_CHECK("not expected here: " << text);
    return one(value{});
  }

  value show(const std::string& text) const {
    std::int64_t since = 0;
    const auto at = text.find("SINCE ") + 6;
    std::from_chars(text.data() + at, text.data() + text.size(), since);
    array groups;
    for (auto it = feed.lower_bound(since); it != feed.end(); ++it)
      groups.emplace_back(
          object{{"versionstamp", value{it->first}}, {"changes", value{array{it->second}}}});
    return value{std::move(groups)};
  }

  /// `<table> LIMIT <n>` or `<table>:<key>>.. LIMIT <n>`; keys are numbers.
  value page(const std::string& rest) const {
    const auto name = rest.substr(0, rest.find_first_of(" :"));
    std::int64_t after = -1;
    if (rest[name.size()] == ':')
      std::from_chars(rest.data() + name.size() + 1, rest.data() + rest.size(), after);
    std::size_t limit = 0;
    const auto at = rest.find("LIMIT ") + 6;
    std::from_chars(rest.data() + at, rest.data() + rest.size(), limit);
    array rows;
    for (const auto& row : tables.at(name))
      if (row["id"].as_record().key.as_integer() > after && rows.size() < limit)
        rows.push_back(row);
    return value{std::move(rows)};
  }

  fake_database database{*this};
  object definitions;
  std::map<std::string, array> tables;
  std::map<std::int64_t, value> feed;
};

/// The capture between that database and a sink that takes, refuses or waits.
struct capturing : source_world {
  using sink_actor = change_sink::extend<runs_steps>;

  capturing() {
    sink = spawn([this](sink_actor::pointer self) -> sink_actor::behavior_type {
      return {[this, self](ingest_atom, const change_batches& batches) -> caf::result<committed> {
                ++offers;
                if (refusal) return to_caf(*refusal);
                for (const auto& batch : batches) taken.push_back(batch);
                if (!hold) return committed{1, 1};
                held.push_back(self->make_response_promise<committed>());
                return held.back();
              },
              [this](caught_up_atom) { ++caught_up; },
              [this](notify_atom, const std::string& table, const value&) {
                announced.push_back(table);
              },
              [](reset_atom, const std::string&) { unexpected_note("a lost track"); },
              [](notify_atom, const capture_report&) {},
              run_step()};
    });
    changefeed_config config;
    config.poll_interval = 500ms;
    config.table_interval = 5s;
    config.copy_rows = 2;
    capture = spawn(changefeed_capture, database_actor{database.handle}, config);
    run();
  }

  void start() {
    database.connect();
    send(capture, start_atom_v, feed_start{0, {}, {}, {{"t", {}}}}, change_sink{sink});
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
  reply<table_rows_ptr> load(const std::string& table) {
    return ask_later<table_rows_ptr>(capture, load_atom_v, table, sequence_number{0});
  }

  sink_actor sink;
  capture_actor capture;
  std::vector<change_batch> taken;
  names announced;
  int offers = 0;
  int caught_up = 0;
  bool hold = false;
  std::optional<error> refusal;
  std::deque<caf::typed_response_promise<committed>> held;
};

}  // namespace

TEST_CASE("a source's name carries the transaction's stamp") {
  CHECK(feed_stamp(feed_source(77)) == 77);
  for (const auto* other : {"changefeed/", "changefeed/x", "changefeed/7x", "copy/7", ""})
    CHECK_FALSE(feed_stamp(other).has_value());
}

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
  world.send(world.capture, notify_atom_v, db_notification{});
  CHECK(world.sources() == names{"changefeed/10"});
}

TEST_CASE("what the sink refuses is offered again until it is taken; nothing is read meanwhile") {
  capturing world;
  world.commit(10, 1);
  world.refusal = fail(errc::overloaded, "the replica lags");
  world.start();
  const auto reads = world.database.count("SHOW");
  world.commit(11, 2);
  world.advance(5s, 50ms);
  CHECK(world.offers > 3);
  CHECK(world.offers < 60);
  CHECK(world.database.count("SHOW") == reads);
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
  CHECK(world.announced == names{"u"});
  CHECK(world.sources() == names{"copy/u", "copy/u"});
  CHECK(world.taken[0].changes.size() == 2);
  CHECK(world.taken[1].changes.size() == 1);
  CHECK(world.database.doorbells.back().find(" u") != std::string::npos);
  world.advance(11s, 100ms);
  CHECK(world.announced.size() == 1);
}

TEST_CASE("a table is handed out after everything in the feed has been delivered") {
  capturing world;
  world.start();
  world.tables["t"] = {record("t", 1), record("t", 2), record("t", 3)};
  world.commit(10, 1);
  world.database.holds = [](const db_query& query) { return query.text.starts_with("SHOW"); };
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
  world.database.holds = [](const db_query& query) { return query.text.starts_with("SELECT"); };
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

TEST_CASE("disconnected while a table is copied: it is copied again from its beginning") {
  capturing world;
  world.start();
  world.table("u", {record("u", 1), record("u", 2), record("u", 3)});
  SUBCASE("between two pages") {
    world.database.holds = [](const db_query& query) {
      return query.text.starts_with("SELECT * FROM u:");
    };
    world.advance(6s, 100ms);
    REQUIRE(world.database.held() == 1);
    world.database.disconnect();
  }
  SUBCASE("before the first page") {
    world.database.holds = [](const db_query& query) {
      return query.text.starts_with("INFO FOR TABLE");
    };
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
  world.taken.clear();
  world.database.holds = nullptr;
  world.database.connect();
  world.advance(1s, 100ms);
  CHECK(world.sources() == names{"copy/u", "copy/u"});
  world.commit(10, 1);
  world.advance(1s, 100ms);
  CHECK(world.sources().back() == "changefeed/10");
}

TEST_CASE("an answer of an earlier connection starts no second reader") {
  capturing world;
  world.start();
  world.database.holds = [](const db_query& query) { return query.text.starts_with("SELECT"); };
  const auto rows = world.load("t");
  REQUIRE(world.database.held() == 1);
  world.database.disconnect(false);
  world.database.holds = [](const db_query& query) { return query.text.starts_with("SHOW"); };
  world.database.connect();
  REQUIRE(world.database.held() == 2);
  world.database.release();
  CHECK(code_of(rows) == errc::unavailable);
  CHECK(world.database.held() == 1);
}

// -- cloning --------------------------------------------------------------------------------------

namespace {

/// The cloner between that database and a replica.
struct cloning : source_world {
  using fake_replica = replica_keeper_actor::extend<runs_steps>;

  cloning() {
    tables["t"] = {record("t", 1), record("t", 2), record("t", 3)};
    table("u", {record("u", 1)});
    replica = spawn([this](fake_replica::pointer self) { return replica_behaviour(self); });
    auto hub = spawn([this](coordinator_actor::pointer) { return listen(told); });
    auto capture = spawn([this](capture_actor::pointer) -> capture_actor::behavior_type {
      return {
          [this](start_atom, const feed_start& from, const change_sink&) {
            started.push_back(from);
          },
          [](caught_up_atom, const std::string&) { unexpected_note("a source's end"); },
          [](complete_atom, const compared_table&) { unexpected_note("a comparison"); },
          [](notify_atom, const std::string&, const std::string&) { unexpected_note("a trouble"); },
          [](sweep_atom) { unexpected_note("a sweep"); },
          [](retry_atom) { unexpected_note("a retry"); },
          [](load_atom, const std::string&, sequence_number) {
            return unexpected<table_rows_ptr>("a load");
          },
          [](connected_atom) { unexpected_note("a connection"); },
          [](disconnected_atom, const std::string&) { unexpected_note("a lost connection"); },
          [](notify_atom, const db_notification&) { unexpected_note("a notification"); }};
    });
    cloner_config config;
    config.page_rows = 2;
    clone = spawn(cloner, cloner_parts{database.handle, replica, hub, capture}, config);
    run();
  }

  fake_replica::behavior_type replica_behaviour(fake_replica::pointer self) {
    return {[](subscribe_atom, const coordinator_actor&) { unexpected_note("a coordinator"); },
            [](apply_atom, const log_slice&) { unexpected_note("changes"); },
            [this, self](reset_atom) -> caf::result<ack> {
              rows.clear();
              ++resets;
              if (!hold_resets) return ack{};
              held.push_back(self->make_response_promise<ack>());
              return held.back();
            },
            [this](load_atom, const table_rows_ptr& page, const std::string&,
                   const value&) -> caf::result<ack> {
              if (refuse_loads-- > 0) return to_caf(fail(errc::io_error, "no space"));
              for (const auto& row : page->rows) rows.push_back(row["id"]);
              return ack{};
            },
            [](freeze_atom) { return unexpected<frozen_snapshot>("a freeze"); },
            [](checkpoint_atom) { return unexpected<sequence_number>("a checkpoint"); },
            [this](caf::put_atom, const std::string& family, const std::string& key, const value&) {
              if (family == "schema")
                schemas.push_back(key);
              else
                CHECK(started.empty());
              return ack{};
            },
            [](caf::delete_atom, const std::string&, const std::string&) {
              return unexpected<ack>("a note's end");
            },
            [](caf::get_atom, const std::string&) { return unexpected<value>("a look at notes"); },
            [](retry_atom) { unexpected_note("a retry"); },
            [](status_atom) { return sequence_number{0}; },
            run_step()};
  }

  void check_complete() {
    REQUIRE(started.size() == 1);
    CHECK(started[0].tables.size() == 2);
    // What changed while the copy was made is read again, from an overlap before its beginning.
    CHECK(started[0].stamp == stamp_at(1'000'000ms - 10s));
    CHECK(told.cloned);
    std::sort(rows.begin(), rows.end());
    CHECK(value{rows} ==
          value{array{value{record_id{"t", value{1}}}, value{record_id{"t", value{2}}},
                      value{record_id{"t", value{3}}}, value{record_id{"u", value{1}}}}});
  }

  fake_replica replica;
  cloner_actor clone;
  told_coordinator told;
  std::vector<feed_start> started;
  array rows;
  names schemas;
  int resets = 0;
  int refuse_loads = 0;
  bool hold_resets = false;
  std::deque<caf::typed_response_promise<ack>> held;
};

}  // namespace

TEST_CASE("a clone copies every table, then starts the capture where it began") {
  cloning world;
  world.advance(5s, 100ms);
  CHECK(world.resets == 0);
  world.database.connect();
  world.check_complete();
  CHECK(world.resets == 1);
  CHECK(world.schemas.size() == 2);
}

TEST_CASE("a clone that fails begins again from nothing") {
  cloning world;
  SUBCASE("the replica refuses a page") {
    world.refuse_loads = 1;
    world.database.connect();
  }
  SUBCASE("the database refuses a page") {
    world.database.holds = [](const db_query& query) { return query.text.starts_with("SELECT"); };
    world.database.connect();
    REQUIRE(world.database.held() >= 1);
    world.database.holds = nullptr;
    world.database.refuse(errc::timeout);
  }
  SUBCASE("the connection is lost") {
    world.database.holds = [](const db_query& query) { return query.text.starts_with("SELECT"); };
    world.database.connect();
    world.database.disconnect();
    world.database.holds = nullptr;
    world.database.connect();
  }
  world.advance(5s, 100ms);
  CHECK(world.resets == 2);
  world.check_complete();
  REQUIRE_FALSE(world.told.notes.empty());
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
