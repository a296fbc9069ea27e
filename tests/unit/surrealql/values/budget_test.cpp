#include "surrealql/values/budget.hpp"

#include <memory>
#include <string>

#include <doctest/doctest.h>

using namespace spooky;
using spooky::surrealql::budget;
using spooky::surrealql::run_limits;

TEST_CASE("A value's weight counts shared parts each time, its depth the longest way") {
  CHECK(value(1).weight() == 0);
  CHECK(value(1).depth() == 0);
  CHECK(value(std::string(1000, 'a')).weight() >= 1000);
  CHECK(value(std::string(1000, 'a')).weight() < 1100);

  const value list(array(100, value(1)));
  CHECK(list.depth() == 1);
  CHECK(list.weight() >= 100 * sizeof(value));
  const value twice(array{list, list, value(1)});
  CHECK(twice.depth() == 2);
  CHECK(twice.weight() >= 2 * list.weight());
  CHECK(twice.weight() < 3 * list.weight());

  const value row(object{{"list", twice}, {"id", value(record_id{"t", 1})}});
  CHECK(row.depth() == 3);
  CHECK(row.weight() > twice.weight());
  CHECK(value(record_id{"t", value(array{value(1)})}).depth() == 1);
  CHECK(value(record_id{"t", 1}).depth() == 0);
  CHECK(value(value_range{{range_bound::kind::included, list}, {}}).depth() == 2);
  CHECK(value::set(array{list}).depth() == 2);

  struct unwritten : closure_body {
    std::string text() const override { return {}; }
  };
  const auto body = std::make_shared<const unwritten>();
  const value made = value::closure(body, object{{"x", twice}});
  CHECK(made.depth() == 3);
  CHECK(made.weight() > twice.weight());
}

TEST_CASE("Weight and depth stay at their ends instead of turning over") {
  value doubled(array{value(1)});
  for (int i = 0; i < 100; ++i) doubled = value(array{doubled, doubled});
  CHECK(doubled.weight() == value::heaviest);
  value deep(1);
  for (int i = 0; i < 600; ++i) deep = value(array{deep});
  CHECK(deep.depth() == 511);
}

TEST_CASE("Steps are counted, and the limit is exact") {
  run_limits limits;
  limits.work = 10'000;
  budget spent(limits);
  for (int i = 0; i < 9'999; ++i) REQUIRE(spent.spend());
  CHECK(spent.steps() == 9'999);
  CHECK_FALSE(spent.spend());
  CHECK(spent.exhausted());
  CHECK(spent.failure().code == errc::limit_exceeded);
  CHECK_FALSE(spent.spend(0));
  CHECK_FALSE(spent.hold(0));
  CHECK_FALSE(spent.settle(0, value(1)));
}

TEST_CASE("One large step cannot jump over the limit") {
  budget spent;
  CHECK_FALSE(spent.spend(run_limits::unbounded));
  CHECK(spent.exhausted());
}

TEST_CASE("Memory is held by frames") {
  run_limits limits;
  limits.bytes = 10'000;
  limits.bytes_setting = "limits.some_bytes";
  budget spent(limits, 1'000);
  const std::size_t before = spent.held();
  CHECK(before == 1'000);
  CHECK(spent.hold(8'000));
  CHECK(spent.fits(1'000));
  CHECK(spent.settle(before, value(std::string(2'000, 'a'))));
  CHECK(spent.held() > 3'000);
  CHECK(spent.held() < 3'100);
  spent.release_to(before);
  CHECK(spent.hold(9'000));
  CHECK_FALSE(spent.hold(1));
  CHECK(spent.failure().code == errc::limit_exceeded);
  CHECK(spent.failure().message.find("limits.some_bytes") != std::string::npos);
  CHECK_FALSE(spent.spend());
}

TEST_CASE("What is pinned stays when a frame is settled") {
  run_limits limits;
  limits.bytes = 1'000;
  budget spent(limits);
  CHECK(spent.pin(600));
  CHECK(spent.settle(0, value(1)));
  CHECK(spent.hold(400));
  spent.release_to(0);
  spent.unpin();
  CHECK(spent.hold(1'000));
  CHECK_FALSE(spent.pin(1));
}

TEST_CASE("A saturated weight is more than any limit") {
  run_limits limits;
  limits.bytes = run_limits::unbounded;
  budget spent(limits);
  value doubled(array{value(1)});
  for (int i = 0; i < 100; ++i) doubled = value(array{doubled, doubled});
  CHECK_FALSE(spent.settle(0, doubled));
}
