#include "machines/ssp/clock_alarm.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace std::chrono_literals;

namespace {

constexpr timestamp start{std::chrono::seconds{1'700'000'000}};

datetime in(timespan pause) { return to_datetime(start + pause); }

}  // namespace

TEST_CASE("moments and datetimes are the same, before 1970 as well") {
  for (const timespan at : {timespan{0}, timespan{1}, timespan{-1}, timespan{-1s},
                            timespan{-1s} - 1ns, timespan{1'700'000'000s} + 5ns}) {
    CAPTURE(at.count());
    CHECK(to_datetime(timestamp{at}).nanos < 1'000'000'000);
    CHECK(to_timestamp(to_datetime(timestamp{at})) == timestamp{at});
  }
  CHECK(to_timestamp(datetime{std::int64_t{1} << 60, 0}) == timestamp::max());
  CHECK(to_timestamp(datetime{-(std::int64_t{1} << 60), 0}) == timestamp::min());
}

TEST_CASE("an alarm waits for what is due, within bounds, and none where nothing is") {
  clock_alarm alarm;
  CHECK_FALSE(alarm.wait_for(std::nullopt, start));
  CHECK(alarm.wait_for(in(5s), start)->pause == 5s);
  clock_alarm overdue;
  CHECK(overdue.wait_for(in(-1h), start)->pause == clock_alarm::shortest);
  clock_alarm far;
  CHECK(far.wait_for(in(240h), start)->pause == clock_alarm::longest);
}

TEST_CASE("a sooner moment replaces the alarm, a later one waits for it to go off") {
  clock_alarm alarm;
  const auto first = alarm.wait_for(in(5s), start);
  REQUIRE(first);
  CHECK_FALSE(alarm.wait_for(in(5s), start));
  CHECK_FALSE(alarm.wait_for(in(6s), start + 1s));
  const auto sooner = alarm.wait_for(in(3s), start + 1s);
  REQUIRE(sooner);
  CHECK(sooner->pause == 2s);
  CHECK(alarm.goes_off(sooner->number));
  const auto next = alarm.wait_for(in(6s), start + 3s);
  REQUIRE(next);
  CHECK(next->pause == 3s);
  CHECK_FALSE(alarm.goes_off(first->number));
  CHECK_FALSE(alarm.wait_for(in(7s), start + 5s));
  CHECK(alarm.goes_off(next->number));
}
