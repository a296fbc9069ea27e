#include "machines/capture/table_difference.hpp"

#include "machines/capture/compare_queue.hpp"
#include "machines/capture/version_gate.hpp"
#include "tests/unit/machines/samples.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;

namespace {

constexpr std::string_view rv = "_spooky_rv";
using table = std::map<record_id, value>;

template <class Row, class Make>
table_stretch<Row> stretch(const table& rows, const std::optional<record_id>& after,
                           std::size_t limit, Make make) {
  table_stretch<Row> cut;
  cut.to_the_end = true;
  for (auto it = after ? rows.upper_bound(*after) : rows.begin(); it != rows.end(); ++it) {
    if (cut.rows.size() == limit) {
      cut.to_the_end = false;
      break;
    }
    cut.rows.push_back(make(*it));
  }
  return cut;
}

/// Brings `replica` to `database` page by page; gives the pages it took.
int mend(const table& database, table& replica, std::size_t limit, std::size_t other_limit) {
  int pages = 0;
  std::optional<record_id> after;
  do {
    ++pages;
    REQUIRE(pages < 1'000);
    const auto found = difference(
        stretch<value>(database, after, limit, [](const auto& row) { return row.second; }),
        stretch<storage::stored_record>(replica, after, other_limit,
                                        [](const auto& row) {
                                          return storage::stored_record{row.first, row.second, 1};
                                        }),
        rv);
    REQUIRE(found.ok());
    for (const auto& c : found->changes) {
      const bool there = replica.contains(c.id);
      CHECK(there == (c.op != change_op::create));
      if (c.op == change_op::erase)
        replica.erase(c.id);
      else
        replica[c.id] = c.record;
    }
    if (after && found->reached) CHECK(*after < *found->reached);
    after = found->reached;
  } while (after);
  return pages;
}

record_id id_of(std::mt19937& random, int range) {
  const auto n = static_cast<std::int64_t>(random() % static_cast<unsigned>(range));
  switch (random() % 3) {
    case 0:
      return {"t", value{n}};
    case 1:
      return {"t", value{"k" + std::to_string(n)}};
    default:
      return {"t", value{array{value{n % 3}, value{n}}}};
  }
}

table random_table(std::mt19937& random, int range) {
  table rows;
  for (auto n = random() % 40; n > 0; --n) {
    const auto id = id_of(random, range);
    rows[id] = value{object{{"id", value{id}}, {"a", value{static_cast<int>(random() % 2)}}}};
  }
  return rows;
}

}  // namespace

TEST_CASE("whatever differs, applying the difference makes the replica the database") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    const auto database = random_table(random, 20);
    auto replica = random_table(random, seed % 2 == 0 ? 20 : 200);
    mend(database, replica, 1 + random() % 9, 1 + random() % 9);
    CHECK(replica == database);
    CHECK(mend(database, replica, 100, 100) == 1);
  }
}

TEST_CASE("each difference has a mark, another one as soon as either side says something else") {
  const auto one = [](std::int64_t a) { return record("t", 1, {{"a", value{a}}}); };
  const auto mark = [&](const value& database, const value& replica) {
    const auto found = difference({{database}, true}, {{{{"t", value{1}}, replica, 1}}, true}, rv);
    REQUIRE(found->marks.size() == found->changes.size());
    REQUIRE(found->marks.size() == 1);
    return found->marks.front();
  };
  const auto first = mark(one(1), one(2));
  CHECK(mark(one(1), one(2)) == first);
  CHECK(mark(one(3), one(2)) != first);
  CHECK(mark(one(1), one(3)) != first);
  const auto missing = difference({{one(1)}, true}, {{}, true}, rv);
  REQUIRE(missing->marks.size() == 1);
  CHECK(missing->marks.front() != first);
}

TEST_CASE("what is said of computed fields does not count") {
  const auto told = [](std::int64_t a, std::int64_t sum) {
    return record("t", 1, {{"a", value{a}}, {"sum", value{sum}}});
  };
  const auto found = [&](const value& database, const value& replica) {
    return difference({{database}, true}, {{{{"t", value{1}}, replica, 1}}, true}, rv, {"sum"})
        ->changes.size();
  };
  CHECK(found(told(1, 5), told(1, 6)) == 0);
  CHECK(found(told(1, 5), told(2, 5)) == 1);
}

TEST_CASE("nothing is found where nothing differs, and everything where one side is empty") {
  std::mt19937 random{7};
  const auto database = random_table(random, 50);
  table replica = database;
  const auto all = stretch<value>(database, {}, 100, [](const auto& row) { return row.second; });
  const auto held = stretch<storage::stored_record>(replica, {}, 100, [](const auto& row) {
    return storage::stored_record{row.first, row.second, 1};
  });
  auto found = difference(all, held, rv);
  REQUIRE(found.ok());
  CHECK(found->changes.empty());
  CHECK(found->rows == database.size());
  found = difference(all, {{}, true}, rv);
  CHECK(found->changes.size() == database.size());
  found = difference({{}, true}, held, rv);
  REQUIRE(found->changes.size() == database.size());
  CHECK(found->changes.front().op == change_op::erase);
}

TEST_CASE("a number's type is a difference; a version that an event added is none") {
  const auto row = [](value a, object more = {}) {
    more.set("a", std::move(a));
    return record("t", 1, std::move(more));
  };
  const auto compare = [](const value& database, const value& replica) {
    const auto found = difference(
        {{database}, true}, {{storage::stored_record{{"t", value{1}}, replica, 1}}, true}, rv);
    return found->changes.size();
  };
  CHECK(compare(row(value{1}), row(value{1})) == 0);
  CHECK(compare(row(value{1}), row(value{1.0})) == 1);
  CHECK(compare(row(value{1}), row(value{1}, {{"_spooky_rv", value{4}}})) == 0);
  CHECK(compare(row(value{1}, {{"_spooky_rv", value{5}}}),
                row(value{1}, {{"_spooky_rv", value{4}}})) == 1);
}

TEST_CASE("a table waits once to be compared, and again when it changes under way") {
  compare_queue queue;
  queue.add("a");
  queue.add("a");
  queue.add("b");
  CHECK(queue.size() == 2);
  CHECK(queue.at_beginning());
  page_difference page;
  page.rows = 2;
  page.reached = record_id{"a", value{2}};
  CHECK_FALSE(queue.next(0).after);
  CHECK_FALSE(queue.took(page));
  CHECK(queue.next(5).after == record_id{"a", value{2}});
  CHECK(queue.next(5).applied == 5);
  queue.add("a");
  page.reached.reset();
  const auto done = queue.took(page);
  REQUIRE(done);
  CHECK(done->rows == 4);
  CHECK(queue.front() == "b");
  CHECK(queue.size() == 2);
  queue.postpone();
  CHECK(queue.front() == "a");
  CHECK(queue.at_beginning());
}

TEST_CASE("only what is newer passes the gate, and what was refused may come again") {
  const auto event = [](std::int64_t key, std::uint64_t version) {
    auto c = put(0, "t", key);
    c.version = version;
    return c;
  };
  version_gate gate{100};
  CHECK(gate.admit(event(1, 1)));
  CHECK_FALSE(gate.admit(event(1, 1)));
  CHECK(gate.admit(event(1, 3)));
  CHECK_FALSE(gate.admit(event(1, 2)));
  CHECK(gate.knows({"t", value{1}}));
  gate.withdraw(event(1, 3));
  CHECK_FALSE(gate.knows({"t", value{1}}));
  CHECK(gate.admit(event(1, 3)));
  CHECK(gate.knows({"t", value{1}}));
  CHECK(gate.admit(put(0, "t", 1)));
  const auto moment = gate.passed();
  CHECK_FALSE(gate.overtaken(event(1, 4), moment));
  CHECK(gate.admit(event(1, 4)));
  CHECK(gate.overtaken(event(1, 4), moment));
  CHECK(gate.overtaken(put(0, "t", 1), moment));
  // What was read is newer than what came meanwhile.
  CHECK_FALSE(gate.overtaken(event(1, 5), moment));
  gate.raise({"t", value{200}}, 9);
  CHECK_FALSE(gate.knows({"t", value{200}}));
  gate.raise({"t", value{1}}, 9);
  CHECK_FALSE(gate.admit(event(1, 8)));
  gate.set(event(1, 9), 8);
  CHECK_FALSE(gate.admit(event(1, 9)));
  // A write that was rolled back may have used the number before, but not one that was committed.
  auto other = event(1, 9);
  other.record = record("t", 1, {{"a", value{1}}});
  CHECK(gate.admit(other));
  gate.set(event(1, 9), 9);
  CHECK_FALSE(gate.admit(other));
  SUBCASE("it forgets the record it has known longest") {
    for (std::int64_t key = 2; key <= 101; ++key) CHECK(gate.admit(event(key, 1)));
    CHECK(gate.known({"t", value{1}}) == 0);
    CHECK(gate.known({"t", value{2}}) == 1);
  }
}
