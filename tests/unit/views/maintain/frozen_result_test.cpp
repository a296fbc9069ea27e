#include "views/maintain/frozen_result.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

namespace {

member shown(int key, std::uint64_t version) {
  member m;
  m.id = {"t", value(key)};
  m.version = version;
  m.row = value(object{{"v", value(static_cast<std::int64_t>(version))}});
  return m;
}

std::vector<record_id> order(std::vector<int> keys) {
  std::vector<record_id> out;
  for (const int key : keys) out.push_back({"t", value(key)});
  return out;
}

}  // namespace

TEST_CASE("a healed view tells what leads from what was shown last to now") {
  const frozen_result frozen({shown(1, 1), shown(2, 1)}, order({1, 2}));
  view_delta out;
  frozen.thaw({shown(2, 2), shown(3, 1)}, order({2, 3}), out);
  REQUIRE(out.removed.size() == 1);
  CHECK(out.removed[0].id == record_id{"t", value(1)});
  REQUIRE(out.updated.size() == 1);
  CHECK(out.updated[0].version == 2);
  REQUIRE(out.added.size() == 1);
  CHECK(out.added[0].id == record_id{"t", value(3)});
  CHECK(out.order == order({2, 3}));
  CHECK(out.healed);
}

TEST_CASE("a view that healed without a change says no more than that") {
  const frozen_result frozen({shown(1, 1), shown(2, 1)}, order({1, 2}));
  view_delta out;
  frozen.thaw({shown(1, 1), shown(2, 1)}, order({1, 2}), out);
  CHECK((out.added.empty() && out.updated.empty() && out.removed.empty()));
  CHECK_FALSE(out.order.has_value());
  CHECK(out.healed);
}

TEST_CASE("a view that failed from the beginning shows all when it heals") {
  view_delta out;
  frozen_result().thaw({shown(1, 1)}, std::nullopt, out);
  CHECK(out.added.size() == 1);
  CHECK_FALSE(out.order.has_value());
}
