#include "tests/unit/actors/ssp/lane_world.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

TEST_CASE("a client's views are bounded in number, rows and memory, wherever they are kept") {
  circuit_config config = turning(1'500);
  config.client = {cap_scope::client, 3, 50, 1 << 20};
  config.node = {cap_scope::node, 5, 100};
  laned world{config};
  world.nothing_defined = false;
  world.reset(10);
  const auto refusal = [&](const registration_ptr& view) {
    const auto answer = world.enroll(view);
    if (code_of(answer) == errc::none) return std::string{"registered"};
    CHECK(code_of(answer) == errc::limit_exceeded);
    return (*answer)->failure().message;
  };
  const auto names_setting = [&](const registration_ptr& view, const std::string& setting) {
    CAPTURE(setting);
    const auto views = world.status().views;
    const auto message = refusal(view);
    CHECK_MESSAGE(message.find("(" + setting + ")") != std::string::npos, message);
    CHECK(world.status().views == views);
  };
  const auto first = world.enroll(view_for_user("heavy", heavy));
  array rows;
  for (int i = 0; i < 20; ++i) rows.push_back(t(i));
  world.hand_over(rows_of("t", 10, std::move(rows)));
  world.hand_over(rows_of("_spooky_definition", 10, {define(0, "t", value{true}).record}));
  REQUIRE(code_of(first) == errc::none);
  REQUIRE(world.lane_of("heavy") == "heavy");
  CHECK(refusal(view_for_user("a", "SELECT * FROM t")) == "registered");
  names_setting(view_for_user("b", "SELECT id FROM t"), "limits.client_rows");
  names_setting(view_for_user("b", std::string{heavy} + " WHERE n != 7"), "limits.client_rows");
  CHECK(world.status().heavy_views == 1);
  names_setting(view_for_user("b", "SELECT string::repeat('a', 150000) AS s FROM t LIMIT 8"),
                "limits.client_memory_bytes");
  CHECK(refusal(view_for_user("b", "SELECT * FROM t LIMIT 2")) == "registered");
  names_setting(view_for_user("c", "SELECT * FROM t LIMIT 1"), "limits.client_views");
  CHECK(refusal(view_for_user("b", "SELECT * FROM t LIMIT 2")) == "registered");
  // Another client has room, and so has who lets go of something; the SSP has 42 rows now.
  names_setting(view_of("s", "SELECT *, (SELECT * FROM t LIMIT 2) AS two FROM t"), "limits.rows");
  CHECK(refusal(view_of("s", "SELECT * FROM t")) == "registered");
  CHECK(refusal(view_for_user("c", "SELECT * FROM t LIMIT 1", 2)) == "registered");
  names_setting(view_of("s2", "SELECT * FROM t LIMIT 3"), "limits.views");
  CHECK(world.remove("b").ok());
  CHECK(refusal(view_for_user("c2", "SELECT * FROM t LIMIT 1")) == "registered");
  // Rows that come later count.
  CHECK(world.remove("c").ok());
  std::vector<change> more;
  for (int i = 0; i < 9; ++i) more.push_back(put(sequence_number{11} + i, "t", 50 + i));
  CHECK(world.ingest(slice_of(more)).ok());
  CHECK(world.remove("c2").ok());
  names_setting(view_for_user("d", "SELECT * FROM t LIMIT 1"), "limits.client_rows");
  CHECK(world.ask<ack>(world.engine, forget_all_atom_v).ok());
  CHECK(world.status().views == 0);
}

TEST_CASE("only so many registrations wait for the lane, and more are refused at once") {
  auto config = turning(1'000);
  config.max_opening = 2;
  laned world(std::move(config));
  world.held = true;
  world.reset(10);
  const auto first = world.enroll_loaded(view_of("a", heavy), 20);
  const auto second = world.enroll(view_of("b", heavy));
  CHECK(code_of(world.enroll(view_of("c", heavy))) == errc::overloaded);
  CHECK(world.status().views == 0);
  world.let_all_work();
  CHECK(code_of(first) == errc::none);
  CHECK(code_of(second) == errc::none);
  const auto again = world.enroll(view_of("c", heavy));
  world.let_all_work();
  CHECK(code_of(again) == errc::none);
}

TEST_CASE(
    "heavy queries of one client hold up the circuit a few times only, and other clients not") {
  auto config = turning(1'000);
  config.client_heavy_queries = 2;
  laned world(std::move(config));
  world.nothing_defined = false;
  world.reset(10);
  const auto other = [](int n) { return std::string{heavy} + " WHERE n != " + std::to_string(n); };
  const auto first = world.enroll(view_for_user("a", heavy));
  array rows;
  for (int i = 0; i < 20; ++i) rows.push_back(t(i));
  world.hand_over(rows_of("t", 10, std::move(rows)));
  world.hand_over(rows_of("_spooky_definition", 10, {define(0, "t", value{true}).record}));
  CHECK(code_of(first) == errc::none);
  CHECK(code_of(world.enroll(view_for_user("b", other(1)))) == errc::none);
  CHECK(code_of(world.enroll(view_for_user("c", other(2)))) == errc::overloaded);
  CHECK(world.status().views == 2);
  // Others have turns of their own; what is registered is shown again without one.
  CHECK(code_of(world.enroll(view_for_user("d", other(3), 2))) == errc::none);
  CHECK(code_of(world.enroll(view_of("s", other(4)))) == errc::none);
  CHECK(code_of(world.enroll(view_for_user("b", other(1)))) == errc::none);
  // Nor does a query take one that is known to be heavy.
  CHECK(code_of(world.enroll(view_for_user("e", other(3)))) == errc::none);
  world.advance(10s);
  CHECK(code_of(world.enroll(view_for_user("c", other(2)))) == errc::none);
}
