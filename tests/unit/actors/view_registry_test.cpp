#include "actors/scheduler/view_registry.hpp"

#include "actors/scheduler/load_balancer.hpp"
#include "actors/scheduler/view_note.hpp"
#include "det.hpp"
#include "samples.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace std::chrono_literals;

namespace {

using fake_link = ssp_link_actor::extend<runs_steps>;
using names = std::vector<std::string>;

/// A ready SSP as the registry sees it: a link that records what it is asked.
struct pool_member {
  std::string id;
  fake_link link;
  names registered;
  names unregistered;
  names released;
  std::map<std::string, std::uint64_t> epochs;  ///< of the newest registration of each view
  std::map<std::string, std::uint64_t> released_epochs;
  std::map<std::string, std::uint64_t> ended_epochs;
  std::map<std::string, registration_ptr> asked;
  bool left = false;
  bool hold = false;
  std::optional<error> refusal;
  std::deque<caf::typed_response_promise<value>> held;
};

/// A registry with the real balancer, and a replica that keeps its notes.
struct registering : det {
  registering() {
    replica = spawn([this](replica_keeper_actor::pointer) { return replica_behaviour(); });
    balancer = spawn(load_balancer, config::load_balance::least_queries);
  }

  void start() {
    registry = spawn(view_registry, view_registry_parts{balancer, replica},
                     view_registry_config{.retry_interval = 1s,
                                          .grace = 20s,
                                          .placing_at_once = at_once,
                                          .rebalance_moves_per_sec = moves_per_sec,
                                          .wall_clock = 1'000'000ms});
    run();
  }

  replica_keeper_actor::behavior_type replica_behaviour() {
    return {[](subscribe_atom, const coordinator_actor&) { unexpected_note("a coordinator"); },
            [](apply_atom, const log_slice&) { unexpected_note("changes"); },
            [](reset_atom) { return unexpected<ack>("a reset"); },
            [](load_atom, const table_rows_ptr&, const std::string&, const value&) {
              return unexpected<ack>("a load");
            },
            [](freeze_atom) { return unexpected<frozen_snapshot>("a freeze"); },
            [](checkpoint_atom) { return unexpected<sequence_number>("a checkpoint"); },
            [this](caf::put_atom, const std::string& family, const std::string& key,
                   const value& note) -> caf::result<ack> {
              if (full) return to_caf(fail(errc::io_error, "no space"));
              (family == "views" ? notes : meta).set(key, note);
              return ack{};
            },
            [this](caf::delete_atom, const std::string&, const std::string& key) {
              notes.erase(key);
              return ack{};
            },
            [this](caf::get_atom, const std::string& family) {
              return value{family == "views" ? notes : meta};
            },
            [](retry_atom) { unexpected_note("a retry"); },
            [](status_atom) { return sequence_number{0}; }};
  }

  fake_link::behavior_type link_behaviour(fake_link::pointer self, pool_member& member) {
    return {[](durable_atom, const log_slice&) { unexpected_note("changes"); },
            [](heartbeat_atom, const ssp_heartbeat&) { return unexpected<ack>("a heartbeat"); },
            [self, &member](register_atom, const registration_ptr& view) -> caf::result<value> {
              member.registered.push_back(view->id);
              member.epochs[view->id] = view->epoch.value_or(0);
              member.asked[view->id] = view;
              if (member.refusal) return to_caf(*member.refusal);
              if (!member.hold) return value{"shown by " + member.id};
              member.held.push_back(self->make_response_promise<value>());
              return member.held.back();
            },
            [&member](unregister_atom, const view_claim& view) -> caf::result<ack> {
              member.unregistered.push_back(view.id);
              member.ended_epochs[view.id] = view.epoch.value_or(0);
              if (member.refusal) return to_caf(*member.refusal);
              return ack{};
            },
            [&member](release_atom, const view_claim& view) {
              member.released.push_back(view.id);
              member.released_epochs[view.id] = view.epoch.value_or(0);
              return ack{};
            },
            [this, &member](drain_atom) {
              report(member, link_state::draining, false);
              return ack{};
            },
            [&member](leave_atom) { member.left = true; },
            [](status_atom) { return link_status{}; },
            [](stop_atom) {},
            [](poll_atom, unsigned) { unexpected_note("a poll"); },
            [](flush_atom) { unexpected_note("a flush"); },
            [](interest_atom, const ssp_interest&) {
              return unexpected<sequence_number>("an interest");
            },
            run_step()};
  }

  /// An SSP is ready and holds these views.
  pool_member& ready(const std::string& id, names holds = {}, bool hold = false) {
    auto& member = pool[id];
    if (!member) {
      member = std::make_unique<pool_member>();
      member->id = id;
      member->link = spawn(
          [this, m = member.get()](fake_link::pointer self) { return link_behaviour(self, *m); });
    }
    member->hold = hold;
    report(*member, link_state::ready);
    send(registry, ready_atom_v, id, std::move(holds));
    return *member;
  }

  void gone(pool_member& member) {
    report(member, link_state::gone);
    send(registry, gone_atom_v, member.id);
  }

  void report(pool_member& member, link_state state, bool process = true) {
    link_status status;
    status.id = member.id;
    status.url = "http://" + member.id;
    status.state = state;
    caf::anon_send(balancer, notify_atom_v, status, ssp_link_actor{member.link});
    if (process) run();
  }

  void answer_held(pool_member& member) {
    within(member.link, [&member] {
      member.held.front().deliver(value{"shown"});
      member.held.pop_front();
    });
  }

  result<view_assignment> enroll(const std::string& id) {
    return ask<view_assignment>(registry, register_atom_v, query_of(id));
  }
  /// Each view has a query of its own: equal ones would share an SSP.
  static registration_ptr query_of(const std::string& id) {
    return view_of(id, "SELECT * FROM " + id);
  }
  result<ack> remove(const std::string& id) { return ask<ack>(registry, unregister_atom_v, id); }
  std::size_t views() { return ask<placement_status>(registry, status_atom_v)->views; }
  std::string noted_ssp(const std::string& id) {
    const auto* note = notes.find(id);
    return note == nullptr ? "no note" : std::string{(*note)["ssp"].as_string()};
  }
  void note(const std::string& id, const std::string& ssp_id, std::int64_t activity = 0) {
    placement noted;
    noted.registration = view_of(id, "SELECT * FROM " + id);
    noted.ssp_id = ssp_id;
    noted.epoch = 7;
    noted.activity = activity;
    noted.state = ssp_id.empty() ? placement_state::waiting : placement_state::placed;
    notes.set(id, to_note(noted));
  }
  result<view_assignment> owner(const std::string& id) {
    return ask<view_assignment>(registry, owner_atom_v, id);
  }
  drain_progress drain(const std::string& ssp_id) {
    const auto progress = ask<drain_progress>(registry, drain_atom_v, ssp_id);
    REQUIRE(progress.ok());
    return *progress;
  }

  replica_keeper_actor replica;
  load_balancer_actor balancer;
  view_registry_actor registry;
  std::map<std::string, std::unique_ptr<pool_member>> pool;
  object notes;
  object meta;
  bool full = false;
  std::size_t at_once = 32;
  std::size_t moves_per_sec = 0;
};

}  // namespace

TEST_CASE("a view is placed on a ready SSP, and its note is durable when that is answered") {
  registering world;
  world.start();
  CHECK(code_of(world.enroll("v")) == errc::not_ready);
  world.ready("a");
  const auto placed = world.enroll("v");
  REQUIRE(placed.ok());
  CHECK(placed->query_id == "v");
  CHECK(placed->ssp_id == "a");
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
  for (const auto* id : {"v1", "v2", "v3", "v4"}) CHECK(world.enroll(id).ok());
  CHECK(a.registered.size() == 2);
  CHECK(b.registered.size() == 2);
  const auto home = world.noted_ssp("v1");
  for (int i = 0; i < 5; ++i) CHECK(world.enroll("v1")->ssp_id == home);
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
        world.ask_later<view_assignment>(world.registry, register_atom_v, world.query_of("v"));
    const auto removing = world.ask_later<ack>(world.registry, unregister_atom_v, std::string{"v"});
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
    const auto removing = world.ask_later<ack>(world.registry, unregister_atom_v, std::string{"v"});
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
    return world.ask_later<view_assignment>(world.registry, register_atom_v, world.query_of("v"));
  };
  const auto first = ask();
  const auto removing = world.ask_later<ack>(world.registry, unregister_atom_v, std::string{"v"});
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
  CHECK(code_of(world.ask<view_assignment>(world.registry, register_atom_v, other)) ==
        errc::already_exists);
  world.gone(a);
  CHECK(code_of(world.ask<view_assignment>(world.registry, register_atom_v, other)) ==
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
        second);
  world.start();
  world.gone(b);
  world.ready("b");
  CHECK(b.epochs["v"] > second);
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
  CHECK(world.owner("v")->ssp_id == "a");
  auto& b = world.ready("b", {}, true);
  world.advance(1s, 100ms);
  CHECK(b.registered.size() == 2);
  CHECK(world.owner("v")->ssp_id == "a");
  CHECK(a.released.empty());
  CHECK(world.drain("a").obstacle.empty());
  const auto fresh =
      world.ask_later<view_assignment>(world.registry, register_atom_v, world.query_of("x"));
  while (!b.held.empty()) world.answer_held(b);
  REQUIRE(code_of(fresh) == errc::none);
  CHECK((**fresh)->ssp_id == "b");
  CHECK(world.drain("a").views == 0);
  CHECK(world.owner("v")->ssp_id == "b");
  CHECK(a.released.size() == 2);
  CHECK(a.released_epochs["v"] == epoch);
  CHECK(b.epochs["v"] > epoch);
  CHECK(a.unregistered.empty());
  CHECK_FALSE(a.left);
  CHECK(world.ask<ack>(world.registry, leave_atom_v, std::string{"a"}).ok());
  CHECK(a.left);
  CHECK(code_of(world.ask<ack>(world.registry, leave_atom_v, std::string{"z"})) == errc::not_found);
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
  CHECK(world.owner("v")->ssp_id == "b");
  CHECK(b.epochs["v"] > doubtful);
}

TEST_CASE("an SSP that lost a race for a view drops it, and keeps what is newer") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  CHECK(world.enroll("v").ok());
  auto& b = world.ready("b");
  world.gone(a);
  REQUIRE(world.owner("v")->ssp_id == "b");
  // The zombie comes back and says what it holds.
  world.ready("a", {"v"});
  CHECK(a.released == names{"v"});
  CHECK(a.released_epochs["v"] < b.epochs["v"]);
  CHECK(a.released_epochs["v"] >= a.epochs["v"]);
  CHECK(a.unregistered.empty());
  CHECK(b.released.empty());
}

// -- balancing ------------------------------------------------------------------------------------

TEST_CASE("equal queries go to the SSP that has them") {
  registering world;
  world.start();
  world.ready("a");
  world.ready("b");
  const auto equal = [&world](const std::string& id) {
    return world.ask<view_assignment>(world.registry, register_atom_v, view_of(id))->ssp_id;
  };
  const auto home = equal("one");
  for (const auto* id : {"two", "three", "four"}) CHECK(equal(id) == home);
  CHECK(world.enroll("other")->ssp_id != home);
}

TEST_CASE("an SSP that joins gets its share, at the pace that is set") {
  registering world;
  world.moves_per_sec = 2;
  world.start();
  auto& a = world.ready("a");
  for (int i = 0; i < 10; ++i) CHECK(world.enroll("v" + std::to_string(i)).ok());
  world.advance(2s, 50ms);
  auto& b = world.ready("b");
  CHECK(b.registered.empty());
  world.advance(1s, 50ms);
  CHECK(b.registered.size() >= 1);
  CHECK(b.registered.size() <= 3);
  world.advance(5s, 50ms);
  CHECK(b.registered.size() == 5);
  CHECK(a.released == b.registered);
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
    asked.push_back(world.begin_ask<view_assignment>(world.registry, register_atom_v,
                                                     world.query_of("v" + std::to_string(i))));
  world.run();
  CHECK(a.registered.size() == 4);
  CHECK(b.registered.size() == 4);
}
