#include "surrealql/select/aggregate.hpp"

#include "surrealql/select/select_plan.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/text.hpp"

#include <random>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

value random_row(std::mt19937& random, int kinds) {
  object row{{"id", value(record_id{"t", static_cast<int>(random() % 1000)})}};
  switch (random() % static_cast<unsigned>(kinds)) {
    case 0:
    case 1:
      row.set("v", value(static_cast<int>(random() % 7) - 3));
      break;
    case 2:
      row.set("v", value("text"));
      break;
    case 3:
      row.set("v", value(spooky::datetime{static_cast<std::int64_t>(random() % 5), 0}));
      break;
    case 4:
      row.set("v", value(static_cast<double>(random() % 5) / 2));
      break;
    default:
      row.set("v", value(spooky::decimal(static_cast<std::int64_t>(random() % 3))));
  }
  return row;
}

}  // namespace

TEST_CASE("A group that rows join and leave equals one made of the rows that are left") {
  const unsigned seed = 20240611;
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto select = parse_select(
      "SELECT count() AS n, count(v) AS c, math::sum(v) AS s, math::mean(v) + 1 AS m, math::min(v) "
      "AS lo, math::max(v) AS hi, time::min(v) AS first, time::max(v) AS last FROM t GROUP ALL");
  REQUIRE(select.ok());
  const select_plan plan(*select, {});
  for (int kinds = 2; kinds <= 6; ++kinds) {
    std::vector<array> inputs;
    auto running = plan.new_running_group();
    int exact = 0;
    for (int step = 0; step < 400; ++step) {
      if (!inputs.empty() && random() % 3 == 0) {
        const auto at = static_cast<std::ptrdiff_t>(random() % inputs.size());
        running.remove(inputs[static_cast<std::size_t>(at)]);
        inputs.erase(inputs.begin() + at);
      } else {
        const value row = random_row(random, kinds);
        eval_context context;
        context.document = &row;
        auto taken = plan.group_inputs(context);
        REQUIRE(taken.ok());
        running.add(*taken);
        inputs.push_back(*taken);
      }
      if (!running.exact()) continue;
      ++exact;
      auto replayed = plan.new_group({});
      REQUIRE(replayed.ok());
      for (const array& one : inputs) replayed->add_inputs(one);
      const auto expected = plan.group_row({}, *replayed, {});
      const auto found = plan.group_row({}, running, {});
      REQUIRE(expected.ok());
      REQUIRE(found.ok());
      CHECK(to_text(*found) == to_text(*expected));
    }
    CHECK(exact > (kinds <= 4 ? 399 : 0));
  }
}

TEST_CASE("Aggregates of floats are exact only by replay") {
  running_aggregate sum(aggregate_function::sum, {});
  sum.add(value(0.1));
  CHECK_FALSE(sum.exact());
  sum.remove(value(0.1));
  CHECK(sum.exact());
  CHECK(sum.finish() == value(0));
  running_aggregate least(aggregate_function::minimum, {});
  least.add(value(1));
  CHECK(least.exact());
  least.add(value(1.0));
  CHECK_FALSE(least.exact());
}
