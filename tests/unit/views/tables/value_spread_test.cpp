#include "views/tables/value_spread.hpp"

#include "views/tables/path_index.hpp"
#include "views/tables/store.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

namespace {

struct world {
  store tables{surrealql::semantics{}};
  row_table& table = tables.make_table("post");

  void add(int key, value kind, value number) {
    const slot s = table.find_or_make(value(key));
    table.put(s,
              value(object{{"id", value(record_id{"post", value(key)})},
                           {"kind", std::move(kind)},
                           {"number", std::move(number)}}),
              1);
  }
  double share(const char* field, const value& key) {
    return tables.spread().share_of(table, {field}, key, nullptr);
  }
};

}  // namespace

TEST_CASE("a sample tells how often a value occurs") {
  world w;
  for (int i = 0; i < 4'000; ++i) w.add(i, value(i % 4 == 0 ? "a" : "b"), value(i));
  CHECK(w.share("kind", value("a")) > 0.15);
  CHECK(w.share("kind", value("a")) < 0.35);
  CHECK(w.share("kind", value("b")) > 0.65);
  CHECK(w.share("kind", value("c")) < 0.01);
  CHECK(w.share("number", value(17)) == doctest::Approx(1.0 / 4'000));
}

TEST_CASE("a sample tells how many rows a range holds") {
  world w;
  for (int i = 0; i < 4'000; ++i) w.add(i, value("a"), value(i));
  const interval half{{}, {interval_end::kind::excluded, value(2'000)}};
  const interval few{{interval_end::kind::included, value(3'990)}, {}};
  CHECK(w.tables.spread().share_within(w.table, {"number"}, half) ==
        doctest::Approx(0.5).epsilon(0.1));
  CHECK(w.tables.spread().share_within(w.table, {"number"}, few) < 0.05);
}

TEST_CASE("a table that has grown is looked at again") {
  world w;
  for (int i = 0; i < 100; ++i) w.add(i, value("a"), value(i));
  CHECK(w.share("kind", value("a")) == 1.0);
  for (int i = 100; i < 1'000; ++i) w.add(i, value("b"), value(i));
  CHECK(w.share("kind", value("a")) < 0.3);
}

TEST_CASE("an index knows exactly") {
  world w;
  for (int i = 0; i < 1'000; ++i) w.add(i, value(i == 77 ? "one" : "other"), value(i));
  path_index& index = w.tables.acquire(w.table, {"kind"});
  CHECK(w.tables.spread().share_of(w.table, {"kind"}, value("one"), &index) == 0.001);
  CHECK(w.tables.spread().share_of(w.table, {"kind"}, value("none of them"), &index) == 0);
  w.tables.release(index);
}

TEST_CASE("without rows two booleans let more through than many records") {
  world w;
  CHECK(w.share("kind", value(true)) > w.share("kind", value("a")));
  CHECK(w.share("kind", value("a")) > w.share("kind", value(record_id{"author", value(1)})));
}
