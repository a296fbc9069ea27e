#include "protocol/deadlines.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace std::chrono_literals;

TEST_CASE("a call that ends with or after the wait for it does not nest") {
  CHECK(deadlines::question{1s, 2s}.nests());
  CHECK_FALSE(deadlines::question{2s, 2s}.nests());
  CHECK_FALSE(deadlines::question{2s, 2s + 1ms}.nests());
  CHECK_FALSE(deadlines::question{3s, 2s}.nests());
  CHECK_FALSE(deadlines::question{0s, 2s}.nests());
}
