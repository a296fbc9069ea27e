// Each intent as the real engine at $SURREALDB_ADDR takes and answers it; skipped without one.
#include "tests/unit/actors/engine.hpp"
#include "tests/unit/intents/each_intent.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;

TEST_CASE("the engine takes each intent, and its answer is read" * doctest::skip(no_engine)) {
  engine db{"each_intent"};
  db.ask(
      "DEFINE TABLE t SCHEMALESS CHANGEFEED 1h; DEFINE TABLE _spooky_job SCHEMALESS;"
      "DEFINE TABLE _spooky_outbox SCHEMALESS; DEFINE TABLE _spooky_version SCHEMALESS;"
      "CREATE t:1, t:2");
  for (const auto& one : intents::test::each_intent()) {
    const auto query = intents::render(one);
    CAPTURE(query.text);
    const auto outcome = intents::read(one, db.run(query));
    CHECK_MESSAGE(outcome.ok(), (outcome.ok() ? "" : outcome.failure().message));
  }
}

TEST_CASE("what the engine answers is what was asked for" * doctest::skip(no_engine)) {
  engine db{"some_intents"};
  db.ask(
      "DEFINE TABLE t SCHEMALESS CHANGEFEED 1h; DEFINE TABLE plain SCHEMALESS;"
      "CREATE t:1 SET a = 5, _spooky_rv = 3; CREATE t:2; CREATE t:3");
  const auto tables = db.carry_out(list_tables{"_spooky_"});
  REQUIRE(tables.size() == 2);
  CHECK(tables[1].name == "t");
  CHECK(tables[1].retention == std::chrono::hours{1});
  CHECK(tables[0].retention.count() == 0);
  db.carry_out(enable_feed{"plain", std::chrono::hours{2}});
  CHECK(db.carry_out(list_tables{"_spooky_"})[0].retention == std::chrono::hours{2});
  CHECK(db.carry_out(count_rows{{"t", "nowhere"}})[0] == 3);
  const auto described = db.carry_out(describe_tables{{"t", "nowhere"}});
  REQUIRE(described[0].ok());
  CHECK((*described[0])["fields"] == value{object{}});
  // Before 3.3 there is nothing to be said of it, since then it has no fields.
  if (described[1].ok()) CHECK((*described[1])["fields"] == value{object{}});
  const auto page = db.carry_out(read_page{"t", record_id{"t", value{1}}, 1});
  REQUIRE(page.size() == 1);
  CHECK(page[0]["id"] == value{record_id{"t", value{2}}});
  const auto changes =
      db.carry_out(read_records{{{"t", value{1}}, {"t", value{9}}}, "_spooky_rv", {}});
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].version == 3);
  CHECK(changes[1].op == change_op::erase);
  const auto feed = db.carry_out(read_changes{1, 100, "_spooky_"});
  std::size_t rows = 0;
  for (const auto& transaction : feed) rows += transaction.changes.size();
  CHECK(rows == 3);
  CHECK_FALSE(db.carry_out(touch_view{{}, "v"}).found);
  CHECK(db.carry_out(read_stored_views{}).views.empty());
  CHECK(db.carry_out(read_newest_epoch{}).epoch == 0);
}
