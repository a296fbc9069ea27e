#include "tests/unit/actors/ssp/lane_world.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

TEST_CASE("a view that needs more than a turn is kept in the lane, and shows what it should") {
  laned world;
  world.reset(10);
  const auto answer = world.enroll_loaded(view_of("v", heavy), 20);
  REQUIRE(code_of(answer) == errc::none);
  CHECK((**answer).value()->members.size() == 20);
  CHECK(world.reconciled == names{"v"});
  CHECK(world.lane_of("v") == "heavy");
  REQUIRE(code_of(world.enroll(view_of("w"))) == errc::none);
  CHECK(world.lane_of("w") == "main");
  CHECK(world.status().views == 2);
  CHECK(world.status().heavy_views == 1);

  CHECK(*world.ingest(slice_of({put(11, "t", 100), erase(12, "t", 3)})) == 12);
  for (const auto& id : names{"v", "w"}) {
    const auto* delta = delta_of(world.deltas, id);
    REQUIRE(delta != nullptr);
    CHECK(delta->seq == 12);
    CHECK(delta->added.size() == 1);
    CHECK(delta->removed.size() == 1);
    CHECK(world.rows_shown(id) == 20);
  }
  CHECK((*world.ask<snapshot_result_ptr>(world.engine, read_view_atom_v, view_id{"v"}))->seq == 12);
  const auto dependencies = *world.ask<value>(world.engine, explain_tables_atom_v);
  CHECK(dependencies["lane"]["view_count"] == value{1});
  CHECK(dependencies["lane"]["views"] == all({value{"v"}}));
  CHECK(dependencies["lane"]["tables"] == all({value{"t"}}));
  CHECK(dependencies["lane"]["seq"] == value{12});
}

TEST_CASE("nobody waits for the lane: neither registrations nor changes of other views") {
  laned world;
  world.held = true;
  world.reset(10);
  const auto answer = world.enroll_loaded(view_of("v", bomb), 20);
  CHECK_FALSE(answer->has_value());
  REQUIRE(code_of(world.enroll(view_of("w"))) == errc::none);
  for (sequence_number seq = 11; seq <= 20; ++seq) {
    CHECK(*world.ingest(slice_of({put(seq, "t", 1, {{"n", value{1}}})})) == seq);
    CHECK(delta_of(world.deltas, "w")->seq == seq);
  }
  CHECK(code_of(world.ask<snapshot_result_ptr>(world.engine, read_view_atom_v, view_id{"v"})) ==
        errc::not_ready);
  world.let_work();
  REQUIRE(code_of(answer) == errc::limit_exceeded);
  CHECK((*answer)->failure().message.find("line 1, column") != std::string::npos);
  CHECK(world.status().views == 1);
  CHECK(world.status().heavy_views == 0);
  CHECK(world.reconciled == names{"w"});

  // Registered again it is not tried in the circuit first, and is refused again.
  const auto again = world.enroll(view_of("v", bomb));
  world.let_all_work();
  CHECK(code_of(again) == errc::limit_exceeded);
  CHECK(world.deltas.size() == 10);
}

TEST_CASE("changes that come while the lane works reach its views merged, and all of them") {
  laned world;
  world.held = true;
  world.reset(10);
  const auto answer = world.enroll_loaded(view_of("v", heavy), 20);
  for (sequence_number seq = 11; seq <= 20; ++seq)
    CHECK(world.ingest(slice_of({put(seq, "t", 100 + static_cast<int>(seq.raw() % 3))})).ok());
  CHECK(world.works.size() == 1);
  world.let_work();
  REQUIRE(code_of(answer) == errc::none);
  REQUIRE(world.works.size() == 1);
  CHECK(world.works[0].first->changes.size() == 3);
  world.let_work();
  REQUIRE(world.deltas.size() == 1);
  CHECK(world.deltas[0].added.size() == 3);
  CHECK(world.deltas[0].seq == 20);
  CHECK(world.rows_shown("v") == 23);
}

TEST_CASE("a view that becomes too heavy moves to the lane, and its clients see no gap") {
  laned world{2'000};
  world.reset(10);
  REQUIRE(code_of(world.enroll_loaded(view_of("v", heavy), 2)) == errc::none);
  CHECK(world.lane_of("v") == "main");
  world.held = true;
  std::vector<change> many;
  for (int i = 0; i < 40; ++i) many.push_back(put(sequence_number{11} + i, "t", 200 + i));
  CHECK(world.ingest(slice_of(many)).ok());
  CHECK_MESSAGE(world.deltas.empty(), "no rows are taken away while it moves");
  CHECK(code_of(world.ask<snapshot_result_ptr>(world.engine, read_view_atom_v, view_id{"v"})) ==
        errc::not_ready);
  CHECK(world.ingest(slice_of({erase(51, "t", 200)})).ok());
  world.let_work();
  CHECK(world.reconciled == names{"v", "v"});
  world.let_work();
  REQUIRE(world.deltas.size() == 1);
  CHECK(world.deltas[0].removed.size() == 1);
  CHECK(world.rows_shown("v") == 41);
  CHECK(world.lane_of("v") == "heavy");
}

TEST_CASE("a view that is too heavy even for the lane fails by name and lives again when it fits") {
  laned world{2'000};
  world.reset(10);
  REQUIRE(code_of(world.enroll_loaded(view_of("v", heavy), 2)) == errc::none);
  std::vector<change> many;
  for (int i = 0; i < 900; ++i) many.push_back(put(sequence_number{11} + i, "t", 1'000 + i));
  CHECK(world.ingest(slice_of(many)).ok());
  REQUIRE(world.written.size() == 2);
  CHECK(world.written[1]->members.empty());
  CHECK(world.written[1]->halted);
  REQUIRE(world.written[1]->failed);
  CHECK(world.written[1]->failed->message.find("line 1, column") != std::string::npos);
  const auto now = world.ask<snapshot_result_ptr>(world.engine, read_view_atom_v, view_id{"v"});
  REQUIRE(now.ok());
  CHECK((*now)->failed == world.written[1]->failed);
  CHECK(world.explained("v")["failed"].is_string());
  CHECK(world.lane_of("v") == "heavy");
  CHECK(code_of(world.enroll(view_of("v", heavy))) == errc::limit_exceeded);

  std::vector<change> fewer;
  for (int i = 0; i < 890; ++i) fewer.push_back(erase(sequence_number{911} + i, "t", 1'000 + i));
  CHECK(world.ingest(slice_of(fewer)).ok());
  REQUIRE(code_of(world.enroll(view_of("v", heavy))) == errc::none);
  CHECK(world.rows_shown("v") == 12);
  CHECK(world.ingest(slice_of({put(1'801, "t", 1)})).ok());
  CHECK((*world.ask<snapshot_result_ptr>(world.engine, read_view_atom_v, view_id{"v"}))->seq ==
        1'801);
}

TEST_CASE("a view that grows too heavy in the lane fails there, and is tried again there") {
  laned world;
  world.reset(10);
  REQUIRE(code_of(world.enroll_loaded(view_of("v", heavy), 20)) == errc::none);
  std::vector<change> many;
  for (int i = 0; i < 900; ++i) many.push_back(put(sequence_number{11} + i, "t", 1'000 + i));
  CHECK(world.ingest(slice_of(many)).ok());
  REQUIRE(world.deltas.size() == 1);
  REQUIRE(world.deltas[0].failed);
  CHECK(world.deltas[0].removed.size() == 20);
  CHECK(code_of(world.enroll(view_of("v", heavy))) == errc::limit_exceeded);
  CHECK(world.status().heavy_views == 1);
}

TEST_CASE("a view of the lane that is removed is removed there, whenever that is") {
  laned world;
  world.held = true;
  world.reset(10);
  const auto answer = world.enroll_loaded(view_of("v", heavy), 20);
  SUBCASE("while it is opened") {
    CHECK(world.remove("v").ok());
    CHECK(code_of(answer) == errc::not_found);
    world.let_work();
    CHECK(world.reconciled.empty());
  }
  SUBCASE("later") {
    world.let_work();
    CHECK(world.remove("v").ok());
    CHECK(world.erased == names{"v"});
  }
  CHECK(world.status().views == 0);
  CHECK(world.status().heavy_views == 0);
  world.let_work();
  CHECK_FALSE(world.ask<value>(world.lanes.back(), explain_view_atom_v, view_id{"v"}).ok());
  CHECK(world.ingest(slice_of({put(11, "t", 100)})).ok());
  CHECK(world.works.empty());
  CHECK(world.deltas.empty());
  // Nobody needs its table any more.
  world.advance(61s, 1s);
  CHECK(world.status().tables == 0);
}

TEST_CASE("a table that only the lane reads stays") {
  laned world;
  world.reset(10);
  REQUIRE(code_of(world.enroll_loaded(view_of("v", heavy), 20)) == errc::none);
  world.advance(200s, 10s);
  CHECK(world.status().tables == 2);
  CHECK(world.ingest(slice_of({put(11, "t", 100)})).ok());
  CHECK(world.rows_shown("v") == 21);
}

TEST_CASE("a circuit that starts over takes its heavy views along; what its lane says is void") {
  laned world;
  world.held = true;
  world.reset(10);
  REQUIRE_FALSE(world.enroll_loaded(view_of("v", heavy), 20)->has_value());
  world.let_work();
  CHECK(world.ingest(slice_of({put(11, "t", 100)})).ok());
  const auto late = std::move(world.works.front());
  world.works.clear();
  const auto done = world.reset(50);
  world.enroll(view_of("w", "SELECT * FROM u"));
  array rows;
  for (int i = 0; i < 30; ++i) rows.push_back(t(i));
  world.hand_over(rows_of("t", 50, std::move(rows)));
  REQUIRE_MESSAGE(code_of(done) == errc::none, "it is ready though the lane is not");
  CHECK(world.lanes.size() == 2);
  // The old lane answers.
  const auto report = std::make_shared<lane_report>(lane_report{late.first->generation, 11});
  report->deltas.emplace_back().view_id = "v";
  report->tables = {"t"};
  world.within(world.gates.front(), [promise = late.second, report]() mutable {
    promise.deliver(lane_report_ptr{report});
  });
  CHECK(world.deltas.empty());
  world.let_work();
  CHECK(world.rows_shown("v") == 30);
  CHECK(world.reconciled == names{"v", "v"});
  CHECK(world.ingest(slice_of({put(51, "t", 0), put(52, "t", 100)})).ok());
  world.let_work();
  CHECK(world.rows_shown("v") == 31);
}

TEST_CASE("forgetting everything ends what the lane keeps, too") {
  laned world;
  world.reset(10);
  REQUIRE(code_of(world.enroll_loaded(view_of("v", heavy), 20)) == errc::none);
  CHECK(world.ask<ack>(world.engine, forget_all_atom_v).ok());
  CHECK(world.erased == names{"v"});
  CHECK(world.status().heavy_views == 0);
  REQUIRE(code_of(world.enroll_loaded(view_of("v", heavy), 5)) == errc::none);
  CHECK(world.rows_shown("v") == 5);
}

TEST_CASE("a lane that ends is replaced; what it was doing fails by name, the rest comes back") {
  laned world;
  world.reset(10);
  REQUIRE(code_of(world.enroll_loaded(view_of("v", heavy), 20)) == errc::none);
  REQUIRE(code_of(world.enroll(view_of("plain"))) == errc::none);
  caf::anon_send_exit(world.lanes.back(), caf::exit_reason::kill);
  world.run();
  REQUIRE(world.written.size() == 3);
  CHECK(world.written[2]->view_id == "v");
  REQUIRE(world.written[2]->failed);
  CHECK(world.written[2]->failed->message.find("view v") != std::string::npos);
  CHECK(world.written[2]->members.empty());
  CHECK(world.ingest(slice_of({put(11, "t", 100)})).ok());
  CHECK(delta_of(world.deltas, "plain")->seq == 11);
  REQUIRE(code_of(world.enroll(view_of("v", heavy))) == errc::none);
  CHECK(world.lanes.size() == 2);
  CHECK(world.rows_shown("v") == 21);
}

TEST_CASE("users' views in the lane see what is shown to them, also when that changes") {
  laned world{1};
  world.held = true;
  world.nothing_defined = false;
  world.reset(10);
  const auto system = world.enroll_loaded(view_of("s", "SELECT * FROM t"), 3);
  REQUIRE(world.asked == table_names{"_spooky_definition"});
  world.hand_over(rows_of("_spooky_definition", 10, {define(0, "t", value{"open"}).record}));
  world.let_work();
  REQUIRE(code_of(system) == errc::none);
  const auto user = world.enroll(view_for_user("v", "SELECT * FROM t"));
  world.let_work();
  REQUIRE(code_of(user) == errc::none);
  CHECK((**user).value()->members.empty());
  CHECK(world.rows_shown("s") == 3);

  // A row that is taken away before all are shown was never seen.
  CHECK(world.ingest(slice_of({put(11, "t", 50)})).ok());
  CHECK(world.ingest(slice_of({erase(12, "t", 0), put(13, "t", 1, {{"secret", value{1}}})})).ok());
  CHECK(world.ingest(slice_of({put(14, "t", 1), define(15, "t", value{true}), put(16, "t", 60)}))
            .ok());
  world.written.clear();
  world.deltas.clear();
  world.let_work();
  world.let_work();
  for (const auto& delta : world.deltas)
    CHECK_MESSAGE(delta.seq == 11, "views are told as a whole when definitions change");
  const auto told = [&](const view_id& id) -> views::view_snapshot {
    for (const auto& shown : world.written)
      if (shown->view_id == id.raw()) return *shown;
    return {};
  };
  CHECK(told("v").seq == 16);
  CHECK(told("v").result == all({t(1), t(2), t(50), t(60)}));
  CHECK(told("s").result == told("v").result);
  CHECK(world.rows_shown("s") == 4);

  // And what comes behind a definition that hides it is not seen for a moment.
  CHECK(world.ingest(slice_of({define(17, "t", value{false}), put(18, "t", 70)})).ok());
  world.written.clear();
  world.deltas.clear();
  world.let_work();
  CHECK(told("v").seq == 18);
  CHECK(told("v").result == all({}));
  CHECK(world.deltas.empty());
  CHECK(world.rows_shown("s") == 5);
}

TEST_CASE("a table that rows link to is handed to the lane, too, also when it is still to come") {
  laned world{1};
  world.reset(10);
  const auto answer = world.enroll(view_of("v", "SELECT id, by.name AS who FROM t"));
  const value ada{record_id{"u", value{1}}};
  world.hand_over(rows_of("t", 10, {t(1), t(2)}));
  REQUIRE(code_of(answer) == errc::none);
  CHECK(world.lane_of("v") == "heavy");
  CHECK(world.ingest(slice_of({put(11, "t", 1, {{"by", ada}})})).ok());
  REQUIRE(world.asked == table_names{"u"});
  world.hand_over(rows_of("u", 11, {record("u", 1, {{"name", value{"Ada"}}})}));
  const auto who = [&] { return world.shown("v").as_array().at(0)["who"]; };
  CHECK(who() == value{"Ada"});
  CHECK(world.ingest(slice_of({put(12, "u", 1, {{"name", value{"Eve"}}})})).ok());
  CHECK(who() == value{"Eve"});
  world.advance(200s, 10s);
  CHECK(world.status().tables == 3);
  CHECK(world.ingest(slice_of({put(13, "u", 1, {{"name", value{"Bob"}}})})).ok());
  CHECK(who() == value{"Bob"});
}

TEST_CASE("views in the lane show what the circuit's show, whatever happens to the tables") {
  std::size_t in_lane = 0;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    const auto below = [&](std::uint32_t n) { return static_cast<int>(random() % n); };
    flowing plain;
    laned all_in_lane{1};
    const char* const queries[] = {
        "SELECT * FROM t",
        "SELECT * FROM t WHERE n > 3 ORDER BY n DESC LIMIT 4",
        "SELECT n, count() FROM t GROUP BY n",
        "SELECT id, (SELECT VALUE id FROM u WHERE n = $parent.n) AS more FROM t",
        "SELECT id, link.n AS far FROM t",
    };
    const auto both = [&](auto what) {
      what(static_cast<flowing&>(plain));
      what(static_cast<flowing&>(all_in_lane));
    };
    const auto hand_over_all = [](flowing& world, sequence_number seq) {
      while (!world.asked.empty()) {
        const auto table = world.asked.front();
        if (table == table_name{"_spooky_definition"})
          world.hand_over(rows_of(
              table, seq,
              {define(0, "t", value{"n != 2"}).record, define(0, "u", value{true}).record}));
        else
          world.hand_over(rows_of(table, seq, {record(table, 1, {{"n", value{1}}})}));
      }
    };
    both([&](flowing& world) { world.reset(10); });
    std::set<int> registered;
    sequence_number seq = 10;
    for (int i = 0; i < 60; ++i) {
      const int what = below(12);
      if (what == 0) {
        const int query = below(5);
        const bool user = below(2) == 0;
        const int number = query + (user ? 10 : 0);
        const auto id = view_id{"v" + std::to_string(number)};
        const auto view = user ? view_for_user(id, queries[query]) : view_of(id, queries[query]);
        both([&](flowing& world) {
          world.enroll(view);
          hand_over_all(world, seq);
        });
        registered.insert(number);
      } else if (what == 1 && !registered.empty()) {
        const int number = *registered.begin();
        registered.erase(registered.begin());
        both([&](flowing& world) {
          CHECK(world.remove(view_id{"v" + std::to_string(number)}).ok());
        });
      } else if (what == 2 && below(4) == 0) {
        both([&](flowing& world) {
          world.reset(seq);
          hand_over_all(world, seq);
        });
      } else {
        std::vector<change> changes;
        for (int n = below(4); n >= 0; --n) {
          const char* const table = below(3) == 0 ? "u" : "t";
          ++seq;
          if (below(12) == 0)
            changes.push_back(define(seq, "t", value{below(2) == 0 ? "n != 2" : "n < 4"}));
          else if (below(4) == 0)
            changes.push_back(erase(seq, table, below(8)));
          else
            changes.push_back(
                put(seq, table, below(8),
                    {{"n", value{below(6)}}, {"link", value{record_id{"u", value{below(8)}}}}}));
        }
        both([&](flowing& world) {
          REQUIRE(world.ingest(slice_of(changes)).ok());
          hand_over_all(world, seq);
        });
      }
      for (const int number : registered) {
        CAPTURE(i);
        CAPTURE(number);
        const auto id = view_id{"v" + std::to_string(number)};
        REQUIRE(plain.shown(id) == all_in_lane.shown(id));
        if (all_in_lane.lane_of(id) == "heavy") ++in_lane;
      }
    }
  }
  CHECK(in_lane > 500);
}
