#include "surrealql/values/record_order.hpp"

#include "surrealql/values/text.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;

namespace {

record_id id(const std::string& key) {
  auto parsed = surrealql::parse_value(key);
  REQUIRE_MESSAGE(parsed.ok(), key);
  return {"t", std::move(parsed).value()};
}

}  // namespace

TEST_CASE("records are told apart by their numbers' types, in one order") {
  // As a table of SurrealDB 3.3.3 lists them.
  const std::vector<std::string> order{"1",           "2",
                                       "[0f]",        "[1]",
                                       "[1, 1]",      "[1f]",
                                       "[1f, 0]",     "[1dec]",
                                       "[1.5f]",      "[2f]",
                                       "{ a: 1 }",    "{ a: 1, b: 2 }",
                                       "{ a: 1f }",   "{ a: 1f, b: 1 }",
                                       "{ a: 1dec }", "{ a: [1] }",
                                       "{ a: [1f] }"};
  record_map<std::size_t> all;
  for (std::size_t i = 0; i < order.size(); ++i) all.emplace(id(order[i]), i);
  CHECK(all.size() == order.size());
  for (std::size_t a = 0; a < order.size(); ++a) {
    CHECK(all.at(id(order[a])) == a);
    for (std::size_t b = 0; b < order.size(); ++b) {
      CAPTURE(order[a]);
      CAPTURE(order[b]);
      CHECK(record_before{}(id(order[a]), id(order[b])) == (a < b));
      CHECK(same_record{}(id(order[a]), id(order[b])) == (a == b));
    }
  }
  CHECK(id("[1]") == id("[1f]"));
  CHECK_FALSE(same_record{}(id("[r'o:[1]']"), id("[r'o:[1f]']")));
  CHECK(same_record{}(id("[0f]"), id("[-0f]")));
}
