#include "views/maintain/refill_policy.hpp"

#include <cstddef>

#include <doctest/doctest.h>

using spooky::views::refill_policy;

TEST_CASE("a refilled buffer takes a window's worth of removals before it is due again") {
  for (const std::size_t window : {0UL, 1UL, 10UL, 10'000UL}) {
    CAPTURE(window);
    const refill_policy policy(window);
    CHECK(policy.full(policy.target()));
    CHECK_FALSE(policy.overfull(policy.target()));
    CHECK_FALSE(policy.due(policy.target() - window));
    CHECK_FALSE(policy.due(window == 0 ? 1 : window));
    CHECK(policy.due(window == 0 ? 0 : window - 1));
  }
}

TEST_CASE("what is cut back is neither due nor overfull") {
  for (const std::size_t window : {0UL, 1UL, 10UL, 10'000UL}) {
    CAPTURE(window);
    const refill_policy policy(window);
    CHECK(policy.overfull(policy.target() + 1));
    CHECK(policy.keep() <= policy.target());
    CHECK(policy.keep() > window);
  }
  const refill_policy policy(10);
  CHECK(policy.target() - policy.keep() == 5);
}
