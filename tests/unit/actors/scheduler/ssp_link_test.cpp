#include "actors/scheduler/ssp_link.hpp"

#include "actors/scheduler/load_balancer.hpp"
#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/fake_coordinator.hpp"
#include "tests/unit/machines/samples.hpp"

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

using fake_peer = ssp_peer::extend<runs_steps>;

constexpr ssp_link_config limits{.poll_interval = 1s,
                                 .heartbeat_timeout = 5s,
                                 .bootstrap_timeout = 30s,
                                 .delivery_timeout = 2s,
                                 .max_buffered = 100,
                                 .batch_changes = 10};

/// A link between a scheduler that listens and an SSP that does as it is told.
struct linked : det {
  linked() {
    auto coordinator = spawn([this](coordinator_actor::pointer) { return listen(told); });
    auto registry = spawn([this](
                              view_registry_actor::pointer) -> view_registry_actor::behavior_type {
      return {
          [](register_view_atom, const registration_ptr&) {
            return unexpected<view_assignment>("a view");
          },
          [](unregister_view_atom, const view_claim&) { return unexpected<ack>("a view's end"); },
          [this](ready_atom, const ssp_id& id, const std::vector<view_id>& views) {
            readied.emplace_back(id, views);
          },
          [this](gone_atom, const ssp_id& id) { gone.push_back(id); },
          [](owner_atom, const view_id&) { return unexpected<view_assignment>("an owner"); },
          [](drain_ssp_atom, const ssp_id&) { return unexpected<drain_progress>("a drain"); },
          [](leave_atom, const ssp_id&) { return unexpected<ack>("a leave"); },
          [](placement_status_atom) { return placement_status{}; },
          [](place_again_atom) { unexpected_note("a retry"); },
          [](rebalance_atom) { unexpected_note("a poll"); }};
    });
    balancer = spawn(load_balancer, config::load_balance::least_queries);
    peer = spawn([this](fake_peer::pointer self) { return peer_behaviour(self); });
    parts = {peer, coordinator, balancer, registry};
  }

  fake_peer::behavior_type peer_behaviour(fake_peer::pointer self) {
    return {[this](health_atom) -> caf::result<ssp_health> {
              if (unreachable) return to_caf(*unreachable);
              return health;
            },
            [this, self](deliver_log_atom, const log_slice& slice) -> caf::result<sequence_number> {
              delivered.push_back(slice);
              if (refusal) return to_caf(*refusal);
              if (!hold) return slice.last;
              held.push_back(self->make_response_promise<sequence_number>());
              return held.back();
            },
            [](register_view_atom, const registration_ptr& view) { return value{view->id.raw()}; },
            [](unregister_view_atom, const view_claim&) { return ack{}; },
            [this](release_view_atom, const view_release& view) {
              released.push_back(view.claim.id);
              return ack{};
            },
            run_step()};
  }

  std::vector<view_id> released;

  void admit(const ssp_admission& admission, std::vector<log_slice> since,
             table_interest tables = std::nullopt) {
    ssp_registration who;
    who.id = "a";
    who.url = "http://a";
    who.views = {"v"};
    who.tables = std::move(tables);
    link = spawn(ssp_link, parts, limits, who, admission, std::move(since));
    run();
  }
  void join(sequence_number seq = 0, std::vector<log_slice> since = {}) {
    admit({seq, false, "log", 1}, std::move(since));
  }
  void become_ready() {
    health.ready = true;
    advance(100ms);
    REQUIRE(state() == link_state::ready);
  }
  link_state state() const { return told.links.back().state; }
  result<ack> beat() {
    return ask<ack>(link, heartbeat_atom_v, ssp_heartbeat{"a", 3, 0.5, 7, {}, {}, {}});
  }
  void durable(sequence_number first, sequence_number last) {
    send(link, durable_atom_v, slice(first, last));
  }
  /// The SSP takes what was held.
  void take_held(sequence_number applied) {
    within(peer, [this, applied] {
      held.front().deliver(applied);
      held.pop_front();
    });
  }
  bool alive() { return ask<link_status>(link, link_status_atom_v).ok(); }

  told_coordinator told;
  std::vector<std::pair<ssp_id, std::vector<view_id>>> readied;
  std::vector<ssp_id> gone;
  load_balancer_actor balancer;
  fake_peer peer;
  ssp_link_parts parts;
  ssp_link_actor link;

  ssp_health health;
  std::optional<error> unreachable;
  std::optional<error> refusal;
  bool hold = false;
  std::deque<caf::typed_response_promise<sequence_number>> held;
  std::vector<log_slice> delivered;
};

std::vector<std::pair<sequence_number, sequence_number>> places(
    const std::vector<log_slice>& slices) {
  std::vector<std::pair<sequence_number, sequence_number>> out;
  for (const auto& slice : slices) out.emplace_back(slice.first, slice.last);
  return out;
}
using place_list = std::vector<std::pair<sequence_number, sequence_number>>;

}  // namespace

TEST_CASE("I2: an SSP is sent what it missed before what is new, in order, then is ready") {
  linked world;
  world.join(5, {slice(6, 7)});
  CHECK(world.state() == link_state::bootstrapping);
  world.durable(8, 9);
  world.advance(2s, 100ms);
  CHECK(world.delivered.empty());
  CHECK(code_of(world.ask<value>(world.link, register_view_atom_v, view_of("v"))) ==
        errc::not_ready);

  world.hold = true;
  world.health.ready = true;
  world.advance(1s, 100ms);
  CHECK(world.state() == link_state::replaying);
  CHECK(code_of(world.ask<value>(world.link, register_view_atom_v, view_of("v"))) ==
        errc::not_ready);
  world.durable(10, 12);
  CHECK(places(world.delivered) == place_list{{6, 9}});
  world.take_held(9);
  CHECK(places(world.delivered) == place_list{{6, 9}, {10, 12}});
  CHECK(world.readied.empty());
  world.take_held(12);
  CHECK(world.state() == link_state::ready);
  REQUIRE(world.readied.size() == 1);
  CHECK(world.readied[0].first == "a");
  CHECK(world.readied[0].second == std::vector<view_id>{"v"});
  CHECK(*world.ask<value>(world.link, register_view_atom_v, view_of("v")) == value{"v"});
  world.hold = false;
  world.durable(13, 13);
  CHECK(places(world.delivered).back() == std::pair<sequence_number, sequence_number>{13, 13});
}

TEST_CASE("one delivery is in flight at a time; what comes meanwhile goes together") {
  linked world;
  world.join();
  world.become_ready();
  world.hold = true;
  for (sequence_number seq = 1; seq <= 25; ++seq) world.durable(seq, seq);
  CHECK(places(world.delivered) == place_list{{1, 1}});
  world.take_held(1);
  world.take_held(11);
  world.take_held(21);
  CHECK(places(world.delivered) == place_list{{1, 1}, {2, 11}, {12, 21}, {22, 25}});
}

TEST_CASE("an SSP that says it is ready in a heartbeat is not kept waiting for the poll") {
  linked world;
  world.join();
  world.advance(200ms);
  world.health.ready = true;
  CHECK(world.beat().ok());
  CHECK(world.state() == link_state::ready);
}

TEST_CASE("what comes in the pause after a quick bootstrap is delivered without further news") {
  linked world;
  world.health.ready = true;
  world.join();
  REQUIRE(world.beat().ok());
  world.run();
  REQUIRE(world.state() == link_state::ready);
  world.durable(1, 1);
  world.run();
  world.advance(1s);
  CHECK(places(world.delivered) == place_list{{1, 1}});
}

TEST_CASE("a bootstrap that fails or takes too long ends the link") {
  linked world;
  world.join();
  SUBCASE("fails") {
    world.health.failed = true;
    world.advance(100ms);
  }
  SUBCASE("takes too long") {
    world.advance(29s, 1s);
    CHECK(world.state() == link_state::bootstrapping);
    world.advance(3s, 1s);
  }
  CHECK(world.state() == link_state::gone);
  CHECK(world.gone == std::vector<ssp_id>{"a"});
  CHECK_FALSE(world.alive());
}

TEST_CASE("an SSP that takes too little overflows: its heartbeat is answered with conflict") {
  linked world;
  world.join();
  world.become_ready();
  world.hold = true;
  for (sequence_number first = 1; first <= 101; first += 10) world.durable(first, first + 9);
  CHECK(world.state() == link_state::overflowed);
  CHECK(code_of(world.beat()) == errc::conflict);
  CHECK(code_of(world.ask<value>(world.link, register_view_atom_v, view_of("v"))) ==
        errc::not_ready);
  const auto sent = world.delivered.size();
  world.take_held(10);
  world.durable(111, 111);
  world.advance(3s, 100ms);
  CHECK(world.delivered.size() == sent);
  CHECK(world.state() == link_state::overflowed);
}

TEST_CASE("more behind the snapshot than fits: never ready with a gap, but bootstrapped again") {
  linked world;
  world.health.ready = true;
  world.join(0, {slice(1, 60), slice(61, 120)});
  world.advance(2s, 100ms);
  CHECK(world.state() == link_state::overflowed);
  CHECK(world.readied.empty());
  CHECK(world.delivered.empty());
  CHECK(code_of(world.beat()) == errc::conflict);
}

TEST_CASE("a delivery that fails is repeated, ever more slowly, until it is taken") {
  linked world;
  world.join();
  world.become_ready();
  world.refusal = fail(errc::unavailable, "connection refused");
  world.durable(1, 2);
  CHECK(world.delivered.size() == 1);
  world.durable(3, 3);
  CHECK(world.delivered.size() == 1);
  for (int second = 0; second < 20; ++second) {
    world.advance(1s, 50ms);
    CHECK(world.beat().ok());
  }
  const auto tries = world.delivered.size();
  CHECK(tries >= 12);
  CHECK(tries <= 26);
  world.refusal.reset();
  world.advance(2s, 50ms);
  CHECK(world.delivered.size() == tries + 1);
  CHECK(places(world.delivered).back() == std::pair<sequence_number, sequence_number>{1, 3});
  CHECK(world.state() == link_state::ready);
}

TEST_CASE("a delivery that is not answered is sent again after its time limit") {
  linked world;
  world.join();
  world.become_ready();
  world.hold = true;
  world.durable(1, 1);
  world.advance(2'500ms, 50ms);
  CHECK(places(world.delivered) == place_list{{1, 1}, {1, 1}});
}

TEST_CASE("an SSP that misses changes is told to bootstrap again") {
  linked world;
  world.join();
  world.become_ready();
  world.refusal = fail(errc::conflict, "changes 1 to 4 are missing");
  world.durable(5, 5);
  CHECK(world.state() == link_state::overflowed);
  CHECK(code_of(world.beat()) == errc::conflict);
}

TEST_CASE("an SSP without heartbeats is gone") {
  linked world;
  world.join();
  world.become_ready();
  world.advance(4s, 100ms);
  CHECK(world.beat().ok());
  world.advance(4s, 100ms);
  CHECK(world.state() == link_state::ready);
  world.advance(3s, 100ms);
  CHECK(world.state() == link_state::gone);
  CHECK(world.gone == std::vector<ssp_id>{"a"});
}

TEST_CASE("an SSP whose heartbeat is overdue is gone early if its process has ended") {
  linked world;
  world.join();
  world.become_ready();
  CHECK(world.beat().ok());
  SUBCASE("nothing listens any more") {
    world.unreachable = fail(errc::unavailable, "a: connection refused");
    world.advance(2400ms, 100ms);
    CHECK(world.state() == link_state::ready);
    world.advance(1s, 100ms);
    CHECK(world.state() == link_state::gone);
    CHECK(world.gone == std::vector<ssp_id>{"a"});
  }
  SUBCASE("it comes back between two looks") {
    world.unreachable = fail(errc::unavailable, "a: connection refused");
    world.advance(2700ms, 100ms);
    world.unreachable.reset();
    world.advance(1s, 100ms);
    world.unreachable = fail(errc::unavailable, "a: connection refused");
    world.advance(500ms, 100ms);
    CHECK(world.beat().ok());
    world.advance(2400ms, 100ms);
    CHECK(world.state() == link_state::ready);
  }
  SUBCASE("it is only slow") {
    world.unreachable = fail(errc::timeout, "a: no answer within 1 s");
    world.advance(4900ms, 100ms);
    CHECK(world.state() == link_state::ready);
    world.advance(300ms, 100ms);
    CHECK(world.state() == link_state::gone);
  }
}

TEST_CASE("a scheduler that was stopped does not take its SSPs for dead") {
  linked world;
  world.join();
  world.become_ready();
  CHECK(world.beat().ok());
  // Nothing runs for a minute: the heartbeats of that time wait outside.
  world.advance(60s, 60s);
  CHECK(world.state() == link_state::ready);
  SUBCASE("one that lives goes on") {
    CHECK(world.beat().ok());
    world.advance(4s, 100ms);
    CHECK(world.state() == link_state::ready);
  }
  SUBCASE("one that is dead is gone after the usual time") {
    world.advance(4s, 100ms);
    CHECK(world.state() == link_state::ready);
    world.advance(3s, 100ms);
    CHECK(world.state() == link_state::gone);
  }
}

TEST_CASE("there is one tick per interval, whatever states the link went through") {
  linked world;
  world.join(0, {slice(1, 1)});
  world.become_ready();
  const auto before = world.told.links.size();
  for (int second = 0; second < 4; ++second) {
    world.advance(1s, 100ms);
    CHECK(world.beat().ok());
  }
  // Each tick and each heartbeat is told.
  CHECK(world.told.links.size() - before == 8);
}

namespace {

log_slice mixed(sequence_number first, const std::vector<std::string>& tables) {
  std::vector<change> changes;
  for (const auto& table : tables)
    changes.push_back(put(first + changes.size(), table, static_cast<std::int64_t>(first.raw())));
  return slice_of(std::move(changes));
}

/// "first..last:table table"
std::string text(const log_slice& slice) {
  auto out = std::to_string(slice.first.raw()) + ".." + std::to_string(slice.last.raw()) + ":";
  for (const auto& batch : *slice.batches)
    for (const auto& c : batch.changes) out += c.id.table + " ";
  return out;
}
std::vector<std::string> texts(const std::vector<log_slice>& slices) {
  std::vector<std::string> out;
  for (const auto& slice : slices) out.push_back(text(slice));
  return out;
}
using text_list = std::vector<std::string>;

struct interested : linked {
  interested() {
    admit({10, false, "log", 1}, {}, std::vector<table_name>{"t"});
    become_ready();
  }
  result<sequence_number> want(std::uint64_t revision, std::vector<table_name> tables) {
    return ask<sequence_number>(link, interest_atom_v,
                                ssp_interest{"a", "", revision, std::move(tables)});
  }
  void durable(const log_slice& slice) { send(link, durable_atom_v, slice); }
};

}  // namespace

TEST_CASE("interest: only changes of the tables an SSP needs are sent, and no seq is skipped") {
  interested world;
  world.durable(mixed(11, {"u", "t", "u"}));
  CHECK(texts(world.delivered) == text_list{"11..13:t "});
  CHECK(world.delivered[0].epoch == 1);
  world.durable(mixed(14, {"u"}));
  world.durable(mixed(15, {"u", "u"}));
  CHECK(world.delivered.size() == 1);
  world.durable(mixed(17, {"t"}));
  CHECK(texts(world.delivered) == text_list{"11..13:t ", "14..17:t "});
}

TEST_CASE("interest: stretches without a relevant change are told as one, soon, and fill nothing") {
  interested world;
  for (sequence_number seq = 11; seq <= 1'010; ++seq) world.durable(mixed(seq, {"u"}));
  CHECK(world.delivered.empty());
  CHECK(world.state() == link_state::ready);
  world.advance(60ms);
  CHECK(texts(world.delivered) == text_list{"11..1010:"});
  world.advance(1s, 50ms);
  CHECK(world.delivered.size() == 1);
}

TEST_CASE("interest that grows is answered with the place from which on nothing is left out") {
  interested world;
  world.hold = true;
  world.durable(mixed(11, {"t", "u"}));
  world.durable(mixed(13, {"u", "t"}));
  const auto from = world.want(1, {"t", "u"});
  REQUIRE(from.ok());
  CHECK(*from == 14);
  world.durable(mixed(15, {"u", "t", "w"}));
  world.take_held(12);
  CHECK(texts(world.delivered) == text_list{"11..12:t ", "13..17:t u t "});
}

TEST_CASE("interest: what was held back goes at once when the SSP asks for more") {
  interested world;
  world.durable(mixed(11, {"u"}));
  CHECK(*world.want(1, {"u"}) == 11);
  CHECK(texts(world.delivered) == text_list{"11..11:"});
  world.durable(mixed(12, {"t"}));
  world.durable(mixed(13, {"u"}));
  CHECK(texts(world.delivered) == text_list{"11..11:", "12..13:u "});
}

TEST_CASE("interest: a statement that comes late changes nothing") {
  interested world;
  CHECK(world.want(2, {"t", "u"}).ok());
  CHECK(code_of(world.want(1, {"t"})) == errc::conflict);
  world.durable(mixed(11, {"u"}));
  CHECK(texts(world.delivered) == text_list{"11..11:u "});
}

TEST_CASE("an SSP that resumes is sent what it missed and is ready, without a health poll") {
  linked world;
  world.admit({5, true, "log", 3}, {slice(6, 8)});
  CHECK(world.state() == link_state::replaying);
  world.durable(9, 9);
  CHECK(world.delivered.empty());
  world.advance(100ms);
  CHECK(places(world.delivered) == place_list{{6, 9}});
  CHECK(world.state() == link_state::ready);
  REQUIRE(world.readied.size() == 1);
  CHECK(world.readied[0].second == std::vector<view_id>{"v"});
}

TEST_CASE("an SSP that resumes and missed nothing is ready") {
  linked world;
  world.admit({5, true, "log", 3}, {});
  world.advance(100ms);
  CHECK(world.state() == link_state::ready);
  CHECK(world.delivered.empty());
}

TEST_CASE("a view that the SSP could not restore is not counted on") {
  linked world;
  world.join();
  ssp_heartbeat beat;
  beat.id = "a";
  beat.lost = {"v"};
  CHECK(world.ask<ack>(world.link, heartbeat_atom_v, beat).ok());
  world.become_ready();
  REQUIRE(world.readied.size() == 1);
  CHECK(world.readied[0].second.empty());
}

TEST_CASE("a link that is replaced goes without a word") {
  linked world;
  world.join();
  world.become_ready();
  world.send(world.link, close_link_atom_v);
  CHECK_FALSE(world.alive());
  CHECK(world.gone.empty());
  CHECK(world.state() == link_state::ready);
}
