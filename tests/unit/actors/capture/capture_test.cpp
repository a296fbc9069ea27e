#include "tests/unit/actors/capture/capturing.hpp"

#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

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
  world.database.holds = [](const intent& asked) {
    return is<read_page>(asked) || is<list_ids>(asked);
  };
  const auto rows = world.load("t");
  // The page, and then not even its ids.
  world.database.refuse(errc::evaluation_error);
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

TEST_CASE("what INFO FOR DB says is handed on at the start and when it changes") {
  const auto texts = [](const char* param) {
    return value{object{{"params", value{object{{"p", value{param}}}}}}};
  };
  capturing world;
  world.names_defined.texts = texts("DEFINE PARAM $p VALUE 1");
  world.start();
  CHECK(world.announced == names{"t", ""});
  world.advance(11s, 100ms);
  CHECK(world.announced.size() == 2);
  world.names_defined.texts = texts("DEFINE PARAM $p VALUE 2");
  world.advance(6s, 100ms);
  CHECK(world.announced == names{"t", "", ""});
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
  world.send(world.watch, start_capture_atom_v,
             feed_start{5, {}, 500s, {{"t", {0, "changefeed"}}}, {}}, change_sink{world.sink});
  world.advance(2s, 100ms);
  CHECK(world.replica.all("t").size() == 3);
  CHECK(world.caught_up == 1);
  CHECK(world.report.repaired == 3);
}

// -- definitions ----------------------------------------------------------------------------------

namespace {

record_id definition_of(const std::string& table) {
  return {"_spooky_definition", value{array{value{"table"}, value{table}}}};
}

/// What the log is told of the tables, one text for each transaction.
names told(const capturing& world) {
  names out;
  for (const auto& changes : world.defined) {
    std::string line;
    for (const auto& c : changes) {
      CHECK(c.id.table == "_spooky_definition");
      line += std::string{to_string(c.op)} + " " + std::string{c.id.key.as_array()[1].as_string()} +
              ";";
    }
    out.push_back(line);
  }
  return out;
}

reply<table_rows_ptr> ask_for_definitions(capturing& world, sequence_number least) {
  return world.ask_later<table_rows_ptr>(world.watch, load_table_atom_v,
                                         table_name{"_spooky_definition"}, least);
}

value one_field(const char* name, value select) {
  return value{array{value{object{{"name", value{name}},
                                  {"permissions", value{object{{"select", std::move(select)}}}}}}}};
}

}  // namespace

TEST_CASE("the tables' definitions are delivered once, captured or not, before the first change") {
  capturing world;
  world.commit(10, 1);
  world.permissions["t"] = value{"owner = $auth"};
  world.structures["t"] = one_field("secret", value{false});
  world.table("u", {}, 0);
  world.hold_definitions = true;
  world.start();
  REQUIRE(told(world) == names{"CREATE t;CREATE u;"});
  const auto& record = world.defined[0][0].record;
  CHECK(record["id"] == value{definition_of("t")});
  CHECK(record["name"] == value{"t"});
  CHECK(record["permissions"] == value{object{{"select", value{"owner = $auth"}}}});
  CHECK(record["fields"] == world.structures["t"]);
  CHECK(world.taken.empty());
  CHECK(world.caught_up == 0);
  world.take_held();
  world.advance(1s, 100ms);
  CHECK(world.sources() == names{"changefeed/10"});
  CHECK(world.caught_up == 1);
  world.advance(20s, 1s);
  CHECK(world.defined.size() == 1);
  CHECK(world.report.tables == 2);
}

TEST_CASE("a definition that changes is delivered again, one that is gone is deleted") {
  capturing world;
  world.table("u", {});
  world.start();
  REQUIRE(told(world) == names{"CREATE t;CREATE u;"});
  world.structures["u"] = one_field("secret", value{"$auth.admin"});
  world.advance(6s, 1s);
  CHECK(told(world).back() == "UPDATE u;");
  world.permissions["t"] = value{true};
  world.remove_table("u");
  world.table("w", {});
  world.advance(6s, 1s);
  CHECK(told(world).back() == "UPDATE t;CREATE w;DELETE u;");
  CHECK(world.defined.size() == 3);
}

TEST_CASE("params and functions are delivered like tables, and deleted when they are gone") {
  const auto named = [](const char* name, const char* part, const char* text) {
    return value{object{{"name", value{name}}, {part, value{text}}}};
  };
  capturing world;
  world.names_defined.params = {named("limit", "value", "3")};
  world.names_defined.functions = {named("a::b", "block", "{ 1 }")};
  world.start();
  REQUIRE(told(world) == names{"CREATE a::b;CREATE limit;CREATE t;"});
  CHECK(world.defined[0][0].id ==
        record_id{"_spooky_definition", value{array{value{"function"}, value{"a::b"}}}});
  CHECK(world.defined[0][0].record["block"] == value{"{ 1 }"});
  CHECK(world.defined[0][1].record["value"] == value{"3"});
  world.names_defined.params = {named("limit", "value", "4")};
  world.names_defined.functions.clear();
  world.advance(6s, 1s);
  CHECK(told(world).back() == "UPDATE limit;DELETE a::b;");
}

TEST_CASE("a restart delivers only the definitions that the sink does not hold") {
  capturing first;
  first.table("u", {});
  first.start();
  REQUIRE(first.defined.size() == 1);
  array stored;
  for (const auto& c : first.defined[0]) stored.push_back(c.record);
  capturing second;
  second.table("u", {});
  second.start(stored);
  CHECK(second.defined.empty());
  CHECK(second.caught_up == 1);
  capturing third;
  third.table("w", {});
  third.start(stored);
  CHECK(told(third) == names{"CREATE w;DELETE u;"});
}

TEST_CASE("definitions that are refused hold everything up, and are offered again") {
  capturing world;
  world.definitions_refusal = fail(errc::overloaded, "later");
  world.start();
  world.advance(2s, 100ms);
  CHECK(world.caught_up == 0);
  CHECK(world.defined.empty());
  world.definitions_refusal.reset();
  world.advance(600ms, 100ms);
  CHECK(told(world) == names{"CREATE t;"});
  CHECK(world.caught_up == 1);
}

TEST_CASE("a table whose definition cannot be read has none, and the report names it") {
  capturing world;
  world.table("u", {});
  world.unreadable["u"] = "broken";
  world.start();
  CHECK(told(world) == names{"CREATE t;"});
  REQUIRE(world.report.troubles.size() == 1);
  CHECK(world.report.troubles[0].find("table u ") != std::string::npos);
  CHECK(world.report.troubles[0].find("broken") != std::string::npos);
  world.unreadable.clear();
  world.advance(6s, 1s);
  CHECK(told(world).back() == "CREATE u;");
  CHECK(world.report.troubles.empty());
}

TEST_CASE("who loads the definitions is given what the sink has taken, and not before it has") {
  capturing world;
  world.hold_definitions = true;
  world.start();
  const auto early = world.load("_spooky_definition");
  CHECK_FALSE(early->has_value());
  world.take_held();
  REQUIRE(code_of(early) == errc::none);
  const auto& rows = *(**early).value();
  CHECK(rows.table == "_spooky_definition");
  REQUIRE(rows.rows.size() == 1);
  CHECK(rows.rows[0]["id"] == value{definition_of("t")});
  CHECK(rows.seq == 1);
  world.permissions["t"] = value{true};
  world.advance(6s, 1s);
  const auto late = ask_for_definitions(world, 9);
  CHECK_FALSE(late->has_value());
  world.take_held();
  REQUIRE(code_of(late) == errc::none);
  CHECK((**late).value()->rows[0]["permissions"]["select"] == value{true});
  CHECK((**late).value()->seq == 9);
}
