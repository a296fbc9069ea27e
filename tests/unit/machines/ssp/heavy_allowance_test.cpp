#include "machines/ssp/heavy_allowance.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace std::chrono_literals;

namespace {

const timestamp start{1h};

}  // namespace

TEST_CASE(
    "so many heavy queries of one client are found out within a window, and others have theirs") {
  heavy_allowance allowance(3);
  for (int i = 0; i < 3; ++i) {
    CHECK(allowance.may_try("user:ann", start + i * 1s).ok());
    allowance.took_turn("user:ann", start + i * 1s);
  }
  const auto refused = allowance.may_try("user:ann", start + 3s);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.failure().code == errc::overloaded);
  CHECK(refused.failure().message.find("limits.client_heavy_queries") != std::string::npos);
  CHECK(allowance.may_try("user:bob", start + 3s).ok());
  CHECK_FALSE(allowance.may_try("user:ann", start + 10s - 1ns).ok());
  // The first is ten seconds ago, the second is not.
  CHECK(allowance.may_try("user:ann", start + 10s).ok());
  allowance.took_turn("user:ann", start + 10s);
  CHECK_FALSE(allowance.may_try("user:ann", start + 10s).ok());
}

TEST_CASE("so many wait for the lane, whatever they took") {
  heavy_allowance allowance(3);
  CHECK(allowance.may_wait(2).ok());
  CHECK_FALSE(allowance.may_wait(3).ok());
}

TEST_CASE("a client that asks no more is forgotten") {
  heavy_allowance allowance(3);
  for (int i = 0; i < 1'000; ++i)
    allowance.took_turn("user:" + std::to_string(i), start + i * 20ms);
  CHECK(allowance.clients() <= 501);
}
