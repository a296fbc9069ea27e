#include "tests/unit/actors/ssp/circuit_world.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

TEST_CASE(
    "I3: a table is loaded on demand and nothing that changes meanwhile is lost or repeated") {
  flowing world;
  world.reset(10);
  const auto first = world.enroll(view_of("v"));
  CHECK_FALSE(first->has_value());
  CHECK(*world.ingest(slice_of({put(11, "t", 1, {{"n", value{11}}}), erase(12, "t", 2)})) == 12);
  CHECK(*world.ingest(slice_of({put(13, "t", 3, {{"n", value{13}}})})) == 13);
  // The snapshot is at 12: it has no record 2 any more, and not yet record 3.
  world.hand_over(rows_of("t", 12, {t(1, {{"n", value{11}}}), t(4)}));
  REQUIRE(code_of(first) == errc::none);
  CHECK((**first).value()->result ==
        all({t(1, {{"n", value{11}}}), t(3, {{"n", value{13}}}), t(4)}));
  CHECK(world.reconciled == names{"v"});
  CHECK(*world.ingest(slice_of({erase(14, "t", 1)})) == 14);
  CHECK(world.shown("v") == all({t(3, {{"n", value{13}}}), t(4)}));
  REQUIRE(world.deltas.size() == 1);
  CHECK(world.deltas[0].removed.size() == 1);
}

TEST_CASE(
    "views answer as the SurrealDB that the scheduler names, and as it until another is named") {
  const auto first_row = [](const std::string& database) {
    flowing world;
    if (!database.empty()) world.reset(1, std::nullopt, database);
    world.reset(1);
    const auto answer = world.enroll(view_of("v", "SELECT n AS a.b FROM t"));
    world.hand_over(rows_of("t", 1, {t(1, {{"n", value{7}}})}));
    REQUIRE(code_of(answer) == errc::none);
    return (**answer).value()->result.as_array().front();
  };
  const value nested{object{{"a", value{object{{"b", value{7}}}}}}};
  const value flat{object{{"a.b", value{7}}}};
  CHECK(first_row("surrealdb-3.0.2") == flat);
  CHECK(first_row("surrealdb-3.3.3") == nested);
  CHECK(first_row("surrealdb-9.0.0") == nested);
  CHECK(first_row("") == nested);
}

TEST_CASE("I3: what was applied is dropped, a gap is refused with conflict") {
  flowing world;
  const auto first = world.enroll(view_of("v"));
  world.hand_over(rows_of("t", 0, {}));
  CHECK(*world.ingest(slice_of({put(1, "t", 1), put(2, "t", 2)})) == 2);
  CHECK(*world.ingest(slice_of({put(1, "t", 1), put(2, "t", 2)})) == 2);
  CHECK(world.deltas.size() == 1);
  CHECK(*world.ingest(slice_of({put(2, "t", 2), put(3, "t", 3)})) == 3);
  REQUIRE(world.deltas.size() == 2);
  CHECK(world.deltas[1].added.size() == 1);
  const auto gap = world.ingest(slice_of({put(6, "t", 6)}));
  CHECK(code_of(gap) == errc::conflict);
  CHECK(gap.failure().message.find("4 to 5") != std::string::npos);
  CHECK(world.status().applied == 3);
}

TEST_CASE("a snapshot older than what was applied is of no use: the table is asked for again") {
  flowing world;
  world.reset(10);
  CHECK(world.ingest(slice_of({put(11, "t", 1)})).ok());
  const auto first = world.enroll(view_of("v"));
  world.hand_over(rows_of("t", 10, {}));
  CHECK_FALSE(first->has_value());
  world.advance(200ms);
  world.hand_over(rows_of("t", 11, {t(1)}));
  REQUIRE(code_of(first) == errc::none);
  CHECK((**first).value()->result == all({t(1)}));
}

TEST_CASE("a table ahead of the log: the view waits until the log is there") {
  flowing world;
  world.reset(10);
  const auto first = world.enroll(view_of("v"));
  world.hand_over(rows_of("t", 12, {t(1), t(2)}));
  CHECK_FALSE(first->has_value());
  CHECK(world.ingest(slice_of({put(11, "t", 1), put(12, "t", 2)})).ok());
  REQUIRE(code_of(first) == errc::none);
  CHECK((**first).value()->result == all({t(1), t(2)}));
  CHECK(world.deltas.empty());
}

TEST_CASE("I3: tables that come at different positions each get exactly what they lack") {
  flowing world;
  world.reset(10);
  world.enroll(view_of("v"));
  world.hand_over(rows_of("t", 15, {t(1)}));
  world.enroll(view_of("w", "SELECT * FROM u"));
  world.hand_over(rows_of("u", 12, {}));
  for (sequence_number seq = 11; seq <= 15; ++seq)
    CHECK(world.ingest(slice_of({put(seq, "u", static_cast<std::int64_t>(seq.raw()))})).ok());
  // Up to 12 the rows have said it: there was nothing. From 13 on the log says it.
  CHECK(world.shown("w") == all({record("u", 13), record("u", 14), record("u", 15)}));
  CHECK(world.shown("v") == all({t(1)}));
}

TEST_CASE("a table that cannot be loaded now is tried again, one that never can fails the view") {
  flowing world;
  const auto first = world.enroll(view_of("v"));
  SUBCASE("now") {
    world.refuse_load(errc::unavailable);
    CHECK_FALSE(first->has_value());
    world.advance(200ms);
    world.hand_over(rows_of("t", 0, {}));
    CHECK(code_of(first) == errc::none);
  }
  SUBCASE("never") {
    world.refuse_load(errc::evaluation_error);
    CHECK(code_of(first) == errc::evaluation_error);
    CHECK((*first)->failure().message.find("table t ") != std::string::npos);
    world.advance(10s, 100ms);
    CHECK(world.asked.empty());
  }
}

TEST_CASE("a query that is refused loads nothing") {
  flowing world;
  CHECK(code_of(world.enroll(view_of("v", "SELEC nonsense"))) == errc::parse_error);
  CHECK(world.asked.empty());
}

TEST_CASE("a table that rows link to is loaded, too") {
  flowing world;
  const value ada{record_id{"u", value{1}}};
  const auto first = world.enroll(view_of("v", "SELECT id, by.name AS who FROM t"));
  world.hand_over(rows_of("t", 0, {t(1, {{"by", ada}})}));
  SUBCASE("before the view is answered") {
    CHECK_FALSE(first->has_value());
    world.hand_over(rows_of("u", 0, {record("u", 1, {{"name", value{"Ada"}}})}));
    REQUIRE(code_of(first) == errc::none);
    CHECK((**first).value()->result == all({t(1, {{"who", value{"Ada"}}})}));
  }
  SUBCASE("or found not to exist, which makes the link lead nowhere") {
    world.refuse_load(errc::not_found);
    REQUIRE(code_of(first) == errc::none);
    CHECK((**first).value()->result.as_array().size() == 1);
  }
}

TEST_CASE("a new row that links to another table heals its view when that is loaded") {
  flowing world;
  const auto first = world.enroll(view_of("v", "SELECT id, by.name AS who FROM t"));
  world.hand_over(rows_of("t", 0, {}));
  REQUIRE(code_of(first) == errc::none);
  CHECK(world.ingest(slice_of({put(1, "t", 1, {{"by", value{record_id{"u", value{1}}}}})})).ok());
  REQUIRE(world.asked == table_names{"u"});
  world.hand_over(rows_of("u", 1, {record("u", 1, {{"name", value{"Ada"}}})}));
  CHECK(world.shown("v") == all({t(1, {{"who", value{"Ada"}}})}));
  CHECK(world.deltas.back().healed);
}

TEST_CASE(
    "the same registration again writes the edges again; another query under the id is refused") {
  flowing world;
  world.enroll(view_of("v"));
  world.hand_over(rows_of("t", 0, {t(1)}));
  const auto again = world.enroll(view_of("v"));
  CHECK(code_of(again) == errc::none);
  CHECK((**again).value()->result == all({t(1)}));
  CHECK(world.reconciled == names{"v", "v"});
  CHECK(code_of(world.enroll(view_of("v", "SELECT * FROM t LIMIT 1"))) == errc::already_exists);
  CHECK(code_of(world.enroll(view_of("v", "SELECT * FROM t", {{"a", value{1}}}))) ==
        errc::already_exists);
}

TEST_CASE("the same view twice while its table loads: both are answered") {
  flowing world;
  const auto first = world.enroll(view_of("v"));
  const auto second = world.enroll(view_of("v"));
  CHECK(world.asked == table_names{"t"});
  world.hand_over(rows_of("t", 0, {t(1)}));
  CHECK(code_of(first) == errc::none);
  CHECK(code_of(second) == errc::none);
  CHECK(world.status().views == 1);
}

TEST_CASE("edges that cannot be written fail the registration") {
  flowing world;
  world.edges_fail = true;
  const auto first = world.enroll(view_of("v"));
  world.hand_over(rows_of("t", 0, {}));
  CHECK(code_of(first) == errc::unavailable);
}

TEST_CASE("who does not wait for the database is answered with the result, and edges follow") {
  flowing world;
  world.edges_fail = true;
  world.reset(5);
  auto view = std::make_shared<view_registration>(*view_of("v"));
  view->wait = false;
  const auto answer = world.enroll(view);
  world.hand_over(rows_of("t", 5, {t(1)}));
  REQUIRE(code_of(answer) == errc::none);
  CHECK(world.reconciled == names{"v"});
}

TEST_CASE("a view that is removed leaves no edges; while it waits, it is not registered") {
  flowing world;
  const auto first = world.enroll(view_of("v"));
  CHECK(code_of(world.remove("unknown")) == errc::not_found);
  SUBCASE("while its table loads") {
    CHECK(world.remove("v").ok());
    CHECK(code_of(first) == errc::not_found);
    world.hand_over(rows_of("t", 0, {}));
    CHECK(world.erased.empty());
  }
  SUBCASE("later") {
    world.hand_over(rows_of("t", 0, {}));
    CHECK(world.remove("v").ok());
    CHECK(world.erased == names{"v"});
    CHECK(world.ingest(slice_of({put(1, "t", 1)})).ok());
    CHECK(world.deltas.empty());
  }
  CHECK(world.status().views == 0);
}

TEST_CASE("a reset registers the views again at the new position, and answers when that is done") {
  flowing world;
  world.enroll(view_of("v"));
  world.hand_over(rows_of("t", 0, {t(1)}));
  const auto done = world.reset(50);
  CHECK_FALSE(done->has_value());
  CHECK(world.status().applied == 50);
  world.hand_over(rows_of("t", 50, {t(2)}));
  CHECK(code_of(done) == errc::none);
  CHECK(world.shown("v") == all({t(2)}));
  CHECK(world.reconciled == names{"v", "v"});
  CHECK(code_of(world.ingest(slice_of({put(50, "t", 7)}))) == errc::none);
  CHECK(world.shown("v") == all({t(2)}));
  CHECK(world.ingest(slice_of({put(51, "t", 8)})).ok());
  CHECK(world.shown("v") == all({t(2), t(8)}));
}

TEST_CASE("a reset takes up views it did not hold, and names those it cannot restore") {
  flowing world;
  const auto taken_up = world.ask_later<restore_outcome>(
      world.engine, start_over_atom_v,
      circuit_start{10, std::nullopt, {view_of("v"), view_of("w", "SELECT * FROM u")}});
  CHECK_FALSE(taken_up->has_value());
  CHECK(world.status().views == 0);
  world.hand_over(rows_of("t", 12, {t(1)}));
  CHECK_MESSAGE(world.shown("v") == all({t(1)}), "though nothing has brought it to 12 yet");
  world.refuse_load(errc::not_found);
  REQUIRE(code_of(taken_up) == errc::none);
  CHECK((*taken_up)->value().lost == names{"w"});
  CHECK(world.status().views == 1);
  CHECK(world.reconciled == names{"v"});
}

TEST_CASE("rows asked for before a reset do not count after it") {
  flowing world;
  const auto first = world.enroll(view_of("v"));
  world.reset(50);
  REQUIRE(world.asked == table_names{"t", "t"});
  world.hand_over(rows_of("t", 3, {t(1)}));
  CHECK_FALSE(first->has_value());
  world.hand_over(rows_of("t", 50, {t(2)}));
  REQUIRE(code_of(first) == errc::none);
  CHECK((**first).value()->result == all({t(2)}));
}

TEST_CASE("forgetting everything removes every view's edges") {
  flowing world;
  world.enroll(view_of("v"));
  world.hand_over(rows_of("t", 0, {t(1)}));
  const auto waiting = world.enroll(view_of("w", "SELECT * FROM u"));
  CHECK(world.ask<ack>(world.engine, forget_all_atom_v).ok());
  CHECK(world.erased == names{"v"});
  CHECK(code_of(waiting) == errc::not_ready);
  CHECK(world.status().views == 0);
  CHECK(world.status().tables == 0);
}

// -- interest -------------------------------------------------------------------------------------

TEST_CASE("interest: changes of a table are asked for before its rows, which must be as new") {
  flowing world;
  world.reset(10, table_names{});
  const auto first = world.enroll(view_of("v"));
  REQUIRE(world.stated.size() == 1);
  CHECK(world.stated[0].tables == table_names{"t"});
  CHECK(world.asked.empty());
  // What was sent before the scheduler heard it lacks the table's changes 11 and 12.
  CHECK(*world.ingest({11, 12, std::make_shared<change_batches>(), 0}) == 12);
  world.answer_statement(12);
  REQUIRE(world.asked == table_names{"t"});
  CHECK(world.asked_since == std::vector<sequence_number>{12});
  CHECK(*world.ingest(slice_of({put(13, "t", 13)})) == 13);
  SUBCASE("rows as new") { world.hand_over(rows_of("t", 12, {t(11), t(12)})); }
  SUBCASE("older rows are asked for again") {
    world.hand_over(rows_of("t", 11, {t(11)}));
    CHECK_FALSE(first->has_value());
    world.advance(200ms);
    CHECK(world.asked_since.back() == 13);
    world.hand_over(rows_of("t", 13, {t(11), t(12), t(13)}));
  }
  REQUIRE(code_of(first) == errc::none);
  CHECK((**first).value()->result == all({t(11), t(12), t(13)}));
  CHECK(world.stated.size() == 1);
}

TEST_CASE("interest: what a registration has named needs no statement") {
  flowing world;
  world.reset(10, table_names{"_spooky_definition", "t"});
  world.enroll(view_of("v"));
  CHECK(world.stated.empty());
  CHECK(world.asked == table_names{"t"});
  CHECK(world.asked_since == std::vector<sequence_number>{10});
}

TEST_CASE("interest: one statement at a time; a lost one is stated again") {
  flowing world;
  world.reset(10, table_names{});
  world.enroll(view_of("v"));
  world.enroll(view_of("w", "SELECT * FROM u"));
  CHECK(world.stated.size() == 1);
  world.within(world.keeper, [&] {
    world.statements.front().deliver(to_caf(fail(errc::unavailable, "connection refused")));
    world.statements.pop_front();
  });
  world.advance(200ms);
  REQUIRE(world.stated.size() == 2);
  CHECK(world.stated[1].tables == table_names{"t", "u"});
  CHECK(world.stated[1].revision > world.stated[0].revision);
  world.answer_statement(15);
  CHECK(world.asked == table_names{"t", "u"});
  CHECK(world.asked_since == std::vector<sequence_number>{15, 15});
}

TEST_CASE("interest: a table that rows link to is asked for, too") {
  flowing world;
  world.from = 10;
  world.reset(10, table_names{});
  world.enroll(view_of("v", "SELECT id, by.name AS who FROM t"));
  world.hand_over(rows_of("t", 10, {t(1, {{"by", value{record_id{"u", value{1}}}}})}));
  CHECK(world.asked == table_names{"u"});
  CHECK(world.stated.back().tables == table_names{"t", "u"});
}

TEST_CASE("interest: a table no view needs any more leaves it, and comes back whole") {
  flowing world;
  world.from = 10;
  world.reset(10, table_names{});
  world.enroll(view_of("v"));
  world.enroll(view_of("w", "SELECT * FROM u"));
  world.hand_over(rows_of("t", 10, {t(1)}));
  world.hand_over(rows_of("u", 10, {}));
  CHECK(world.remove("v").ok());
  world.advance(61s, 1s);
  CHECK(world.stated.back().tables == table_names{"u"});
  // The definitions stay, too.
  CHECK(world.status().tables == 2);
  const auto states = world.stated.size();
  world.advance(61s, 1s);
  CHECK(world.stated.size() == states);

  CHECK(*world.ingest({11, 11, std::make_shared<change_batches>(), 0}) == 11);
  world.from = 11;
  const auto again = world.enroll(view_of("v"));
  CHECK(world.stated.back().tables == table_names{"t", "u"});
  world.hand_over(rows_of("t", 11, {t(1), t(2)}));
  REQUIRE(code_of(again) == errc::none);
  CHECK((**again).value()->result == all({t(1), t(2)}));
}

TEST_CASE("interest: around a registration nothing is stated, and what it named holds") {
  flowing world;
  world.reset(10, table_names{});
  world.enroll(view_of("v"));
  const auto position = world.ask<circuit_position>(world.engine, join_atom_v);
  CHECK(position->applied == 10);
  CHECK(position->tables == table_names{"_spooky_definition", "t"});
  CHECK(position->revision > world.stated[0].revision);
  // The link that this answer came from is no more.
  world.answer_statement(10);
  CHECK(world.asked.empty());
  world.enroll(view_of("w", "SELECT * FROM u"));
  CHECK(world.stated.size() == 1);
  SUBCASE("resumed") {
    CHECK(world.ask<ack>(world.engine, resume_atom_v).ok());
    CHECK(world.asked == table_names{"t"});
    REQUIRE(world.stated.size() == 2);
    CHECK(world.stated[1].tables == table_names{"t", "u"});
    CHECK(world.stated[1].revision > position->revision);
  }
  SUBCASE("started over") {
    world.reset(50, position->tables);
    CHECK(world.asked == table_names{"t"});
    CHECK(world.asked_since.back() == 50);
    REQUIRE(world.stated.size() == 2);
    CHECK(world.stated[1].tables == table_names{"t", "u"});
  }
}

TEST_CASE("a stretch without a change here moves the views' position") {
  flowing world;
  world.enroll(view_of("v"));
  world.hand_over(rows_of("t", 0, {t(1)}));
  CHECK(*world.ingest({1, 9, std::make_shared<change_batches>(), 0}) == 9);
  CHECK((*world.ask<snapshot_result_ptr>(world.engine, read_view_atom_v, view_id{"v"}))->seq == 9);
  CHECK(code_of(world.ingest({11, 12, std::make_shared<change_batches>(), 0})) == errc::conflict);
}

TEST_CASE("a view that cannot be restored is named in the answer and held no longer") {
  flowing world;
  world.enroll(view_of("v"));
  world.hand_over(rows_of("t", 0, {t(1)}));
  world.enroll(view_of("w", "SELECT * FROM u"));
  world.hand_over(rows_of("u", 0, {}));
  const auto done = world.reset(50);
  world.refuse_load(errc::evaluation_error);
  world.hand_over(rows_of("u", 50, {}));
  REQUIRE(code_of(done) == errc::none);
  CHECK((**done)->lost == names{"v"});
  CHECK(world.status().views == 1);
}
