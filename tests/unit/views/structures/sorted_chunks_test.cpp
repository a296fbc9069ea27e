#include "views/structures/sorted_chunks.hpp"

#include "views/structures/flat_index.hpp"
#include "views/structures/number_set.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky::views;

namespace {

using chunks = sorted_chunks<int, std::less<>>;

std::vector<int> all(const chunks& c) {
  std::vector<int> out;
  c.visit_from_rank(0, [&](int v) {
    out.push_back(v);
    return true;
  });
  return out;
}

}  // namespace

TEST_CASE("sorted chunks behave as a sorted set with ranks") {
  const unsigned seed = 11;
  CAPTURE(seed);
  std::mt19937 random(seed);
  chunks tested{std::less<>{}};
  std::set<int> model;
  for (int i = 0; i < 20'000; ++i) {
    const int v = static_cast<int>(random() % 5000);
    if (random() % 5 < 3) {
      if (model.insert(v).second) tested.insert(v);
    } else {
      CHECK(tested.erase(v) == (model.erase(v) == 1));
    }
    if (i % 500 == 0) {
      const auto at = model.lower_bound(v);
      CHECK(tested.rank(v) == static_cast<std::size_t>(std::distance(model.begin(), at)));
      std::vector<int> from;
      tested.visit_from([&](int x) { return x < v; },
                        [&](int x) {
                          from.push_back(x);
                          return from.size() < 10;
                        });
      std::vector<int> expected;
      for (auto e = at; e != model.end() && expected.size() < 10; ++e) expected.push_back(*e);
      CHECK(from == expected);
    }
  }
  CHECK(tested.size() == model.size());
  CHECK(all(tested) == std::vector<int>(model.begin(), model.end()));

  const std::size_t dropped = tested.size() / 2;
  tested.pop_back(dropped);
  CHECK(tested.size() == model.size() - dropped);
  CHECK(tested.back() == *std::next(model.begin(), static_cast<long>(tested.size()) - 1));
}

TEST_CASE("assign sorts what it is given") {
  chunks tested{std::less<>{}};
  std::vector<int> values;
  for (int i = 2000; i > 0; --i) values.push_back(i);
  tested.assign(values);
  std::reverse(values.begin(), values.end());
  CHECK(all(tested) == values);
  CHECK(tested.rank(1001) == 1000);
}

TEST_CASE("flat index and number set follow their models") {
  const unsigned seed = 5;
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::map<std::uint32_t, std::uint32_t> model;  // key -> number
  std::vector<std::uint32_t> key_of(4000);
  flat_index index;
  number_set set;
  std::set<std::uint64_t> set_model;
  for (int i = 0; i < 50'000; ++i) {
    const auto key = static_cast<std::uint32_t>(random() % 1500);
    const std::size_t hash = key % 97;  // many collisions
    const auto equal = [&](std::uint32_t n) { return key_of[n] == key; };
    const auto known = model.find(key);
    CHECK(index.find(hash, equal) == (known == model.end() ? flat_index::absent : known->second));
    if (known == model.end()) {
      key_of[key] = key;
      index.insert(hash, key);
      model.emplace(key, key);
    } else if (random() % 2 == 0) {
      CHECK(index.erase(hash, known->second));
      model.erase(known);
    }
    const std::uint64_t member = random() % (i / 1000 % 2 == 0 ? 24 : 60);
    if (random() % 2 == 0)
      CHECK(set.insert(member) == set_model.insert(member).second);
    else
      CHECK(set.erase(member) == (set_model.erase(member) == 1));
  }
  CHECK(index.size() == model.size());
  CHECK(std::set<std::uint64_t>(set.begin(), set.end()) == set_model);
}
