#include "tests/unit/actors/registering.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace std::chrono_literals;

// -- moving ---------------------------------------------------------------------------------------

TEST_CASE("views of a dead SSP move at once, the most active first, some at a time") {
  registering world;
  world.at_once = 2;
  world.note("idle", "a", 10);
  world.note("busy", "a", 90);
  world.note("calm", "a", 50);
  world.start();
  auto& a = world.ready("a", {"idle", "busy", "calm"});
  auto& b = world.ready("b");
  b.hold = true;
  world.gone(a);
  CHECK(b.registered == names{"busy", "calm"});
  CHECK(code_of(world.owner("busy")) == errc::not_ready);
  world.answer_held(b);
  CHECK(b.registered == names{"busy", "calm", "idle"});
  CHECK(world.owner("busy")->ssp_url == "http://b");
  CHECK_FALSE(b.asked["busy"]->rows);
}

TEST_CASE("a move is no sign of life from the client") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  CHECK(world.enroll("v").ok());
  CHECK_FALSE(a.asked["v"]->last_active_at.has_value());
  auto& b = world.ready("b");
  world.gone(a);
  CHECK(b.asked["v"]->last_active_at == datetime{});
}

TEST_CASE("an SSP that is drained keeps each view until another has it") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  CHECK(world.enroll("v").ok());
  CHECK(world.enroll("w").ok());
  const auto epoch = a.epochs["v"];
  CHECK(world.drain("a").obstacle == "no other SSP is in the pool");
  CHECK(world.drain("a").views == 2);
  CHECK(world.owner("v")->ssp == "a");
  auto& b = world.ready("b", {}, true);
  world.advance(1s, 100ms);
  CHECK(b.registered.size() == 2);
  CHECK(world.owner("v")->ssp == "a");
  CHECK(a.released.empty());
  CHECK(world.drain("a").obstacle.empty());
  const auto fresh =
      world.ask_later<view_assignment>(world.registry, register_view_atom_v, world.query_of("x"));
  while (!b.held.empty()) world.answer_held(b);
  REQUIRE(code_of(fresh) == errc::none);
  CHECK((**fresh)->ssp == "b");
  CHECK(world.drain("a").views == 0);
  CHECK(world.owner("v")->ssp == "b");
  CHECK(a.released.size() == 2);
  CHECK(a.released_epochs["v"] == epoch);
  CHECK(b.epochs["v"] > epoch);
  CHECK(a.unregistered.empty());
  CHECK_FALSE(a.left);
  CHECK(world.ask<ack>(world.registry, leave_atom_v, ssp_id{"a"}).ok());
  CHECK(a.left);
  CHECK(code_of(world.ask<ack>(world.registry, leave_atom_v, ssp_id{"z"})) == errc::not_found);
}

TEST_CASE("a move that may or may not have happened is settled by a newer placement") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  CHECK(world.enroll("v").ok());
  auto& b = world.ready("b");
  b.refusal = fail(errc::timeout, "no answer");
  a.registered.clear();
  world.drain("a");
  // b may own it in the database: it is told to let go, and a newer epoch is on its way.
  CHECK(b.released == names{"v"});
  CHECK(b.released_epochs["v"] == b.epochs["v"]);
  b.refusal.reset();
  const auto doubtful = b.epochs["v"];
  world.advance(3s, 100ms);
  CHECK(world.owner("v")->ssp == "b");
  CHECK(b.epochs["v"] > doubtful);
}

TEST_CASE("an SSP that lost a race for a view drops it, and keeps what is newer") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  CHECK(world.enroll("v").ok());
  auto& b = world.ready("b");
  world.gone(a);
  REQUIRE(world.owner("v")->ssp == "b");
  // The zombie comes back and says what it holds.
  world.ready("a", {"v"});
  CHECK(a.released == names{"v"});
  CHECK(a.released_epochs["v"] < b.epochs["v"]);
  CHECK(a.released_epochs["v"] >= a.epochs["v"]);
  CHECK(a.unregistered.empty());
  CHECK(b.released.empty());
}

TEST_CASE("an SSP that comes back while its view is being placed elsewhere drops it after that") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  CHECK(world.enroll("v").ok());
  auto& b = world.ready("b");
  b.hold = true;
  world.gone(a);
  REQUIRE(b.registered == names{"v"});
  // Whose it is stands only when b has answered.
  world.ready("a", {"v"});
  CHECK(a.released.empty());
  world.answer_held(b);
  CHECK(world.owner("v")->ssp == "b");
  CHECK(a.released == names{"v"});
  CHECK(a.unregistered.empty());
}

// -- balancing ------------------------------------------------------------------------------------

TEST_CASE("equal queries go to the SSP that has them") {
  registering world;
  world.start();
  world.ready("a");
  world.ready("b");
  const auto equal = [&world](const view_id& id) {
    return world.ask<view_assignment>(world.registry, register_view_atom_v, view_of(id))->ssp;
  };
  const auto home = equal("one");
  for (const view_id& id : std::vector<view_id>{"two", "three", "four"}) CHECK(equal(id) == home);
  CHECK(world.enroll("other")->ssp != home);
}

TEST_CASE("an SSP that joins gets its share, at the pace that is set") {
  registering world;
  world.moves_per_sec = 2;
  world.start();
  auto& a = world.ready("a");
  for (int i = 0; i < 10; ++i) CHECK(world.enroll(view_id{"v" + std::to_string(i)}).ok());
  world.advance(2s, 50ms);
  auto& b = world.ready("b");
  CHECK(b.registered.empty());
  world.advance(1s, 50ms);
  CHECK(b.registered.size() >= 1);
  CHECK(b.registered.size() <= 3);
  world.advance(5s, 50ms);
  CHECK(b.registered.size() == 5);
  CHECK(a.released == b.registered);
  CHECK(a.sent_on == std::vector<std::string>(5, "http://b"));
  for (const auto& id : b.registered) CHECK(world.noted_ssp(id) == "b");
}

TEST_CASE("many registrations at once spread although none is answered yet") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  auto& b = world.ready("b");
  a.hold = b.hold = true;
  std::vector<reply<view_assignment>> asked;
  for (int i = 0; i < 8; ++i)
    asked.push_back(world.begin_ask<view_assignment>(
        world.registry, register_view_atom_v, world.query_of(view_id{"v" + std::to_string(i)})));
  world.run();
  CHECK(a.registered.size() == 4);
  CHECK(b.registered.size() == 4);
}
