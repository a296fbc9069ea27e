#include "machines/ssp/lifecycle.hpp"

#include "tests/unit/machines/samples.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

using names = std::vector<std::string>;

template <class Text>
std::string list(const std::vector<Text>& items) {
  std::string text;
  for (const auto& item : items) text += " " + item;
  return text;
}

// -- effects as text ----------------------------------------------------------------------------

struct text_of {
  static std::string outcome(const result<void>& what) {
    return what.ok() ? "ok" : std::string{error_text(what.failure().code)};
  }
  std::string operator()(const ssp_effect::ask_position& e) const {
    return "ask position " + std::to_string(e.round);
  }
  std::string operator()(const ssp_effect::enroll& e) const {
    return "enroll at " + std::to_string(e.who.applied.raw()) + " of '" + e.who.log_id + "' with" +
           list(e.who.views);
  }
  std::string operator()(const ssp_effect::resume&) const { return "resume"; }
  std::string operator()(const ssp_effect::load& e) const {
    auto text = "load at " + std::to_string(e.start.seq.raw());
    text += e.start.tables ? " tables" + list(*e.start.tables) : " all tables";
    for (const auto& view : e.start.views) text += " +" + view->id;
    return text;
  }
  std::string operator()(const ssp_effect::read_stored&) const { return "read stored"; }
  std::string operator()(const ssp_effect::tell_lost& e) const {
    return "tell lost" + list(e.said.lost);
  }
  std::string operator()(const ssp_effect::beat& e) const {
    return "beat with " + std::to_string(e.said.views);
  }
  std::string operator()(const ssp_effect::wake& e) const {
    constexpr const char* timers[] = {"retry", "heartbeat", "sweep", "drain"};
    const std::string which = timers[static_cast<int>(e.timer)];
    // The pause before a retry is jittered.
    return "wake for " + which +
           (e.timer == ssp_timer::retry ? "" : " in " + std::to_string(e.pause / 1ms) + " ms");
  }
  std::string operator()(const ssp_effect::sweep&) const { return "sweep"; }
  std::string operator()(const ssp_effect::end_view& e) const { return "end " + e.view; }
  std::string operator()(const ssp_effect::drop_view& e) const {
    return (e.ended ? "drop ended " : "drop ") + e.view;
  }
  std::string operator()(const ssp_effect::forget&) const { return "forget"; }
  std::string operator()(const ssp_effect::ask_drain&) const { return "ask drain"; }
  std::string operator()(const ssp_effect::depart&) const { return "depart"; }
  std::string operator()(const ssp_effect::answer& e) const { return "answer " + outcome(e.what); }
  std::string operator()(const ssp_effect::was_reset& e) const {
    return "was reset " + outcome(e.outcome);
  }
  std::string operator()(const ssp_effect::was_drained&) const { return "was drained"; }
  std::string operator()(const say&) const { return "say"; }
};

/// What is done, in order; what is only told to people left out.
names texts(const ssp_effects& effects) {
  names out;
  for (const auto& effect : effects)
    if (!std::holds_alternative<say>(effect)) out.push_back(std::visit(text_of{}, effect));
  return out;
}

// -- an SSP in each state -----------------------------------------------------------------------

ssp_config config(bool alone) {
  ssp_config ssp;
  ssp.id = "a";
  ssp.heartbeat_interval = 1s;
  ssp.sweep_interval = 10s;
  ssp.alone = alone;
  return ssp;
}

struct attached {
  explicit attached(bool alone = false) : ssp(config(alone), 1) { began = texts(ssp.begin(now)); }

  names on(const ssp_event::any& event) { return texts(ssp.on(event, now)); }
  std::string state() const { return ssp.status().state; }

  /// Through a bootstrap's steps, as round `round`, into Ready.
  void bootstrap(std::uint64_t round, sequence_number seq = 7) {
    on(ssp_event::positioned{round, {3, {"t"}, 1}});
    on(ssp_event::admitted{round, {seq, false, "log", 4}});
    on(ssp_event::loaded{round, {}});
  }

  timestamp now{1h};
  ssp_lifecycle ssp;
  names began;
};

const std::string bootstrapping{ssp_phase::bootstrapping::name};
const std::string waiting = "waiting";  ///< Bootstrapping, between two attempts
const std::string ready{ssp_phase::ready::name};
const std::string displaced{ssp_phase::displaced::name};
const std::string draining{ssp_phase::draining::name};
const std::string left{ssp_phase::left::name};

ssp_event::failed step_failed(std::uint64_t round = 1) {
  return {round, fail(errc::unavailable, "away")};
}
ssp_event::unbeaten refused(errc code, std::uint64_t round = 1) {
  return {round, fail(code, "no")};
}
view_claim claim(const view_id& id, placement_epoch epoch = 5) { return {id, epoch}; }

/// Brings a fresh SSP into a state; it holds view v of epoch 5.
attached in(const std::string& state) {
  attached world;
  auto view = std::make_shared<view_registration>(*view_of("v"));
  view->epoch = 5;
  world.ssp.views().admit(*view);
  if (state == bootstrapping) return world;
  if (state == waiting) {
    world.on(step_failed());
    return world;
  }
  world.bootstrap(1);
  if (state == displaced) world.on(refused(errc::already_exists));
  if (state == draining || state == left) world.on(ssp_event::drain{8s});
  if (state == left) world.on(ssp_event::drained_to{{0, {}}});
  return world;
}

/// In this state this event leads to that state, and has that done.
struct row {
  std::string from;
  ssp_event::any event;
  std::string to;
  names effects;
};

void check(const std::vector<row>& table) {
  for (const auto& [from, event, to, effects] : table) {
    CAPTURE(from);
    CAPTURE(event.index());
    auto world = in(from);
    const auto done = world.on(event);
    CHECK_MESSAGE(done == effects, list(done));
    CHECK(world.state() == (to == waiting ? bootstrapping : to));
  }
}

}  // namespace

TEST_CASE("an SSP begins by joining, step by step, and then says that it is ready") {
  attached world;
  CHECK(world.began ==
        names{"wake for heartbeat in 1000 ms", "wake for sweep in 10000 ms", "ask position 1"});
  CHECK(world.on(ssp_event::positioned{1, {3, {"t"}, 1}}) == names{"enroll at 3 of '' with"});
  CHECK(world.on(ssp_event::admitted{1, {7, false, "log", 4}}) == names{"load at 7 tables t"});
  CHECK(world.state() == bootstrapping);
  CHECK(world.on(ssp_event::loaded{1, {}}) == names{"beat with 0"});
  CHECK(world.state() == ready);
  CHECK(world.ssp.status().applied == 7);
}

TEST_CASE("one that the scheduler lets resume keeps what it holds") {
  auto world = in(ready);
  CHECK(world.on(refused(errc::not_found)) == names{"ask position 2"});
  CHECK(world.on(ssp_event::positioned{2, {9, {"t"}, 2}}) == names{"enroll at 9 of 'log' with v"});
  CHECK(world.on(ssp_event::admitted{2, {9, true, "log", 5}}) == names{"resume"});
  CHECK(world.on(ssp_event::resumed{2}) == names{"beat with 1"});
  CHECK(world.state() == ready);
}

TEST_CASE("a scheduler that sends all tables' changes is not told which are needed") {
  attached world;
  world.on(ssp_event::positioned{1, {3, {"t"}, 1}});
  CHECK(world.on(ssp_event::admitted{1, {7, false, "", 4}}) == names{"load at 7 all tables"});
}

TEST_CASE("views that a bootstrap loses are told before the SSP is ready") {
  auto world = in(bootstrapping);
  world.on(ssp_event::positioned{1, {3, {"t"}, 1}});
  world.on(ssp_event::admitted{1, {7, false, "log", 4}});
  CHECK(world.on(ssp_event::loaded{1, {"v"}}) == names{"tell lost v"});
  CHECK(world.state() == bootstrapping);
  CHECK(world.on(ssp_event::told_lost{1}) == names{"beat with 0"});
  CHECK(world.state() == ready);
}

TEST_CASE("an answer to an earlier bootstrap is void") {
  const std::vector<ssp_event::any> late{ssp_event::positioned{0, {3, {"t"}, 1}},
                                         ssp_event::admitted{0, {7, true, "log", 4}},
                                         ssp_event::resumed{0},
                                         ssp_event::loaded{0, {}},
                                         ssp_event::stored{0, {}},
                                         ssp_event::told_lost{0},
                                         step_failed(0),
                                         refused(errc::not_found, 0)};
  for (const auto& event : late) {
    CAPTURE(event.index());
    for (const auto& state : {bootstrapping, ready}) {
      auto world = in(state);
      CHECK(world.on(event).empty());
      CHECK(world.state() == state);
    }
  }
}

TEST_CASE("a step that fails is tried again later, from the first on, as another round") {
  check({
      {bootstrapping, step_failed(), waiting, {"wake for retry"}},
      {bootstrapping, ssp_event::due{ssp_timer::retry}, bootstrapping, {}},
      {waiting, ssp_event::due{ssp_timer::retry}, bootstrapping, {"ask position 2"}},
      {ready, ssp_event::due{ssp_timer::retry}, ready, {}},
      {displaced, ssp_event::due{ssp_timer::retry}, displaced, {}},
      {draining, ssp_event::due{ssp_timer::retry}, draining, {}},
      {left, ssp_event::due{ssp_timer::retry}, left, {}},
  });
  auto world = in(waiting);
  CHECK(world.ssp.status().reason == "away");
  CHECK(world.ssp.status().scheduler_connected == false);
}

TEST_CASE("heartbeats go on until the SSP has left") {
  const ssp_event::due heartbeat{ssp_timer::heartbeat};
  const names beats{"beat with 1", "wake for heartbeat in 1000 ms"};
  check({
      {bootstrapping, heartbeat, bootstrapping, beats},
      {waiting, heartbeat, waiting, beats},
      {ready, heartbeat, ready, beats},
      {displaced, heartbeat, displaced, beats},
      {draining, heartbeat, draining, beats},
      {left, heartbeat, left, {}},
  });
}

TEST_CASE("what a refused heartbeat means: register again, bootstrap again, stand back") {
  const auto forgotten = refused(errc::not_found);
  const auto behind = refused(errc::conflict);
  const auto other = refused(errc::already_exists);
  const auto away = refused(errc::unavailable);
  check({
      // A bootstrap under way has that before it.
      {bootstrapping, forgotten, bootstrapping, {}},
      {bootstrapping, behind, bootstrapping, {}},
      {bootstrapping, other, bootstrapping, {}},
      {waiting, forgotten, bootstrapping, {"ask position 2"}},
      {waiting, behind, bootstrapping, {"ask position 2"}},
      {waiting, other, displaced, {}},
      {ready, forgotten, bootstrapping, {"ask position 2"}},
      {ready, behind, bootstrapping, {"ask position 2"}},
      {ready, other, displaced, {}},
      {ready, away, ready, {}},
      {displaced, forgotten, bootstrapping, {"ask position 2"}},
      {displaced, behind, bootstrapping, {"ask position 2"}},
      {displaced, other, displaced, {}},
      {draining, forgotten, draining, {}},
      {draining, behind, draining, {}},
      {draining, other, draining, {}},
      {left, forgotten, left, {}},
  });
}

TEST_CASE("who fell behind or was displaced does not claim the rows it has") {
  for (const auto code : {errc::conflict, errc::already_exists}) {
    auto world = in(ready);
    world.on(refused(code));
    world.on(refused(errc::not_found));
    CHECK(world.on(ssp_event::positioned{2, {9, {"t"}, 2}}) == names{"enroll at 9 of '' with v"});
  }
}

TEST_CASE("whether the scheduler answers is known from its answers") {
  auto world = in(ready);
  CHECK(world.ssp.status().scheduler_connected == true);
  world.on(refused(errc::timeout));
  CHECK(world.ssp.status().scheduler_connected == false);
  world.on(ssp_event::beaten{});
  CHECK(world.ssp.status().scheduler_connected == true);
}

TEST_CASE("views past their time to live end through the scheduler, as long as they are held") {
  const ssp_event::due sweep{ssp_timer::sweep};
  const names sweeps{"sweep", "wake for sweep in 10000 ms"};
  check({
      {bootstrapping, sweep, bootstrapping, sweeps},
      {ready, sweep, ready, sweeps},
      {displaced, sweep, displaced, sweeps},
      {draining, sweep, draining, {}},
      {left, sweep, left, {}},
      {ready, ssp_event::expired{{"v", "of another"}}, ready, {"end v"}},
      {ready, ssp_event::not_ended{"v", fail(errc::unavailable, "")}, ready, {}},
      {ready, ssp_event::not_ended{"v", fail(errc::conflict, "")}, ready, {}},
      {ready, ssp_event::not_ended{"v", fail(errc::not_found, "")}, ready, {"drop ended v"}},
  });
}

TEST_CASE("a view that may not be written any more is dropped, or ends if its record is gone") {
  for (const auto& state : {bootstrapping, ready, displaced, draining}) {
    check({
        {state, ssp_event::fenced{claim("v"), false}, state, {"drop v"}},
        {state, ssp_event::fenced{claim("v"), true}, state, {"end v"}},
        {state, ssp_event::fenced{claim("v", 4), false}, state, {}},
        {state, ssp_event::fenced{claim("w"), false}, state, {}},
    });
  }
  check({{left, ssp_event::fenced{claim("v"), false}, left, {}}});
}

TEST_CASE("a reset forgets everything first, and bootstraps then") {
  check({
      {bootstrapping, ssp_event::reset{}, bootstrapping, {"answer ok"}},
      {displaced, ssp_event::reset{}, displaced, {"answer ok"}},
      {ready, ssp_event::reset{}, ready, {"forget"}},
      {draining, ssp_event::reset{}, draining, {"answer NOT_READY"}},
      {left, ssp_event::reset{}, left, {"answer NOT_READY"}},
      {ready, ssp_event::forgotten{{}}, bootstrapping, {"was reset ok", "ask position 2"}},
      {ready, ssp_event::forgotten{fail(errc::timeout, "")}, ready, {"was reset TIMEOUT"}},
      {bootstrapping, ssp_event::forgotten{{}}, bootstrapping, {"was reset ok"}},
  });
  auto world = in(ready);
  world.on(ssp_event::reset{});
  world.on(ssp_event::forgotten{{}});
  CHECK(world.on(ssp_event::positioned{2, {9, {}, 2}}) == names{"enroll at 9 of '' with"});
}

TEST_CASE("changes that were missed: whatever is loaded or being loaded is loaded again") {
  const ssp_event::missed gap{"a gap"};
  check({
      {bootstrapping, gap, bootstrapping, {"ask position 2"}},
      {waiting, gap, waiting, {}},
      {ready, gap, bootstrapping, {"ask position 2"}},
      {displaced, gap, displaced, {}},
      {draining, gap, draining, {}},
      {left, gap, left, {}},
  });
  auto world = in(ready);
  world.on(gap);
  CHECK(world.on(ssp_event::positioned{2, {9, {"t"}, 2}}) == names{"enroll at 9 of '' with v"});
}

TEST_CASE("leaving: with nothing to hand over at once, else when the views have moved") {
  check({
      {bootstrapping, ssp_event::drain{8s}, left, {"depart"}},
      {waiting, ssp_event::drain{8s}, left, {"depart"}},
      {displaced, ssp_event::drain{8s}, left, {"depart"}},
      {ready, ssp_event::drain{8s}, draining, {"ask drain"}},
      {ready, ssp_event::drain{0s}, left, {"depart"}},
      {draining, ssp_event::drain{8s}, draining, {"answer NOT_READY"}},
      {left, ssp_event::drain{8s}, left, {"answer ok"}},
      {draining, ssp_event::drained_to{{2, {}}}, draining, {"wake for drain in 100 ms"}},
      {draining, ssp_event::drained_to{{0, {}}}, left, {"depart"}},
      {draining, ssp_event::drained_to{{2, "nobody takes them"}}, left, {"depart"}},
      {draining,
       ssp_event::not_drained{fail(errc::unavailable, "")},
       draining,
       {"wake for drain in 100 ms"}},
      {draining, ssp_event::not_drained{fail(errc::not_found, "")}, left, {"depart"}},
      {draining, ssp_event::due{ssp_timer::drain}, draining, {"ask drain"}},
      {left, ssp_event::due{ssp_timer::drain}, left, {}},
      {left, ssp_event::departed{{}}, left, {"was drained"}},
      {left, ssp_event::departed{fail(errc::timeout, "")}, left, {"was drained"}},
  });
  auto world = in(draining);
  world.now += 8s;
  CHECK(world.on(ssp_event::due{ssp_timer::drain}) == names{"depart"});
}

TEST_CASE("a registration that is answered after the SSP has left does not bring it back") {
  auto world = in(bootstrapping);
  world.on(ssp_event::drain{8s});
  world.bootstrap(1);
  CHECK(world.state() == left);
}

TEST_CASE("which stretch of the log an SSP takes") {
  auto mine = slice(8, 8);
  mine.epoch = 4;
  auto other = mine;
  other.epoch = 3;
  for (const auto& state : {ready, draining}) {
    const auto world = in(state);
    CHECK(world.ssp.takes(mine).ok());
    CHECK(world.ssp.takes(slice(8, 8)).ok());
    CHECK(world.ssp.takes(other).failure().code == errc::not_ready);
  }
  for (const auto& state : {bootstrapping, displaced, left})
    CHECK(in(state).ssp.takes(mine).failure().code == errc::not_ready);
}

// -- single mode --------------------------------------------------------------------------------

TEST_CASE("alone: the views that the database knows of are loaded with the tables") {
  attached world{true};
  world.ssp.views().admit(*view_of("v"));
  world.on(ssp_event::positioned{1, {0, {}, 1}});
  CHECK(world.on(ssp_event::admitted{1, {7, false, "", 1}}) == names{"read stored"});
  CHECK(world.on(ssp_event::stored{1, {view_of("v"), view_of("w"), view_of("x")}}) ==
        names{"load at 7 all tables +w +x"});
  CHECK(world.on(ssp_event::loaded{1, {"x"}}) == names{"tell lost x"});
  CHECK(world.on(ssp_event::told_lost{1}) == names{"beat with 2"});
  CHECK(world.ssp.views().contains("w"));
  CHECK_FALSE(world.ssp.status().scheduler_connected.has_value());
}

TEST_CASE("alone: it waits for the database, and says so") {
  attached world{true};
  world.on(step_failed());
  world.on(ssp_event::disconnected{"closed"});
  CHECK(world.ssp.status().reason == "SurrealDB is away: closed");
  CHECK_FALSE(world.ssp.status().database_connected);
  CHECK(world.on(ssp_event::connected{}) == names{"ask position 2"});
  CHECK(world.ssp.status().database_connected);
  CHECK_MESSAGE(world.on(ssp_event::connected{}).empty(), "one attempt at a time");
  CHECK_MESSAGE(in(waiting).on(ssp_event::connected{}).empty(), "a scheduler is not the database");
}

TEST_CASE("alone: changes that others have numbered are refused") {
  attached world{true};
  CHECK(world.ssp.takes(slice(8, 8)).failure().code == errc::not_ready);
  world.on(ssp_event::positioned{1, {0, {}, 1}});
  world.on(ssp_event::admitted{1, {7, false, "", 1}});
  world.on(ssp_event::stored{1, {}});
  world.on(ssp_event::loaded{1, {}});
  CHECK(world.ssp.takes(slice(8, 8)).failure().code == errc::invalid_argument);
  auto mine = slice(8, 8);
  mine.epoch = 1;
  CHECK(world.ssp.takes(mine).ok());
}
