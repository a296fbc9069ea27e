#include "machines/ssp/clock_alarm.hpp"
#include "tests/unit/actors/ssp/circuit_world.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

/// Views of a circuit follow the clock, which here is the actors' own, and pass time only when the
/// test does.
namespace {

const std::string past = "SELECT * FROM t WHERE at < time::now()";

struct timed : flowing {
  /// So long from now.
  value in(timespan pause) {
    return value{to_datetime(timestamp{sched.clock().now().time_since_epoch()} + pause)};
  }
  /// Alarms that wait to go off, and whatever else waits.
  std::size_t waiting() { return sched.clock().schedule().size(); }
};

}  // namespace

TEST_CASE("a row enters a view when it is due, with its own version, and leaves in the same way") {
  timed world;
  world.reset(10);
  const auto first =
      world.enroll(view_of("v", "SELECT * FROM t WHERE at < time::now() AND ends > time::now()"));
  world.hand_over(rows_of("t", 10, {t(1, {{"at", world.in(500ms)}, {"ends", world.in(2s)}})}));
  REQUIRE(code_of(first) == errc::none);
  CHECK((**first).value()->members.empty());
  world.advance(490ms);
  CHECK(world.deltas.empty());
  world.advance(30ms);
  REQUIRE(world.deltas.size() == 1);
  REQUIRE(world.deltas[0].added.size() == 1);
  CHECK(world.deltas[0].added[0].version == 10);
  CHECK(world.deltas[0].seq == 10);
  world.advance(2s);
  REQUIRE(world.deltas.size() == 2);
  CHECK(world.deltas[1].removed.size() == 1);
  CHECK(world.shown("v") == all({}));
}

TEST_CASE("what is written is seen as of the moment when it arrives") {
  timed world;
  world.reset(10);
  const auto first = world.enroll(view_of("v", past));
  world.hand_over(rows_of("t", 10, {}));
  REQUIRE(code_of(first) == errc::none);
  world.advance(3s);
  CHECK(*world.ingest(slice_of({put(11, "t", 1, {{"at", world.in(-1ms)}})})) == 11);
  REQUIRE(world.deltas.size() == 1);
  CHECK(world.deltas[0].added.size() == 1);
}

TEST_CASE("nothing ticks while nothing is due") {
  timed world;
  world.reset(10);
  const auto first = world.enroll(view_of("first", "SELECT * FROM t WHERE n > 3"));
  world.hand_over(rows_of("t", 10, {t(1, {{"at", world.in(-1s)}})}));
  REQUIRE(code_of(first) == errc::none);
  // Requests leave time limits behind: a view that waits for nothing leaves no more than others.
  auto before = world.waiting();
  REQUIRE(code_of(world.enroll(view_of("plain", "SELECT * FROM t WHERE n > 4"))) == errc::none);
  const auto of_a_view = world.waiting() - before;
  before = world.waiting();
  REQUIRE(code_of(world.enroll(view_of("v", past))) == errc::none);
  CHECK(world.waiting() == before + of_a_view);
  before = world.waiting();
  CHECK(*world.ingest(slice_of({put(11, "t", 2, {{"at", world.in(5s)}})})) == 11);
  CHECK(world.waiting() == before + 1);
  CHECK(*world.ingest(slice_of({put(12, "t", 3, {{"at", world.in(6s)}})})) == 12);
  CHECK(world.waiting() == before + 1);
  world.advance(7s);
  CHECK(world.shown("v").as_array().size() == 3);
  CHECK(world.waiting() == before);
}

TEST_CASE("a sooner moment is not missed because of a later one") {
  timed world;
  world.reset(10);
  const auto first = world.enroll(view_of("v", past));
  world.hand_over(rows_of("t", 10, {t(1, {{"at", world.in(10s)}})}));
  REQUIRE(code_of(first) == errc::none);
  CHECK(*world.ingest(slice_of({put(11, "t", 2, {{"at", world.in(1s)}})})) == 11);
  world.advance(1s + 20ms);
  CHECK(world.deltas.size() == 1);
  world.advance(9s);
  CHECK(world.deltas.size() == 2);
}

TEST_CASE("a clock that goes into a result is looked at as often as the engine's options say") {
  timed world;
  world.reset(10);
  const auto first = world.enroll(view_of("v", "SELECT id, time::now() AS t FROM t"));
  world.hand_over(rows_of("t", 10, {t(1)}));
  REQUIRE(code_of(first) == errc::none);
  world.advance(10s);
  CHECK(world.deltas.size() >= 9);
  CHECK(world.deltas.size() <= 10);
  REQUIRE(world.remove("v").ok());
  world.deltas.clear();
  world.advance(10s);
  CHECK(world.deltas.empty());
}

TEST_CASE("after a reset views start with the moment, and follow the clock on") {
  timed world;
  world.reset(10);
  const auto first = world.enroll(view_of("v", past));
  const value soon = world.in(5s);
  world.hand_over(rows_of("t", 10, {t(1, {{"at", world.in(1s)}})}));
  REQUIRE(code_of(first) == errc::none);
  const auto again = world.reset(20);
  world.advance(2s);
  world.hand_over(rows_of("t", 20, {t(1, {{"at", world.in(-1s)}}), t(2, {{"at", soon}})}));
  REQUIRE(code_of(again) == errc::none);
  CHECK(world.shown("v").as_array().size() == 1);
  world.advance(4s);
  CHECK(world.shown("v").as_array().size() == 2);
}
