#include "machines/pool/ssp_link.hpp"

#include "tests/unit/machines/samples.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

constexpr ssp_link_config limits{.poll_interval = 1s,
                                 .heartbeat_timeout = 5s,
                                 .bootstrap_timeout = 30s,
                                 .delivery_timeout = 2s,
                                 .max_buffered = 100,
                                 .batch_changes = 10};
constexpr timestamp start{1h};

using names = std::vector<std::string>;
using view_ids = std::vector<view_id>;

// -- effects as text ----------------------------------------------------------------------------

struct text_of {
  std::string operator()(const link_effect::deliver& e) const {
    return "deliver " + std::to_string(e.slice.first.raw()) + ".." +
           std::to_string(e.slice.last.raw());
  }
  std::string operator()(const link_effect::ask_health&) const { return "ask health"; }
  std::string operator()(const link_effect::report&) const { return "report"; }
  std::string operator()(const link_effect::ready& e) const {
    std::string text = "ready with";
    for (const auto& view : e.held) text += " " + view;
    return text;
  }
  std::string operator()(const link_effect::gone&) const { return "gone"; }
  std::string operator()(const link_effect::tick_after& e) const {
    return "tick after " + std::to_string(e.pause / 1ms) + " ms";
  }
  /// The pause is jittered: the number of the attempt is what matters.
  std::string operator()(const link_effect::repeat_after& e) const {
    return "repeat " + std::to_string(e.attempt) + (e.pause > 0s ? " later" : " at once");
  }
  std::string operator()(const link_effect::flush_after& e) const {
    return "flush after " + std::to_string(e.pause / 1ms) + " ms";
  }
  std::string operator()(const link_effect::answer& e) const {
    return e.what.ok() ? "answer " + std::to_string(e.what->raw())
                       : "refuse " + std::string{error_text(e.what.failure().code)};
  }
  std::string operator()(const say&) const { return "say"; }
};

/// What is done, in order; what is only told to people left out.
names texts(const link_effects& effects) {
  names out;
  for (const auto& effect : effects)
    if (!std::holds_alternative<say>(effect)) out.push_back(std::visit(text_of{}, effect));
  return out;
}

// -- a link in each state -----------------------------------------------------------------------

struct linked {
  explicit linked(bool resumes = false, std::vector<log_slice> since = {})
      : link(limits, registration(), {5, resumes, "log", 1}, 1) {
    began = texts(link.begin(since, now));
    now += 100ms;
  }
  static ssp_registration registration() {
    ssp_registration who;
    who.id = "a";
    who.views = {"v", "w"};
    return who;
  }

  names on(const link_event::any& event) { return texts(link.on(event, now)); }
  link_state state() const { return link.status().state; }

  timestamp now = start;
  link_lifecycle link;
  names began;
};

ssp_health healthy(bool ready) {
  ssp_health health;
  health.ready = ready;
  return health;
}
ssp_health broken() {
  ssp_health health;
  health.failed = true;
  return health;
}
link_event::heartbeat beat(view_ids lost = {}) {
  ssp_heartbeat said;
  said.id = "a";
  said.views = 3;
  said.lost = std::move(lost);
  return {said};
}
link_event::interest wants(std::uint64_t revision, std::vector<table_name> tables) {
  return {{"a", "", revision, std::move(tables)}};
}
link_event::undelivered refused(errc code) { return {fail(code, "no")}; }

/// Brings a fresh link into a state; in each that delivers, 6..7 is in flight.
linked in(link_state state) {
  linked world{state == link_state::replaying};
  switch (state) {
    case link_state::bootstrapping:
      return world;
    case link_state::replaying:
      world.on(link_event::durable{slice(6, 7)});
      return world;
    case link_state::ready:
    case link_state::draining:
      world.on(link_event::healthy{healthy(true)});
      world.on(link_event::durable{slice(6, 7)});
      if (state == link_state::draining) world.on(link_event::drain{});
      return world;
    case link_state::overflowed:
      for (sequence_number first = 6; first < 126; first += 60)
        world.on(link_event::durable{slice(first, first + 59)});
      return world;
    case link_state::gone:
      world.on(link_event::leave{});
      return world;
  }
  return world;
}

/// In this state this event leads to that state, and has that done.
struct row {
  link_state from;
  link_event::any event;
  link_state to;
  names effects;
};

void check(const std::vector<row>& table) {
  for (const auto& [from, event, to, effects] : table) {
    CAPTURE(to_string(from));
    CAPTURE(event.index());
    auto world = in(from);
    REQUIRE(world.state() == from);
    const auto done = world.on(event);
    CHECK(done == effects);
    CHECK(world.state() == to);
  }
}

constexpr auto bootstrapping = link_state::bootstrapping;
constexpr auto replaying = link_state::replaying;
constexpr auto ready = link_state::ready;
constexpr auto draining = link_state::draining;
constexpr auto overflowed = link_state::overflowed;
constexpr auto gone = link_state::gone;

}  // namespace

TEST_CASE("a link begins by reporting itself, and looks when the SSP has read its admission") {
  const names first{"report", "tick after 50 ms"};
  CHECK(linked{}.began == first);
  CHECK(linked{}.state() == bootstrapping);
  CHECK(linked{true}.began == first);
  CHECK(linked{true}.state() == replaying);
  const linked flooded{false, {slice(6, 65), slice(66, 125)}};
  CHECK(flooded.state() == overflowed);
  CHECK(flooded.began == names{"report", "tick after 50 ms", "report"});
}

TEST_CASE("the log: buffered while the SSP bootstraps, then one delivery at a time") {
  check({
      {bootstrapping, link_event::durable{slice(6, 7)}, bootstrapping, {}},
      {replaying, link_event::durable{slice(8, 9)}, replaying, {}},
      {ready, link_event::durable{slice(8, 9)}, ready, {}},
      {draining, link_event::durable{slice(8, 9)}, draining, {}},
      {overflowed, link_event::durable{slice(126, 126)}, overflowed, {}},
      {gone, link_event::durable{slice(6, 7)}, gone, {}},
  });
}

TEST_CASE("more than fits: the SSP must bootstrap again") {
  for (const auto state : {replaying, ready, draining}) {
    CAPTURE(to_string(state));
    auto world = in(state);
    CHECK(world.on(link_event::durable{slice(8, 106)}) == names{"report"});
    CHECK(world.state() == overflowed);
    CHECK(world.on(link_event::delivered{7}).empty());
  }
}

TEST_CASE("an acknowledged delivery is followed by the next, or by Ready") {
  check({
      {bootstrapping, link_event::delivered{7}, bootstrapping, {}},
      {replaying, link_event::delivered{7}, ready, {"report", "ready with v w"}},
      {ready, link_event::delivered{7}, ready, {}},
      {draining, link_event::delivered{7}, draining, {}},
      {overflowed, link_event::delivered{7}, overflowed, {}},
      {gone, link_event::delivered{7}, gone, {}},
  });
  for (const auto state : {replaying, ready, draining}) {
    CAPTURE(to_string(state));
    auto world = in(state);
    world.on(link_event::durable{slice(8, 9)});
    CHECK(world.on(link_event::delivered{7}) == names{"deliver 8..9"});
    CHECK(world.state() == state);
    CHECK(world.link.status().acked == 7);
    CHECK(world.link.status().sent == 9);
  }
}

TEST_CASE("a refused delivery is repeated; one with a gap ends in Overflowed") {
  const auto away = refused(errc::unavailable);
  const auto gap = refused(errc::conflict);
  check({
      {bootstrapping, away, bootstrapping, {}},
      {replaying, away, replaying, {"repeat 1 later"}},
      {ready, away, ready, {"repeat 1 later"}},
      {draining, away, draining, {"repeat 1 later"}},
      {overflowed, away, overflowed, {}},
      {bootstrapping, gap, bootstrapping, {}},
      {replaying, gap, overflowed, {"report"}},
      {ready, gap, overflowed, {"report"}},
      {draining, gap, overflowed, {"report"}},
      {overflowed, gap, overflowed, {}},
      {gone, gap, gone, {}},
  });
}

TEST_CASE("a repetition waits for its pause, whatever else happens; an older one is void") {
  auto world = in(ready);
  world.on(refused(errc::unavailable));
  CHECK(world.on(link_event::durable{slice(8, 8)}).empty());
  CHECK(world.on(link_event::repeat{1}).empty());
  world.now += 2s;
  CHECK(world.on(link_event::repeat{0}).empty());
  CHECK(world.on(link_event::repeat{1}) == names{"deliver 6..8"});
  CHECK(world.on(refused(errc::timeout)) == names{"repeat 2 later"});
}

TEST_CASE("log that does not concern a Ready SSP waits a moment; for a Draining one it does not") {
  const auto narrowed = [](link_state state) {
    auto world = in(state);
    world.on(link_event::delivered{7});
    world.on(wants(1, {"other"}));
    return world;
  };
  auto live = narrowed(ready);
  CHECK(live.on(link_event::durable{slice(8, 8)}) == names{"flush after 50 ms"});
  CHECK(live.on(link_event::durable{slice(9, 9)}).empty());
  CHECK(live.on(link_event::flush{}) == names{"deliver 8..9"});
  CHECK(narrowed(draining).on(link_event::durable{slice(8, 8)}) == names{"deliver 8..8"});
}

TEST_CASE("interest is answered with the place it holds from, and held-back log goes at once") {
  const auto more = wants(1, {"t", "u"});
  check({
      {bootstrapping, more, bootstrapping, {"answer 5"}},
      {replaying, more, replaying, {"answer 7"}},
      {ready, more, ready, {"answer 7"}},
      {draining, more, draining, {"answer 7"}},
      {overflowed, more, overflowed, {"refuse NOT_READY"}},
      {gone, more, gone, {}},
  });
  for (const auto state : {bootstrapping, replaying, ready, draining}) {
    CAPTURE(to_string(state));
    auto world = in(state);
    world.on(wants(2, {"t"}));
    CHECK(world.on(wants(2, {"u"})) == names{"refuse CONFLICT"});
  }
}

TEST_CASE("heartbeats are answered; a bootstrapping SSP that beats is asked whether it is ready") {
  check({
      {bootstrapping, beat(), bootstrapping, {"ask health", "answer 0"}},
      {replaying, beat(), replaying, {"answer 0", "report"}},
      {ready, beat(), ready, {"answer 0", "report"}},
      {draining, beat(), draining, {"answer 0", "report"}},
      {overflowed, beat(), overflowed, {"refuse CONFLICT"}},
      {gone, beat(), gone, {}},
  });
}

TEST_CASE("views that an SSP lost are not among those it is ready with") {
  auto world = in(bootstrapping);
  world.on(beat({"v"}));
  CHECK(world.on(link_event::healthy{healthy(true)}) == names{"report", "report", "ready with w"});
}

TEST_CASE("health decides a bootstrap, and nothing else while the heartbeats come") {
  check({
      {bootstrapping, link_event::healthy{healthy(false)}, bootstrapping, {}},
      {bootstrapping,
       link_event::healthy{healthy(true)},
       ready,
       {"report", "report", "ready with v w"}},
      {bootstrapping, link_event::healthy{broken()}, gone, {"report", "gone"}},
      {bootstrapping, link_event::unhealthy{fail(errc::unavailable, "no")}, bootstrapping, {}},
      {replaying, link_event::healthy{broken()}, replaying, {}},
      {ready, link_event::healthy{broken()}, ready, {}},
      {ready, link_event::unhealthy{fail(errc::unavailable, "no")}, ready, {}},
      {overflowed, link_event::healthy{healthy(true)}, overflowed, {}},
  });
}

TEST_CASE("draining: from Ready only") {
  check({
      {bootstrapping, link_event::drain{}, bootstrapping, {"refuse NOT_READY"}},
      {replaying, link_event::drain{}, replaying, {"refuse NOT_READY"}},
      {ready, link_event::drain{}, draining, {"report", "answer 0"}},
      {draining, link_event::drain{}, draining, {"answer 0"}},
      {overflowed, link_event::drain{}, overflowed, {"refuse NOT_READY"}},
      {gone, link_event::drain{}, gone, {}},
  });
}

TEST_CASE("an SSP may leave from any state") {
  for (const auto state : {bootstrapping, replaying, ready, draining, overflowed}) {
    CAPTURE(to_string(state));
    auto world = in(state);
    CHECK(world.on(link_event::leave{}) == names{"report", "gone"});
    CHECK(world.state() == gone);
    CHECK(world.on(link_event::leave{}).empty());
  }
}

TEST_CASE("a tick asks a bootstrapping SSP, and reports the others") {
  check({
      {bootstrapping, link_event::tick{}, bootstrapping, {"ask health", "tick after 1000 ms"}},
      {replaying, link_event::tick{}, replaying, {"report", "tick after 1000 ms"}},
      {ready, link_event::tick{}, ready, {"report", "tick after 1000 ms"}},
      {draining, link_event::tick{}, draining, {"report", "tick after 1000 ms"}},
      {overflowed, link_event::tick{}, overflowed, {"tick after 1000 ms"}},
      {gone, link_event::tick{}, gone, {}},
  });
}

namespace {

/// Ticks each second, without a heartbeat, until something else is done; gives when.
timespan first_change(linked& world) {
  const auto state = world.state();
  const auto began = world.now;
  while (world.state() == state && world.now - began < 1h) {
    world.now += 1s;
    world.on(link_event::tick{});
  }
  return world.now - start;
}

}  // namespace

TEST_CASE("what never gets ready, or falls silent, is gone") {
  for (const auto& [state, at] :
       std::vector<std::pair<link_state, timespan>>{{bootstrapping, 30'100ms},
                                                    {ready, 5'100ms},
                                                    {draining, 5'100ms},
                                                    {overflowed, 5'100ms}}) {
    CAPTURE(to_string(state));
    auto world = in(state);
    CHECK(first_change(world) == at);
    CHECK(world.state() == gone);
  }
}

TEST_CASE("an SSP whose heartbeat is overdue is asked, and is gone when nothing answers twice") {
  for (const auto state : {replaying, ready, draining, overflowed}) {
    CAPTURE(to_string(state));
    auto world = in(state);
    const link_event::unhealthy away{fail(errc::unavailable, "connection refused")};
    world.on(away);
    world.on(away);
    CHECK_MESSAGE(world.state() == state, "its heartbeat is not overdue");
    world.now += 2s;
    world.on(link_event::tick{});
    world.now += 700ms;
    const auto asked = world.on(link_event::tick{});
    CHECK(std::find(asked.begin(), asked.end(), "ask health") != asked.end());
    CHECK(asked.back() == "tick after 625 ms");
    world.on(away);
    world.on(link_event::unhealthy{fail(errc::timeout, "slow")});
    world.on(away);
    CHECK_MESSAGE(world.state() == state, "a late answer is one");
    world.on(away);
    CHECK(world.state() == gone);
  }
}

TEST_CASE("a scheduler's own absence is not held against an SSP") {
  for (const auto state : {bootstrapping, ready, overflowed}) {
    CAPTURE(to_string(state));
    auto world = in(state);
    world.on(link_event::tick{});
    world.now += 60s;
    world.on(link_event::tick{});
    CHECK(world.state() == state);
    CHECK(first_change(world) > 64s);
    CHECK(world.state() == gone);
  }
}
