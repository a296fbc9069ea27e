#include "views/tables/path_index.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

TEST_CASE("rows are found by value, numbers of any type alike") {
  row_table table("t", 0);
  path_index index(table, {"a"}, 0);
  index.put(0, value(1));
  index.put(1, value(1.0));
  index.put(2, value("1"));
  const auto b = index.find(value(spooky::decimal(1)));
  REQUIRE(b != path_index::no_bucket);
  CHECK(index.rows_in(b) == std::vector<slot>{0, 1});
  const auto moved = index.put(0, value("1"));
  CHECK(moved.from == b);
  CHECK(moved.to == index.find(value("1")));
  CHECK(index.put(0, value("1")).from == moved.to);
  index.remove(1);
  index.release(b);
  CHECK(index.find(value(1)) == path_index::no_bucket);
}

TEST_CASE("only the views interested in a value hear of it") {
  row_table table("t", 0);
  path_index index(table, {"a"}, 0);
  index.subscribe_equal(value("x"), 1);
  index.subscribe_equal(value("y"), 2);
  interval above;
  above.low = {interval_end::kind::excluded, value("x")};
  index.subscribe_range(above, 3);
  const auto interested = [&](path_index::bucket b) {
    std::multiset<std::uint32_t> out;
    index.interested(b, [&](std::uint32_t v) { out.insert(v); });
    return out;
  };
  const auto moved = index.put(0, value("x"));
  CHECK(interested(moved.to) == std::multiset<std::uint32_t>{1});
  CHECK(interested(index.put(0, value("y")).to) == std::multiset<std::uint32_t>{2, 3});
  CHECK(interested(index.put(0, value("w")).to).empty());
  CHECK(interested(index.put_unknown(0).to) == std::multiset<std::uint32_t>{1, 2, 3});
  index.unsubscribe_equal(value("y"), 2);
  index.unsubscribe_range(above, 3);
  CHECK(interested(index.put(0, value("y")).to).empty());
}

TEST_CASE("filing and moving rows follows a map of sets") {
  const unsigned seed = 17;
  CAPTURE(seed);
  std::mt19937 random(seed);
  row_table table("t", 0);
  path_index index(table, {"a"}, 0);
  std::map<int, std::set<slot>> model;
  std::map<slot, int> at;
  for (int i = 0; i < 20'000; ++i) {
    const slot s = static_cast<slot>(random() % 300);
    const int key = static_cast<int>(random() % 40);
    if (const auto known = at.find(s); known != at.end()) model[known->second].erase(s);
    path_index::moved moved;
    if (random() % 4 == 0) {
      moved = index.remove(s);
      at.erase(s);
    } else {
      moved = index.put(s, value(key));
      at[s] = key;
      model[key].insert(s);
    }
    if (moved.from != moved.to) index.release(moved.from);
  }
  for (const auto& [key, rows] : model) {
    const auto b = index.find(value(key));
    if (rows.empty()) {
      CHECK(b == path_index::no_bucket);
      continue;
    }
    REQUIRE(b != path_index::no_bucket);
    std::vector<slot> found = index.rows_in(b);
    std::sort(found.begin(), found.end());
    CHECK(found == std::vector<slot>(rows.begin(), rows.end()));
  }
}
