#include "machines/watchman/watch_cycle.hpp"

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace std::chrono_literals;

namespace {

using names = std::vector<std::string>;

struct text_of {
  std::string operator()(const watch_effect::list_subjects&) const { return "list"; }
  std::string operator()(const watch_effect::look& e) const {
    return std::string{e.again ? "look again at " : "look at "} + e.at.name +
           (e.at.after ? " after " + std::to_string(e.at.after->key.as_integer()) : "");
  }
  std::string operator()(const watch_effect::repair& e) const {
    return "repair " + std::to_string(e.confirmed.size()) + " in " + e.at.name;
  }
  std::string operator()(const watch_effect::pause& e) const {
    return "pause " + std::to_string(e.length / 1ms) + " ms";
  }
  std::string operator()(const say& line) const {
    return (line.how == say::severity::error ? "error: " : "warning: ") + line.text;
  }
};

struct number_of {
  std::uint64_t& number;
  template <class E>
  void operator()(const E& effect) const {
    if constexpr (requires { effect.step; }) number = effect.step;
    if constexpr (std::is_same_v<E, watch_effect::pause>) number = effect.number;
  }
};

drift row(const char* id, std::uint64_t mark = 1) {
  return {drift_kind::row_changed, "t", id, record_id{"t", value{id}}, mark};
}

/// A watchman in each state. Looks take no time unless `took` says so.
struct watching {
  explicit watching(watch_pace pace = {}) : cycle(pace) {}

  names on(const watch_event::any& event) {
    names done;
    for (const auto& effect : cycle.on(event, now)) {
      std::visit(number_of{number}, effect);
      done.push_back(std::visit(text_of{}, effect));
    }
    return done;
  }
  names due() { return on(watch_event::due{number}); }
  names subjects(std::vector<std::string> all) {
    return on(watch_event::subjects{number, std::move(all)});
  }
  names looked(std::vector<drift> found = {}, std::optional<record_id> reached = {},
               std::size_t reads = 1) {
    return on(watch_event::looked{number, std::move(found), std::move(reached), reads});
  }
  names failed(errc code) { return on(watch_event::failed{number, fail(code, "no")}); }
  /// Looking at `t` for the first time.
  void reach() {
    on(watch_event::began{});
    due();
    subjects({"t"});
  }
  /// The second look at what the first found, however many others come in between.
  names second_look() {
    for (int i = 0; i < 100; ++i) {
      now += 1s;
      auto next = due();
      if (next == names{"look again at t"}) return next;
      if (next == names{"list"}) next = subjects({"t"});
      looked();
    }
    return {};
  }

  timestamp now{1h};
  watch_cycle cycle;
  std::uint64_t number = 0;
};

}  // namespace

TEST_CASE("subjects are looked at one after another, a table stretch by stretch, round and round") {
  watching world;
  CHECK(world.on(watch_event::began{}) == names{"pause 1000 ms"});
  CHECK(world.due() == names{"list"});
  CHECK(world.subjects({"t", "u"}) == names{"look at t"});
  CHECK(world.looked({}, record_id{"t", value{7}}) == names{"pause 500 ms"});
  CHECK(world.due() == names{"look at t after 7"});
  CHECK(world.looked() == names{"pause 500 ms"});
  CHECK(world.due() == names{"look at u"});
  CHECK(world.cycle.report().rounds == 0);
  world.looked();
  CHECK(world.cycle.report().rounds == 1);
  CHECK(world.cycle.report().looks == 3);
  CHECK(world.due() == names{"list"});
}

TEST_CASE("looks take their share of the time, and reads of the database are counted") {
  watching world;
  world.reach();
  world.now += 40ms;
  CHECK(world.looked() == names{"pause 3960 ms"});
  world.due();
  world.subjects({"t"});
  CHECK(world.looked({}, {}, 3) == names{"pause 1500 ms"});
  watching all{watch_pace{.reads_per_second = 100, .share_percent = 100}};
  all.reach();
  all.now += 40ms;
  CHECK(all.looked() == names{"pause 10 ms"});
}

TEST_CASE("without reads nothing is looked at") {
  watching world{watch_pace{.reads_per_second = 0}};
  CHECK(world.on(watch_event::began{}).empty());
}

TEST_CASE("what two looks find unchanged is drift: told, counted, repaired and listed") {
  watching world;
  world.reach();
  world.looked({row("1"), row("2")});
  CHECK(world.cycle.report().totals.empty());
  const auto before = world.now;
  REQUIRE(world.second_look() == names{"look again at t"});
  CHECK(world.now - before >= 15s);
  // Row 2 says something else now, row 3 is new: both may be on their way.
  CHECK(world.looked({row("1"), row("2", 9), row("3")}) == names{"error: the watchman found "
                                                                 "row_changed in table t: 1; it is "
                                                                 "repaired",
                                                                 "repair 1 in t"});
  const auto report = world.cycle.report();
  CHECK(report.totals ==
        std::map<drift_report::place, std::uint64_t>{{{drift_kind::row_changed, "t"}, 1}});
  REQUIRE(report.unseen.size() == 1);
  CHECK(report.unseen.front().what.row == "1");
  CHECK(world.on(watch_event::repaired{world.number}) == names{"pause 500 ms"});
  world.cycle.seen();
  CHECK(world.cycle.report().unseen.empty());
  CHECK(world.cycle.report().totals.size() == 1);
}

TEST_CASE("what is on its way at the first look is none") {
  watching world;
  world.reach();
  world.looked({row("1")});
  world.second_look();
  CHECK(world.looked() == names{"pause 500 ms"});
  CHECK(world.cycle.report().totals.empty());
}

TEST_CASE("a repair that changes nothing is said once and not tried for ever") {
  watching world;
  world.reach();
  world.looked({row("1")});
  world.second_look();
  world.looked({row("1")});
  world.on(watch_event::repaired{world.number});
  const auto find_again = [&] {
    world.due();
    world.subjects({"t"});
    world.looked({row("1")});
    world.now += 16s;
    REQUIRE(world.due() == names{"look again at t"});
    return world.looked({row("1")});
  };
  CHECK(find_again() == names{"error: the watchman could not repair 1 difference(s) in t: "
                              "row_changed in table t is found again",
                              "pause 500 ms"});
  CHECK(find_again() == names{"pause 500 ms"});
  CHECK(world.cycle.report().totals.begin()->second == 1);
  CHECK(world.cycle.report().unmended == 1);
  // Once it is gone, the same again is news.
  world.due();
  world.subjects({"t"});
  world.looked();
  CHECK(world.cycle.report().unmended == 0);
  CHECK(find_again().back() == "repair 1 in t");
}

TEST_CASE("a repair that could not be carried out is tried again, and counted once") {
  watching world;
  world.reach();
  world.looked({row("1")});
  world.second_look();
  world.looked({row("1")});
  CHECK(world.failed(errc::unavailable) == names{"pause 500 ms"});
  world.due();
  world.subjects({"t"});
  world.looked({row("1")});
  world.now += 16s;
  REQUIRE(world.due() == names{"look again at t"});
  CHECK(world.looked({row("1")}) == names{"repair 1 in t"});
  CHECK(world.cycle.report().totals.begin()->second == 1);
  CHECK(world.cycle.report().unmended == 0);
}

TEST_CASE("what cannot be looked at now is passed over, and its doubts with it") {
  watching world;
  world.reach();
  SUBCASE("because it is gone") {
    CHECK(world.failed(errc::not_found) == names{"pause 500 ms"});
    CHECK(world.due() == names{"list"});
  }
  SUBCASE("because the database fails: that is said once") {
    CHECK(world.failed(errc::evaluation_error) ==
          names{"warning: the watchman could not compare: no; it goes on", "pause 500 ms"});
    world.due();
    world.subjects({"t"});
    CHECK(world.failed(errc::evaluation_error) == names{"pause 500 ms"});
  }
  SUBCASE("at the second look") {
    world.looked({row("1")});
    world.second_look();
    CHECK(world.failed(errc::not_ready) == names{"pause 500 ms"});
    CHECK(world.due() == names{"list"});
  }
  SUBCASE("while there is nothing to look at") {
    world.looked({row("1")});
    world.due();
    CHECK(world.subjects({}) == names{"pause 1000 ms"});
    world.now += 1min;
    CHECK(world.due() == names{"list"});
  }
  SUBCASE("while nobody says what there is") {
    world.looked();
    world.due();
    CHECK(world.failed(errc::timeout) ==
          names{"warning: the watchman could not compare: no; it goes on", "pause 1000 ms"});
  }
}

TEST_CASE("answers to earlier steps and pauses that were cut short are void") {
  watching world;
  world.on(watch_event::began{});
  const auto pause = world.number;
  world.due();
  CHECK(world.on(watch_event::due{pause}).empty());
  const auto step = world.number;
  world.subjects({"t"});
  CHECK(world.on(watch_event::subjects{step, {"u"}}).empty());
  CHECK(world.on(watch_event::looked{step, {}, {}, 1}).empty());
}

TEST_CASE("of many rows some are named, and the list is bounded") {
  watching world;
  world.reach();
  std::vector<drift> many;
  for (int i = 0; i < 150; ++i) many.push_back(row(std::to_string(i).c_str()));
  world.looked(many);
  world.second_look();
  const auto told = world.looked(many);
  CHECK(told.size() == 12);
  CHECK(told[10] == "error: the watchman found 140 more of these in t");
  const auto report = world.cycle.report();
  CHECK(report.unseen.size() == 100);
  CHECK(report.unlisted == 50);
  CHECK(report.unseen_count() == 150);
}
