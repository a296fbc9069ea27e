#include "tests/unit/actors/fake_database.hpp"
#include "tests/unit/actors/registering.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace std::chrono_literals;

TEST_CASE("a view is placed on a ready SSP, and its note is durable when that is answered") {
  registering world;
  world.start();
  CHECK(code_of(world.enroll("v")) == errc::not_ready);
  world.ready("a");
  const auto placed = world.enroll("v");
  REQUIRE(placed.ok());
  CHECK(placed->view == "v");
  CHECK(placed->ssp == "a");
  CHECK(placed->ssp_url == "http://a");
  CHECK(placed->answer == value{"shown by a"});
  CHECK(world.noted_ssp("v") == "a");
  CHECK(world.views() == 1);
}

TEST_CASE("without a durable note a registration is not answered as done") {
  registering world;
  world.start();
  world.ready("a");
  world.full = true;
  CHECK(code_of(world.enroll("v")) == errc::io_error);
}

TEST_CASE("views spread over the pool, and a known id stays where it is") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  auto& b = world.ready("b");
  for (const view_id& id : std::vector<view_id>{"v1", "v2", "v3", "v4"})
    CHECK(world.enroll(id).ok());
  CHECK(a.registered.size() == 2);
  CHECK(b.registered.size() == 2);
  const auto home = world.noted_ssp("v1");
  for (int i = 0; i < 5; ++i) CHECK(world.enroll("v1")->ssp.raw() == home);
  CHECK(world.views() == 4);
}

TEST_CASE("the SSP's own refusal reaches the client and nothing is kept") {
  registering world;
  world.start();
  world.ready("a").refusal = fail(errc::parse_error, "line 1");
  CHECK(code_of(world.enroll("v")) == errc::parse_error);
  CHECK(world.views() == 0);
  CHECK(world.noted_ssp("v") == "no note");
}

TEST_CASE("a client's views are bounded over the whole pool; the system's are not") {
  registering world;
  world.client_caps.views = 2;
  world.client_caps.rows = 1'000;
  world.start();
  world.ready("ssp-1");
  world.ready("ssp-2");
  const auto enroll_as = [&](const view_id& id, const char* user) {
    auto view = std::make_shared<view_registration>(*registering::query_of(id));
    view->caller.system = user == nullptr;
    if (user != nullptr) view->caller.session.set("auth", value{record_id{"user", value{user}}});
    return world.ask<view_assignment>(world.registry, register_view_atom_v,
                                      registration_ptr{std::move(view)});
  };
  CHECK(enroll_as("a1", "ann").ok());
  CHECK(enroll_as("a2", "ann").ok());
  const auto refused = enroll_as("a3", "ann");
  CHECK(code_of(refused) == errc::limit_exceeded);
  CHECK(refused.failure().message.find("limits.client_views") != std::string::npos);
  CHECK_MESSAGE(enroll_as("a1", "ann").ok(), "it is registered already");
  CHECK(enroll_as("b1", "bob").ok());
  for (const auto& id : names{"s1", "s2", "s3"}) CHECK(enroll_as(id, nullptr).ok());
  CHECK(world.views() == 6);
  CHECK(world.noted_ssp("a3") == "no note");
  CHECK(world.remove("a2").ok());
  CHECK(enroll_as("a3", "ann").ok());
}

TEST_CASE("views of an SSP that is gone move to another one, at once or when there is one") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  CHECK(world.enroll("v").ok());
  SUBCASE("at once") {
    auto& b = world.ready("b");
    world.gone(a);
    CHECK(b.registered == names{"v"});
    CHECK(world.noted_ssp("v") == "b");
  }
  SUBCASE("later") {
    world.gone(a);
    world.advance(5s, 100ms);
    auto& b = world.ready("b");
    CHECK(b.registered == names{"v"});
  }
  SUBCASE("by the timer, when the first attempt fails") {
    auto& b = world.ready("b");
    b.refusal = fail(errc::overloaded, "later");
    world.gone(a);
    CHECK(b.registered.size() == 1);
    b.refusal.reset();
    world.advance(1s, 100ms);
    CHECK(b.registered.size() == 2);
    CHECK(world.noted_ssp("v") == "b");
    world.advance(5s, 100ms);
    CHECK(b.registered.size() == 2);
  }
}

TEST_CASE("an SSP that comes back is given what it lost and told to drop what nobody wants") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  CHECK(world.enroll("kept").ok());
  CHECK(world.enroll("lost").ok());
  a.registered.clear();
  world.ready("a", {"kept", "stranger"});
  CHECK(a.registered == names{"lost"});
  CHECK(a.unregistered == names{"stranger"});
}

TEST_CASE("after a restart views wait for their SSP for a while, then move") {
  registering world;
  world.note("mine", "a");
  world.note("orphan", "z");
  world.start();
  CHECK(world.views() == 2);
  auto& a = world.ready("a", {"mine"});
  CHECK(a.registered.empty());
  world.advance(19s, 1s);
  CHECK(a.registered.empty());
  world.advance(3s, 1s);
  CHECK(a.registered == names{"orphan"});
  CHECK(world.noted_ssp("orphan") == "a");
}

TEST_CASE("a view that is removed is removed from its SSP, its note too") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  CHECK(world.enroll("v").ok());
  CHECK(code_of(world.remove("unknown")) == errc::not_found);
  SUBCASE("an SSP that has lost it has nothing to remove") {
    a.refusal = fail(errc::not_found, "no view v is registered here");
  }
  SUBCASE("and from one that holds it") {}
  CHECK(world.remove("v").ok());
  CHECK(a.unregistered == names{"v"});
  CHECK(world.noted_ssp("v") == "no note");
  CHECK(code_of(world.remove("v")) == errc::not_found);
}

TEST_CASE("who ends a query ends the views of all its callers, and those of no other query") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  const view_id anns = "v~00000000000000000000000000000001";
  const view_id bobs = "v~00000000000000000000000000000002";
  for (const view_id& id : names{"v", anns, bobs, "v~more", "vv"}) CHECK(world.enroll(id).ok());
  CHECK(world.ask<ack>(world.registry, unregister_view_atom_v, view_claim{"v", {}, true}).ok());
  std::sort(a.unregistered.begin(), a.unregistered.end());
  CHECK(a.unregistered == names{"v", anns, bobs});
  CHECK(world.views() == 2);
  CHECK(code_of(world.ask<ack>(world.registry, unregister_view_atom_v,
                               view_claim{"v", {}, true})) == errc::not_found);
}

TEST_CASE("a view removed while its SSP is away is removed when that comes back, or by another") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  CHECK(world.enroll("v").ok());
  const auto epoch = a.epochs["v"];
  a.refusal = fail(errc::not_ready, "bootstrapping");
  CHECK(world.remove("v").ok());
  CHECK(world.views() == 0);
  CHECK(code_of(world.remove("v")) == errc::not_found);
  CHECK(code_of(world.owner("v")) == errc::not_found);
  a.unregistered.clear();
  SUBCASE("itself") {
    a.refusal.reset();
    world.ready("a", {"v"});
    CHECK(a.unregistered == names{"v"});
  }
  SUBCASE("another") {
    auto& b = world.ready("b");
    world.gone(a);
    CHECK(b.unregistered == names{"v"});
    CHECK(b.ended_epochs["v"] > epoch);
  }
  CHECK(world.noted_ssp("v") == "no note");
  world.advance(5s, 100ms);
  CHECK(a.unregistered.size() <= 1);
}

TEST_CASE("a view that nobody has is removed all the same") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  CHECK(world.enroll("v").ok());
  world.gone(a);
  CHECK(world.remove("v").ok());
  auto& b = world.ready("b");
  world.advance(2s, 100ms);
  CHECK(b.registered.empty());
  CHECK(b.unregistered == names{"v"});
  CHECK(world.noted_ssp("v") == "no note");
}

TEST_CASE("an end waits for the registration before it, and none comes back after it") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  SUBCASE("by a client's registration") {
    a.hold = true;
    const auto placing =
        world.ask_later<view_assignment>(world.registry, register_view_atom_v, world.query_of("v"));
    const auto removing =
        world.ask_later<ack>(world.registry, unregister_view_atom_v, view_claim{"v", {}});
    CHECK_FALSE(removing->has_value());
    world.answer_held(a);
    CHECK(code_of(placing) == errc::none);
    CHECK(code_of(removing) == errc::none);
    CHECK(a.unregistered == names{"v"});
  }
  SUBCASE("by a move") {
    CHECK(world.enroll("v").ok());
    auto& b = world.ready("b");
    b.hold = true;
    world.gone(a);
    REQUIRE(b.registered == names{"v"});
    const auto removing =
        world.ask_later<ack>(world.registry, unregister_view_atom_v, view_claim{"v", {}});
    world.answer_held(b);
    CHECK(code_of(removing) == errc::none);
    CHECK(b.unregistered == names{"v"});
    world.advance(5s, 100ms);
    CHECK(b.registered.size() == 1);
  }
  CHECK(world.views() == 0);
  CHECK(world.noted_ssp("v") == "no note");
}

TEST_CASE("who registers again after removing keeps the view") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  a.hold = true;
  const auto ask = [&world] {
    return world.ask_later<view_assignment>(world.registry, register_view_atom_v,
                                            world.query_of("v"));
  };
  const auto first = ask();
  const auto removing =
      world.ask_later<ack>(world.registry, unregister_view_atom_v, view_claim{"v", {}});
  const auto second = ask();
  world.answer_held(a);
  const auto before = a.ended_epochs["v"];
  world.answer_held(a);
  CHECK(code_of(second) == errc::none);
  CHECK(world.views() == 1);
  CHECK(world.noted_ssp("v") == "a");
  // Should its end arrive late, it is told from the new placement by its epoch.
  CHECK(a.epochs["v"] > before);
}

TEST_CASE("another query under the same id is refused wherever the view is") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  CHECK(world.enroll("v").ok());
  const auto other = view_of("v", "SELECT * FROM another");
  CHECK(code_of(world.ask<view_assignment>(world.registry, register_view_atom_v, other)) ==
        errc::already_exists);
  world.gone(a);
  CHECK(code_of(world.ask<view_assignment>(world.registry, register_view_atom_v, other)) ==
        errc::already_exists);
}

// -- epochs ---------------------------------------------------------------------------------------

TEST_CASE("each placement has an epoch above all before, over restarts too") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  CHECK(world.enroll("v").ok());
  const auto first = a.epochs["v"];
  CHECK(first > 1'000'000);
  CHECK(world.enroll("v").ok());
  CHECK_MESSAGE(a.epochs["v"] == first, "registering again is no placement");
  auto& b = world.ready("b");
  world.gone(a);
  const auto second = b.epochs["v"];
  CHECK(second > first);
  CHECK(static_cast<std::uint64_t>(world.notes.find("v")->operator[]("epoch").as_integer()) ==
        second.raw());
  world.start();
  world.gone(b);
  world.ready("b");
  CHECK(b.epochs["v"] > second);
}

TEST_CASE("where the bound was lost and the clock set back, the database knows the epochs given") {
  registering world;
  fake_database database{world};
  database.execute = [](const intent& asked) -> result<answer> {
    if (is<read_newest_epoch>(asked)) return answer{newest_epoch{placement_epoch{5'000'000'000u}}};
    return not_carried_out(asked);
  };
  world.database = database.handle;
  world.start();
  auto& a = world.ready("a");
  SUBCASE("who comes before the database answers has the clock's") {
    CHECK(world.enroll("early").ok());
    CHECK(a.epochs["early"].raw() < 5'000'000'000u);
    database.connect();
  }
  SUBCASE("which is so for a moment") { database.connect(); }
  world.advance(2s, 100ms);
  CHECK(world.enroll("v").ok());
  CHECK(a.epochs["v"].raw() > 5'000'000'000u);
  // The bound is noted now: the next start need not ask.
  const auto asked = database.asked.size();
  world.start();
  CHECK(database.asked.size() == asked);
}

TEST_CASE("what nobody is said to want ends unless the database says that somebody does") {
  registering world;
  fake_database database{world};
  bool wanted = false;
  std::optional<error> away;
  database.execute = [&](const intent& asked) -> result<answer> {
    if (away) return *away;
    if (is<is_view_wanted>(asked)) return answer{wanted_view{wanted}};
    return not_carried_out(asked);
  };
  world.database = database.handle;
  world.start();
  database.connect();
  auto& a = world.ready("a");
  CHECK(world.enroll("v").ok());
  view_claim unwanted{"v", {}, false, true};
  SUBCASE("a view") {}
  SUBCASE("all views of a query") { unwanted.whole_query = true; }
  const auto end = [&] {
    return code_of(world.ask<ack>(world.registry, unregister_view_atom_v, unwanted));
  };
  wanted = true;
  CHECK(end() == errc::conflict);
  away = fail(errc::unavailable, "no answer");
  CHECK(end() == errc::unavailable);
  CHECK(a.unregistered.empty());
  CHECK(world.views() == 1);
  away.reset();
  wanted = false;
  CHECK(end() == errc::none);
  CHECK(a.unregistered == names{"v"});
  CHECK(end() == errc::not_found);
}

TEST_CASE("an end that comes late waits for the registration that is under way, and finds it") {
  registering world;
  fake_database database{world};
  bool stored = false;
  database.execute = [&](const intent& asked) -> result<answer> {
    if (is<is_view_wanted>(asked)) return answer{wanted_view{stored}};
    return not_carried_out(asked);
  };
  world.database = database.handle;
  world.start();
  database.connect();
  auto& a = world.ready("a");
  CHECK(world.enroll("v").ok());
  a.hold = true;
  const auto again =
      world.ask_later<view_assignment>(world.registry, register_view_atom_v, world.query_of("v"));
  const auto late = world.ask_later<ack>(world.registry, unregister_view_atom_v,
                                         view_claim{"v", {}, false, true});
  stored = true;
  world.answer_held(a);
  CHECK(code_of(again) == errc::none);
  CHECK(code_of(late) == errc::conflict);
  CHECK(a.unregistered.empty());
  CHECK(world.views() == 1);
}

TEST_CASE("without a durable bound no epoch is given") {
  registering world;
  world.full = true;
  world.start();
  world.ready("a");
  CHECK(code_of(world.enroll("v")) == errc::not_ready);
  world.full = false;
  world.advance(1s, 100ms);
  CHECK(world.enroll("v").ok());
}
