#include "surrealql/database/definitions.hpp"
#include "tests/unit/actors/capture/capturing.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

TEST_CASE("a record that one transaction wrote twice is what it is when read again") {
  capturing world;
  world.start();
  world.advance(1s, 100ms);
  world.tables["t"] = {record("t", 1, {{"s", value{"inner"}}})};
  auto& transaction = world.feed[10];
  transaction.stamp = 10;
  transaction.entries = 1;
  transaction.changes = {put(0, "t", 1, {{"s", value{"inner"}}}),
                         put(0, "t", 1, {{"s", value{"outer"}}})};
  world.advance(2s, 100ms);
  CHECK(value{world.replica.all("t")} == value{world.tables["t"]});
  CHECK(world.sources() == names{"changefeed/10"});
}

TEST_CASE("a table whose entries are not understood is compared, and the others go on") {
  capturing world;
  world.start();
  world.advance(1s, 100ms);
  world.tables["t"] = {record("t", 3)};
  world.commit(10, 2);
  world.feed[10].unread = {"t"};
  world.advance(2s, 100ms);
  CHECK(value{world.replica.all("t")} == value{world.tables["t"]});
  CHECK(world.sources().front() == "changefeed/10");
  CHECK(world.report.troubles.empty());
}

TEST_CASE("a table that was defined again between two looks is compared") {
  capturing world;
  world.start();
  world.advance(1s, 100ms);
  world.tables["t"] = {record("t", 3)};
  auto& transaction = world.feed[static_cast<std::int64_t>(stamp_at(1h * 500'000))];
  transaction.stamp = stamp_at(1h * 500'000);
  transaction.defined = {"t"};
  world.advance(2s, 100ms);
  CHECK(value{world.replica.all("t")} == value{world.tables["t"]});
}

TEST_CASE("a table without a feed is captured by LIVE and said so, until it has one") {
  capturing world{false};
  world.feeds["t"] = 0;
  world.tables["t"] = {record("t", 1)};
  world.start();
  world.advance(1s, 100ms);
  CHECK(world.caught_up == 1);
  CHECK(value{world.replica.all("t")} == value{world.tables["t"]});
  REQUIRE(world.report.troubles.size() == 1);
  CHECK(world.report.troubles.front().find("table t has no change feed") != std::string::npos);
  world.feeds["t"] = 3'600;
  world.tables["t"] = {record("t", 2)};
  world.advance(6s, 100ms);
  CHECK(world.report.troubles.empty());
  CHECK(value{world.replica.all("t")} == value{world.tables["t"]});
  // From now on it is the feed that tells.
  world.commit(10, 7);
  world.advance(2s, 100ms);
  CHECK(world.sources().back() == "changefeed/10");
}

TEST_CASE("a database's own feed serves the tables that have none") {
  capturing world{false};
  world.feeds["t"] = 0;
  world.database_feed = 3'600;
  world.start();
  world.commit(10, 7);
  world.advance(2s, 100ms);
  CHECK(world.sources() == names{"changefeed/10"});
  CHECK(world.report.troubles.empty());
}

TEST_CASE("a table defined AS SELECT is compared again and again") {
  capturing world;
  world.table("sums", {record("sums", 1)});
  world.derived = {"sums"};
  world.start();
  world.advance(1s, 100ms);
  CHECK(value{world.replica.all("sums")} == value{world.tables["sums"]});
  world.tables["sums"] = {record("sums", 2), record("sums", 3)};
  world.advance(2s, 100ms);
  CHECK(value{world.replica.all("sums")} == value{world.tables["sums"]});
  CHECK(world.report.troubles.empty());
}

TEST_CASE("what is written to a table defined DROP is not taken, also when it was not at first") {
  capturing world;
  world.start();
  world.advance(1s, 100ms);
  world.dropping = {"t"};
  world.advance(6s, 100ms);
  world.commit(10, 7);
  world.advance(2s, 100ms);
  CHECK(world.replica.all("t").empty());
}

TEST_CASE("a row that cannot be read is reported until it can, and its table is compared then") {
  capturing world;
  world.start();
  world.advance(1s, 100ms);
  world.failing = {record_id{"t", value{1}}};
  world.send(world.watch, rows_left_out_atom_v, left_out_rows{"t", {{"t", value{1}}}});
  world.advance(6s, 100ms);
  REQUIRE(world.report.troubles.size() == 1);
  CHECK(world.report.troubles.front().find("t:1") != std::string::npos);
  world.failing.clear();
  world.tables["t"] = {record("t", 1)};
  world.advance(11s, 100ms);
  CHECK(world.report.troubles.empty());
  CHECK(value{world.replica.all("t")} == value{world.tables["t"]});
}

TEST_CASE("that nothing of a table can be captured is in its definition until it is compared") {
  capturing world;
  world.start();
  world.advance(1s, 100ms);
  world.send(world.watch, uncaptured_atom_v, std::string{"t"}, std::string{"not allowed"});
  world.advance(6s, 100ms);
  // As it was, as it is lacking, and as it is when the next look has had it compared.
  REQUIRE(world.defined.size() == 3);
  const auto reason = surrealql::uncaptured_reason(world.defined[1].front().record);
  CHECK_FALSE(reason.empty());
  // Clients read it: what the database says of a row is not for them.
  CHECK(reason.find("not allowed") == std::string::npos);
  CHECK(surrealql::uncaptured_reason(world.defined[2].front().record).empty());
  CHECK(world.report.troubles.empty());
}

namespace {

change event(std::int64_t key, std::uint64_t version, int a) {
  auto c = put(0, "t", key, {{"a", value{a}}});
  c.version = version;
  return c;
}

result<committed> post(capturing& world, const change& c) {
  change_batch batch;
  batch.changes = {c};
  return world.ask<committed>(world.events, ingest_changes_atom_v, change_batches{batch});
}

}  // namespace

TEST_CASE("a table that has events and is captured otherwise: what they say changes nothing") {
  capturing world{false};
  SUBCASE("by its change feed") {}
  SUBCASE("by LIVE") { world.feeds["t"] = 0; }
  SUBCASE("by comparing") { world.derived = {"t"}; }
  world.tables["t"] = {record("t", 1, {{"a", value{9}}})};
  world.versions[{"t", value{1}}] = 9;
  world.start();
  world.advance(3s, 100ms);
  if (world.feeds["t"] != 0 && world.derived.empty())
    world.replica.take(one_batch({event(1, 9, 9)}, ""));
  const auto before = world.replica.all("t");
  REQUIRE(value{before} == value{array{record("t", 1, {{"a", value{9}}})}});
  world.leave(event(1, 3, 3));
  world.leave(event(2, 1, 1));
  CHECK(post(world, event(1, 4, 4)).ok());
  CHECK(post(world, event(2, 2, 2)).ok());
  world.advance(6s, 100ms);
  CHECK(world.outbox.empty());
  CHECK(value{world.replica.all("t")} == value{before});
}

TEST_CASE("a late event of a table that is gone brings no row back") {
  capturing world;
  world.table("u", {});
  world.start();
  world.advance(1s, 100ms);
  world.remove_table("t");
  world.versions[{"t", value{1}}] = 3;
  world.leave(event(1, 2, 2));
  world.advance(12s, 100ms);
  CHECK(world.outbox.empty());
  CHECK(post(world, event(1, 3, 3)).ok());
  CHECK(world.replica.all("t").empty());
}
