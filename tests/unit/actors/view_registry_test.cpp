#include "actors/scheduler/view_registry.hpp"

#include "actors/scheduler/load_balancer.hpp"
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
                     view_registry_config{.retry_interval = 1s, .grace = 20s});
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
              CHECK(family == "views");
              if (full) return to_caf(fail(errc::io_error, "no space"));
              notes.set(key, note);
              return ack{};
            },
            [this](caf::delete_atom, const std::string&, const std::string& key) {
              notes.erase(key);
              return ack{};
            },
            [this](caf::get_atom, const std::string&) { return value{notes}; },
            [](retry_atom) { unexpected_note("a retry"); },
            [](status_atom) { return sequence_number{0}; }};
  }

  fake_link::behavior_type link_behaviour(fake_link::pointer self, pool_member& member) {
    return {[](durable_atom, const log_slice&) { unexpected_note("changes"); },
            [](heartbeat_atom, const ssp_heartbeat&) { return unexpected<ack>("a heartbeat"); },
            [self, &member](register_atom, const registration_ptr& view) -> caf::result<value> {
              member.registered.push_back(view->id);
              if (member.refusal) return to_caf(*member.refusal);
              if (!member.hold) return value{"shown by " + member.id};
              member.held.push_back(self->make_response_promise<value>());
              return member.held.back();
            },
            [&member](unregister_atom, const view_claim& view) -> caf::result<ack> {
              member.unregistered.push_back(view.id);
              if (member.refusal) return to_caf(*member.refusal);
              return ack{};
            },
            [&member](release_atom, const view_claim& view) {
              member.released.push_back(view.id);
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
  pool_member& ready(const std::string& id, names holds = {}) {
    auto& member = pool[id];
    if (!member) {
      member = std::make_unique<pool_member>();
      member->id = id;
      member->link = spawn(
          [this, m = member.get()](fake_link::pointer self) { return link_behaviour(self, *m); });
    }
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
    return ask<view_assignment>(registry, register_atom_v, view_of(id));
  }
  result<ack> remove(const std::string& id) { return ask<ack>(registry, unregister_atom_v, id); }
  std::size_t views() { return ask<placement_status>(registry, status_atom_v)->views; }
  std::string noted_ssp(const std::string& id) {
    const auto* note = notes.find(id);
    return note == nullptr ? "no note" : std::string{(*note)["ssp"].as_string()};
  }
  void note(const std::string& id, const std::string& ssp_id) {
    notes.set(id, to_note(*view_of(id), ssp_id));
  }

  replica_keeper_actor replica;
  load_balancer_actor balancer;
  view_registry_actor registry;
  std::map<std::string, std::unique_ptr<pool_member>> pool;
  object notes;
  bool full = false;
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

TEST_CASE("a view removed while its SSP is away is dropped when that comes back") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  CHECK(world.enroll("v").ok());
  world.report(a, link_state::overflowed);
  CHECK(world.remove("v").ok());
  CHECK(a.unregistered.empty());
  world.ready("a", {"v"});
  CHECK(a.unregistered == names{"v"});
}

TEST_CASE("a view removed while it is being placed does not come back") {
  registering world;
  world.start();
  auto& a = world.ready("a");
  SUBCASE("by a client's registration") {
    a.hold = true;
    const auto placing =
        world.ask_later<view_assignment>(world.registry, register_atom_v, view_of("v"));
    CHECK(world.remove("v").ok());
    world.answer_held(a);
    CHECK(code_of(placing) == errc::not_found);
    CHECK(a.unregistered == names{"v"});
  }
  SUBCASE("by a move") {
    CHECK(world.enroll("v").ok());
    auto& b = world.ready("b");
    b.hold = true;
    world.gone(a);
    REQUIRE(b.registered == names{"v"});
    CHECK(world.remove("v").ok());
    world.answer_held(b);
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
  const auto first =
      world.ask_later<view_assignment>(world.registry, register_atom_v, view_of("v"));
  CHECK(world.remove("v").ok());
  const auto second =
      world.ask_later<view_assignment>(world.registry, register_atom_v, view_of("v"));
  world.answer_held(a);
  world.answer_held(a);
  CHECK(code_of(second) == errc::none);
  CHECK(a.unregistered.empty());
  CHECK(world.views() == 1);
  CHECK(world.noted_ssp("v") == "a");
}
