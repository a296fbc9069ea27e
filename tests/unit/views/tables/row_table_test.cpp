#include "views/tables/row_table.hpp"

#include <map>
#include <random>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

namespace {

value_range range(range_bound begin, range_bound end) { return {std::move(begin), std::move(end)}; }

std::vector<value> keys_in(const row_table& table, const value_range& keys) {
  std::vector<value> out;
  table.scan(keys, [&](slot s) {
    out.push_back(table[s].key);
    return true;
  });
  return out;
}

}  // namespace

TEST_CASE("rows come in the order of SurrealDB's record ids") {
  row_table table("t", 0);
  for (const value& key : {value("a"), value(10), value(9), value("10"), value(array{1, 2})})
    table.put(table.find_or_make(key), value(object{{"k", key}}), 1);
  CHECK(keys_in(table, {}) ==
        std::vector<value>{9, 10, "10", "a", value(array{value(1), value(2)})});
  using kind = range_bound::kind;
  CHECK(keys_in(table, range({kind::excluded, value(9)}, {kind::included, value("10")})) ==
        std::vector<value>{10, "10"});
  CHECK(keys_in(table, range({kind::included, value(9)}, {kind::excluded, value(10)})) ==
        std::vector<value>{9});
}

TEST_CASE("a slot is kept while pinned and reused after release") {
  row_table table("t", 0);
  const slot s = table.find_or_make(value(1));
  table.put(s, value(object{{"a", 1}}), 1);
  table.put(s, value::none(), 2);
  CHECK(table.size() == 0);
  CHECK(table.find(value(1)) == s);
  table[s].pins = 1;
  table.release(s);
  CHECK(table.find(value(1)) == s);
  table[s].pins = 0;
  table.release(s);
  CHECK(table.find(value(1)) == no_slot);
  CHECK(table.find_or_make(value(2)) == s);
}

TEST_CASE("puts, deletes and scans follow an ordered map") {
  const unsigned seed = 41;
  CAPTURE(seed);
  std::mt19937 random(seed);
  row_table table("t", 0);
  std::map<int, int> model;
  std::vector<value> first;
  for (int i = 0; i < 500; ++i) {
    first.emplace_back(object{{"id", value(record_id{"t", value(i * 2)})}, {"v", i}});
    model[i * 2] = i;
  }
  table.load(first, {}, 7);
  CHECK(table[table.find(value(8))].version == 7);
  for (int i = 0; i < 5000; ++i) {
    const int key = static_cast<int>(random() % 1200);
    const slot s = table.find_or_make(value(key));
    if (random() % 3 == 0) {
      table.put(s, value::none(), 1);
      table.release(s);
      model.erase(key);
    } else {
      table.put(s, value(object{{"v", i}}), 1);
      model[key] = i;
    }
  }
  std::vector<value> expected;
  for (const auto& [key, v] : model) expected.emplace_back(key);
  CHECK(keys_in(table, {}) == expected);
  CHECK(table.size() == model.size());
  for (const auto& [key, v] : model) CHECK(table[table.find(value(key))].record["v"] == value(v));
}

TEST_CASE("keys whose numbers differ by type only are different rows, in SurrealDB's order") {
  row_table table("t", 0);
  const value whole(array{value(1)}), floating(array{value(1.0)}),
      exact(array{value(decimal(std::int64_t{1}))});
  for (const value& key : {exact, whole, floating, value(array{value(1.5)})})
    table.put(table.find_or_make(key), value(object{{"k", key}}), 1);
  CHECK(table.size() == 4);
  CHECK(table.find(whole) != table.find(floating));
  CHECK(table.find(floating) != table.find(exact));
  CHECK(table.find(value(array{value(-0.0)})) == no_slot);
  using kind = range_bound::kind;
  CHECK(keys_in(table, range({kind::included, whole}, {kind::included, floating})).size() == 2);
  CHECK(keys_in(table, range({kind::included, whole}, {})).size() == 4);
}
