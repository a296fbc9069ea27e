#include "surrealql/values/value.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <thread>

#include <doctest/doctest.h>

using namespace spooky;

namespace {

value dec(std::string_view text) { return value(decimal::parse(text).value()); }

value record(std::string table, value key) {
  return value(record_id{std::move(table), std::move(key)});
}

value closed_range(value a, value b) {
  return value(value_range{{range_bound::kind::included, std::move(a)},
                           {range_bound::kind::excluded, std::move(b)}});
}

value point(double x, double y) { return value(geometry{geometry::kind::point, {{x, y}}, {}}); }

/// One value after another in the engine's order, every one strictly greater than the one before.
std::vector<value> ascending() {
  uuid id;
  id.bytes[15] = 1;
  const double infinity = std::numeric_limits<double>::infinity();
  return {
      value::none(),
      value::null(),
      value(false),
      value(true),
      value(-infinity),
      value(std::numeric_limits<std::int64_t>::min()),
      value(-1),
      value(-0.5),
      value(0),
      dec("0.05"),
      value(0.1),
      value(1),
      dec("1.5"),
      value(9007199254740992.0),
      value(std::int64_t{9007199254740993}),
      value(std::numeric_limits<std::int64_t>::max()),
      value(1e30),
      value(infinity),
      value(std::nan("")),
      value(""),
      value("10"),
      value("9"),
      value("B"),
      value("a"),
      value("aa"),
      value("z"),
      value("é"),
      value(duration{0, 1}),
      value(duration{1, 0}),
      value(datetime{-1, 5}),
      value(datetime{0, 0}),
      value(uuid{}),
      value(id),
      value(array{}),
      value(array{1}),
      value(array{1, 2}),
      value(array{2}),
      value::set({}),
      value::set({value(3), value(1)}),
      value(object{}),
      value(object{{"a", 1}}),
      value(object{{"a", 1}, {"b", 0}}),
      value(object{{"a", 2}}),
      value(object{{"b", 0}}),
      point(1, 2),
      point(1, 3),
      value::bytes("a"),
      value::table("t"),
      record("p", 1),
      record("p", 10),
      record("p", "10"),
      record("p", "a"),
      record("p", value(uuid{})),
      record("p", value(array{1})),
      record("p", value(object{{"a", 1}})),
      record("q", 0),
      value::file("b", "/k"),
      value::regex("a+"),
      closed_range(1, 2),
      closed_range(2, 2),
  };
}

}  // namespace

TEST_CASE("values of all types stand in the engine's total order") {
  const auto values = ascending();
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < values.size(); ++j) {
      CAPTURE(i);
      CAPTURE(j);
      CHECK((values[i] <=> values[j]) == (i <=> j));
      CHECK((values[i] == values[j]) == (i == j));
      if (i == j) CHECK(values[i].hash() == values[j].hash());
    }
  }
}

TEST_CASE("numbers compare by value whatever their kind, and hash alike") {
  const std::vector<std::vector<value>> equal = {
      {value(1), value(1.0), dec("1")},
      {value(0), value(-0.0), dec("0.0")},
      {value(0.1), dec("0.1")},
      {value(0.5), dec("0.5")},
      {value(0.12345), dec("0.12345")},
      {value(1e15), value(std::int64_t{1000000000000000}), dec("1000000000000000")},
      {value(std::nan("")), value(std::nan("1"))},
  };
  for (const auto& group : equal) {
    for (const auto& a : group) {
      for (const auto& b : group) {
        CHECK(a == b);
        CHECK((a <=> b) == 0);
        CHECK(a.hash() == b.hash());
      }
    }
  }
  CHECK(value(-std::nan("")) < value(-INFINITY));
  CHECK(value(-std::nan("")) < dec("-5"));
  CHECK(value(std::nan("")) > value(INFINITY));
  CHECK(value(std::int64_t{9007199254740993}) != value(9007199254740992.0));
  CHECK(value(0.00001) != dec("0.00001"));
  CHECK(value(array{1, 2.0}) == value(array{1.0, 2}));
  CHECK(value(object{{"a", 1}}) == value(object{{"a", 1.0}}));
  CHECK(value(array{1, 2.0}).hash() == value(array{1.0, 2}).hash());
}

TEST_CASE("different types are never equal") {
  CHECK(record("user", 1) != value("user:1"));
  CHECK(value(1) != value("1"));
  CHECK(value(1) != value(true));
  CHECK(value::none() != value::null());
  CHECK(record("user", 1) != record("user", "1"));
  CHECK(value::set({value(1)}) != value(array{1}));
  CHECK(value(object{{"a", 1}, {"b", value::none()}}) != value(object{{"a", 1}}));
  CHECK(value::table("a") != value("a"));
}

TEST_CASE("truth follows the engine") {
  for (const auto& falsy :
       {value::none(), value::null(), value(false), value(0), value(0.0), dec("0"), value(""),
        value(array{}), value(object{}), value(duration{}), value::bytes(""), value::set({}),
        value::table("person"), closed_range(1, 5), value::regex("a")})
    CHECK_FALSE(falsy.truthy());
  for (const auto& truthy : {value("false"), value(std::nan("")), value(datetime{}), value(uuid{}),
                             record("p", 0), point(0, 0), value(-1), value(array{value::none()})})
    CHECK(truthy.truthy());
}

TEST_CASE("an object keeps its members sorted and the last of equal names") {
  const object made{{"b", 1}, {"a", 2}, {"b", 3}, {"c", 4}, {"b", 5}};
  CHECK(made.size() == 3);
  CHECK(made.begin()->first == "a");
  CHECK(*made.find("b") == value(5));
  CHECK(made.find("d") == nullptr);

  object large;
  for (int i = 99; i >= 0; --i) large.set("k" + std::to_string(i), value(i));
  CHECK(large.size() == 100);
  CHECK(std::is_sorted(large.begin(), large.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; }));
  CHECK(*large.find("k57") == value(57));
  CHECK(large.find("k") == nullptr);
  CHECK(large.find("zz") == nullptr);
  large.set("k57", value("new"));
  CHECK(large.size() == 100);
  CHECK(*large.find("k57") == value("new"));
  CHECK(large.erase("k57"));
  CHECK_FALSE(large.erase("k57"));
  CHECK(large.find("k57") == nullptr);
}

TEST_CASE("a set is sorted, without duplicates, and keeps the first of equal numbers") {
  const value set = value::set({value(2), value(1.0), value(1), value(2)});
  REQUIRE(set.as_array().size() == 2);
  CHECK(set.as_array()[0].type() == value_type::floating);
}

TEST_CASE("member access gives NONE where there is nothing") {
  const value v(object{{"a", 1}});
  CHECK(v["a"] == value(1));
  CHECK(v["b"].is_none());
  CHECK(value(3)["a"].is_none());
}

TEST_CASE("copies share one payload; assignment to itself and into its own part is safe") {
  value text("a rather long string that is certainly not inline");
  value copy = text;
  CHECK(copy.same_payload(text));
  CHECK(copy.as_string().data() == text.as_string().data());
  const value& alias = text;
  text = alias;
  CHECK(text == copy);
  value nested(array{value(array{value("inner")})});
  nested = nested.as_array()[0];
  CHECK(nested == value(array{value("inner")}));
  value moved = std::move(copy);
  CHECK(copy.is_none());
  CHECK(moved == text);
}

TEST_CASE("values may be shared between threads") {
  const value shared(array{value("x"), value(object{{"k", value("v")}})});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([shared] {
      for (int i = 0; i < 20000; ++i) {
        value copy = shared;
        value part = copy.as_array()[1]["k"];
        copy = part;
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(shared.as_array()[1]["k"] == value("v"));
}

TEST_CASE("property: order is total over random nested values") {
  const unsigned seed = 7;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto leaves = ascending();
  auto make = [&](auto&& self, int depth) -> value {
    switch (depth > 2 ? 0 : random() % 4) {
      case 1: {
        array items(random() % 3);
        for (auto& item : items) item = self(self, depth + 1);
        return value(std::move(items));
      }
      case 2: {
        object members;
        for (auto n = random() % 3; n > 0; --n)
          members.set(std::string(1, static_cast<char>('a' + random() % 3)), self(self, depth + 1));
        return value(std::move(members));
      }
      default:
        return leaves[random() % leaves.size()];
    }
  };
  std::vector<value> values;
  for (int i = 0; i < 300; ++i) values.push_back(make(make, 0));
  std::sort(values.begin(), values.end());
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i + 1; j < values.size(); ++j) {
      CHECK((values[i] <=> values[j]) <= 0);
      CHECK((values[j] <=> values[i]) >= 0);
      CHECK(((values[i] <=> values[j]) == 0) == (values[i] == values[j]));
      if (values[i] == values[j]) CHECK(values[i].hash() == values[j].hash());
    }
  }
}
