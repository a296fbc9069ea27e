#include "views/structures/interval_index.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

namespace {

using kind = interval_end::kind;

interval_end random_end(std::mt19937& random) {
  switch (random() % 5) {
    case 0:
      return {};
    case 1:
    case 2:
      return {kind::included, value(static_cast<int>(random() % 40))};
    default:
      return {kind::excluded, value(static_cast<double>(random() % 80) / 2)};
  }
}

}  // namespace

TEST_CASE("stabbing finds exactly the intervals that contain the value") {
  const unsigned seed = 23;
  CAPTURE(seed);
  std::mt19937 random(seed);
  interval_index index;
  std::map<std::uint32_t, interval> model;
  std::uint32_t next = 0;
  for (int i = 0; i < 4000; ++i) {
    if (random() % 3 != 0 || model.empty()) {
      const interval range{random_end(random), random_end(random)};
      index.insert(range, next);
      model.emplace(next++, range);
    } else {
      auto victim = std::next(model.begin(), static_cast<long>(random() % model.size()));
      CHECK(index.erase(victim->second, victim->first));
      CHECK_FALSE(index.erase(victim->second, victim->first));
      model.erase(victim);
    }
    const value probe = random() % 4 == 0 ? value(static_cast<double>(random() % 80) / 2)
                                          : value(static_cast<int>(random() % 40));
    std::multiset<std::uint32_t> found;
    index.stab(probe, [&](std::uint32_t n) { found.insert(n); });
    std::multiset<std::uint32_t> expected;
    for (const auto& [number, range] : model)
      if (range.contains(probe)) expected.insert(number);
    REQUIRE(found == expected);
  }
  CHECK(index.size() == model.size());
}

TEST_CASE("ranges follow SurrealDB's order across types") {
  // a < 2 keeps NONE and NULL.
  const interval below_two{{}, {kind::excluded, value(2)}};
  CHECK(below_two.contains(value::none()));
  CHECK(below_two.contains(value::null()));
  CHECK(below_two.contains(value(1.5)));
  CHECK_FALSE(below_two.contains(value(2.0)));
  CHECK_FALSE(below_two.contains(value("1")));
}

TEST_CASE("an intersection holds what both hold") {
  const interval a{{kind::included, value(1)}, {kind::included, value(5)}};
  const interval b{{kind::excluded, value(1)}, {}};
  const interval both = interval::intersect(a, b);
  CHECK_FALSE(both.contains(value(1)));
  CHECK(both.contains(value(2)));
  CHECK(both.contains(value(5)));
  CHECK_FALSE(both.contains(value(6)));
}

TEST_CASE("two intervals of one number with one low end are told apart") {
  interval_index index;
  const interval narrow{{kind::included, value(1)}, {kind::included, value(2)}};
  const interval wide{{kind::included, value(1)}, {}};
  index.insert(narrow, 7);
  index.insert(wide, 7);
  CHECK(index.erase(narrow, 7));
  int hits = 0;
  index.stab(value(9), [&](std::uint32_t) { ++hits; });
  CHECK(hits == 1);
}
