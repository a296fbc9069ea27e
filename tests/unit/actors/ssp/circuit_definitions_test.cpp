#include "surrealql/database/definitions.hpp"
#include "tests/unit/actors/ssp/circuit_world.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

table_rows_ptr definitions(sequence_number seq, const std::vector<change>& all) {
  array rows;
  for (const auto& c : all) rows.push_back(c.record);
  return rows_of("_spooky_definition", seq, std::move(rows));
}

std::vector<std::string> keys_added(const views::view_delta& delta) {
  std::vector<std::string> keys;
  for (const auto& m : delta.added) keys.push_back(std::to_string(m.id.key.as_integer()));
  return keys;
}

}  // namespace

TEST_CASE("every view waits for the definitions, which hide nothing from system users") {
  flowing world;
  world.nothing_defined = false;
  world.reset(10);
  const auto owner = world.enroll(view_of("v"));
  const auto user = world.enroll(view_for_user("w", "SELECT * FROM t"));
  world.hand_over(rows_of("t", 10, {t(1, {{"open", value{true}}}), t(2)}));
  CHECK_FALSE(owner->has_value());
  CHECK_FALSE(user->has_value());
  REQUIRE(world.asked == table_names{"_spooky_definition"});
  world.hand_over(definitions(10, {define(0, "t", value{"open"})}));
  REQUIRE(code_of(owner) == errc::none);
  REQUIRE(code_of(user) == errc::none);
  CHECK((**user).value()->result == all({t(1, {{"open", value{true}}})}));
  CHECK(world.shown("v") == all({t(1, {{"open", value{true}}}), t(2)}));
}

TEST_CASE(
    "what comes behind a definition in one slice is seen under it, what comes before is not") {
  flowing world;
  world.nothing_defined = false;
  world.reset(10);
  const auto user = world.enroll(view_for_user("w", "SELECT * FROM t"));
  world.hand_over(rows_of("t", 10, {t(1)}));
  world.hand_over(definitions(10, {define(0, "t", value{true})}));
  REQUIRE(code_of(user) == errc::none);
  CHECK(*world.ingest(
            slice_of({put(11, "t", 2), define(12, "t", value{false}), put(13, "t", 3)})) == 13);
  REQUIRE(world.deltas.size() == 2);
  CHECK(keys_added(world.deltas[0]) == std::vector<std::string>{"2"});
  CHECK(world.deltas[0].seq == 11);
  CHECK(world.deltas[1].removed.size() == 2);
  CHECK(world.deltas[1].seq == 12);
  CHECK(world.shown("w") == all({}));
  CHECK(*world.ingest(slice_of({define(14, "t", value{true}), put(15, "t", 4)})) == 15);
  REQUIRE(world.deltas.size() == 4);
  CHECK(keys_added(world.deltas[2]) == std::vector<std::string>{"1", "2", "3"});
  CHECK(keys_added(world.deltas[3]) == std::vector<std::string>{"4"});
}

TEST_CASE("a definition that changes while the definitions are loaded counts") {
  flowing world;
  world.nothing_defined = false;
  world.reset(10);
  const auto user = world.enroll(view_for_user("w", "SELECT * FROM t"));
  world.hand_over(rows_of("t", 10, {t(1)}));
  CHECK(*world.ingest(slice_of({define(11, "t", value{false})})) == 11);
  world.hand_over(definitions(10, {define(0, "t", value{true})}));
  REQUIRE(code_of(user) == errc::none);
  CHECK((**user).value()->result == all({}));
}

TEST_CASE("a table that no definition speaks of shows a user nothing") {
  flowing world;
  world.nothing_defined = false;
  world.reset(10);
  const auto user = world.enroll(view_for_user("w", "SELECT * FROM t"));
  world.hand_over(rows_of("t", 10, {t(1)}));
  SUBCASE("because nothing is defined") { world.refuse_load(errc::not_found); }
  SUBCASE("because only others are") {
    world.hand_over(definitions(10, {define(0, "u", value{true})}));
  }
  REQUIRE(code_of(user) == errc::none);
  CHECK((**user).value()->result == all({}));
  CHECK(*world.ingest(slice_of({define(11, "t", value{true})})) == 11);
  CHECK(world.shown("w") == all({t(1)}));
  change gone = define(12, "t", {});
  gone.op = change_op::erase;
  gone.record = {};
  CHECK(*world.ingest(slice_of({gone})) == 12);
  CHECK(world.shown("w") == all({}));
}

TEST_CASE("a circuit that starts over restores users' views under the definitions of then") {
  flowing world;
  world.nothing_defined = false;
  world.reset(10);
  const auto user = world.enroll(view_for_user("w", "SELECT * FROM t"));
  world.hand_over(rows_of("t", 10, {t(1)}));
  world.hand_over(definitions(10, {define(0, "t", value{true})}));
  REQUIRE(code_of(user) == errc::none);
  const auto again = world.reset(20);
  world.hand_over(rows_of("t", 20, {t(1), t(2, {{"open", value{true}}})}));
  CHECK_FALSE(again->has_value());
  world.hand_over(definitions(20, {define(0, "t", value{"open"})}));
  REQUIRE(code_of(again) == errc::none);
  CHECK(world.shown("w") == all({t(2, {{"open", value{true}}})}));
}

TEST_CASE("definitions and the tables that rules read stay while a user's view is here") {
  flowing world;
  world.nothing_defined = false;
  world.reset(10);
  const auto user = world.enroll(view_for_user("w", "SELECT * FROM t"));
  world.hand_over(rows_of("t", 10, {t(1)}));
  world.hand_over(definitions(10, {define(0, "t", value{"(SELECT VALUE id FROM team) != []"})}));
  INFO("asked: " << (world.asked.empty() ? std::string{"nothing"} : world.asked[0].raw()));
  REQUIRE(world.asked == table_names{"team"});
  world.hand_over(rows_of("team", 10, {}));
  REQUIRE(code_of(user) == errc::none);
  world.advance(200s, 10s);
  CHECK(world.status().tables == 3);
  CHECK(*world.ingest(slice_of({put(11, "team", 1)})) == 11);
  CHECK(world.shown("w") == all({t(1)}));
  CHECK(*world.ingest(slice_of({define(12, "t", value{false})})) == 12);
  CHECK(world.shown("w") == all({}));
  CHECK(world.remove("w").ok());
  world.advance(200s, 10s);
  CHECK(world.status().tables == 0);
}

// -- tables that cannot be captured ---------------------------------------------------------------

namespace {

change lacking(sequence_number seq, const std::string& why) {
  auto c = define(seq, "t", value{true});
  if (!why.empty()) c.record = surrealql::uncaptured(c.record, why);
  return c;
}

std::string failure(flowing& world, const view_id& id) {
  const auto now = world.ask<snapshot_result_ptr>(world.engine, read_view_atom_v, id);
  REQUIRE(now.ok());
  return (*now)->failed ? (*now)->failed->message : std::string{};
}

}  // namespace

TEST_CASE("a view on a table that cannot be captured says so, and is well again when it can") {
  flowing world;
  world.nothing_defined = false;
  world.reset(10);
  const auto view = world.enroll(view_of("v"));
  const auto other = world.enroll(view_of("w", "SELECT * FROM u"));
  world.hand_over(rows_of("t", 10, {t(1)}));
  world.hand_over(definitions(10, {lacking(0, "no rights")}));
  REQUIRE(code_of(view) == errc::none);
  const auto& answer = *(**view).value();
  REQUIRE(answer.failed.has_value());
  CHECK(answer.failed->message == "table t is not captured: no rights");
  world.hand_over(rows_of("u", 10, {record("u", 1)}));
  CHECK_FALSE((**other).value()->failed.has_value());

  SUBCASE("what is shown meanwhile does not heal it") {
    REQUIRE(world.ingest(slice_of({put(11, "t", 2)})).ok());
    REQUIRE_FALSE(world.deltas.empty());
    CHECK(world.deltas.back().failed.has_value());
    CHECK(failure(world, "v") == "table t is not captured: no rights");
  }
  SUBCASE("its definition says that it is captured") {
    REQUIRE(world.ingest(slice_of({lacking(11, "")})).ok());
    REQUIRE_FALSE(world.deltas.empty());
    CHECK(world.deltas.back().view_id == "v");
    CHECK(world.deltas.back().healed);
    CHECK(failure(world, "v").empty());
    REQUIRE(world.ingest(slice_of({put(12, "t", 2)})).ok());
    CHECK_FALSE(world.deltas.back().failed.has_value());
  }
  SUBCASE("another table is lost") {
    auto lost = lacking(11, "gone mad");
    lost.id = {"_spooky_definition", value{array{value{"table"}, value{"u"}}}};
    REQUIRE(world.ingest(slice_of({lost})).ok());
    CHECK(world.deltas.back().view_id == "w");
    CHECK(failure(world, "w") == "table u is not captured: gone mad");
  }
}

// -- what is computed -----------------------------------------------------------------------------

TEST_CASE("computed fields, params and functions are those that the log defines where it is") {
  const auto defined = [](sequence_number seq, const char* kind, const std::string& name,
                          object said) {
    change c;
    c.seq = seq;
    c.op = change_op::update;
    c.id = {"_spooky_definition", value{array{value{kind}, value{name}}}};
    said.set("id", value{c.id});
    said.set("name", value{name});
    c.record = value{std::move(said)};
    return c;
  };
  const auto table = [&](sequence_number seq, const std::string& computed) {
    return defined(
        seq, "table", "t",
        {{"permissions", value{object{{"select", value{true}}}}},
         {"fields",
          value{array{value{object{{"name", value{"twice"}},
                                   {"computed", value{computed}},
                                   {"permissions", value{object{{"select", value{true}}}}}}}}}}});
  };
  flowing world;
  world.nothing_defined = false;
  world.reset(10);
  const auto user = world.enroll(
      view_for_user("w", "SELECT VALUE fn::more(twice) FROM t WHERE twice > $least ORDER BY id"));
  // The rows carry what was computed when they were told.
  const auto row = [](std::int64_t key, std::int64_t n, std::int64_t told) {
    return t(key, {{"n", value{n}}, {"twice", value{told}}});
  };
  world.hand_over(rows_of("t", 10, {row(1, 1, 77), row(2, 2, 77)}));
  world.hand_over(
      definitions(10, {table(0, "n * 2"), defined(0, "param", "least", {{"value", value{"3"}}}),
                       defined(0, "function", "more",
                               {{"args", value{array{value{array{value{"a"}, value{"int"}}}}}},
                                {"block", value{"{ RETURN $a + 100 }"}}})}));
  REQUIRE(code_of(user) == errc::none);
  CHECK((**user).value()->result == all({value{104}}));
  CHECK(*world.ingest(slice_of({defined(11, "param", "least", {{"value", value{"1"}}})})) == 11);
  CHECK(world.shown("w") == all({value{102}, value{104}}));
  CHECK(*world.ingest(slice_of({table(12, "n * 3")})) == 12);
  CHECK(world.shown("w") == all({value{103}, value{106}}));
  CHECK(*world.ingest(
            slice_of({defined(13, "function", "more",
                              {{"args", value{array{value{array{value{"a"}, value{"int"}}}}}},
                               {"block", value{"{ $a }"}}})})) == 13);
  CHECK(world.shown("w") == all({value{3}, value{6}}));
}
