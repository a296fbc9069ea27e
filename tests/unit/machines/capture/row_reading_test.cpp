#include "machines/capture/page_reading.hpp"
#include "machines/capture/record_reading.hpp"
#include "tests/unit/machines/samples.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;

namespace {

using keys = std::vector<std::int64_t>;

/// A table of numbered rows, of which some fail every SELECT that touches them.
struct table_with_failures {
  keys rows;
  std::set<std::int64_t> failing;
  int questions = 0;

  error refusal() const { return fail(errc::evaluation_error, "SurrealDB: Could not cast"); }

  keys stretch(const std::optional<record_id>& after, std::size_t limit) const {
    keys found;
    for (const auto key : rows)
      if ((!after || key > after->key.as_integer()) && found.size() < limit) found.push_back(key);
    return found;
  }
  bool fails(const keys& asked) const {
    return std::any_of(asked.begin(), asked.end(), [&](auto k) { return failing.contains(k); });
  }

  result<array> ask(const intents::read_page& asked) const {
    const auto found = stretch(asked.after, asked.rows);
    if (fails(found)) return refusal();
    array page;
    for (const auto key : found) page.push_back(record("t", key));
    return page;
  }
  result<array> ask(const intents::list_ids& asked) const {
    array ids;
    for (const auto key : stretch(asked.after, asked.rows))
      ids.emplace_back(record_id{"t", value{key}});
    return ids;
  }
  result<std::vector<change>> ask(const intents::read_records& asked) const {
    keys wanted;
    for (const auto& id : asked.ids) wanted.push_back(id.key.as_integer());
    if (fails(wanted)) return refusal();
    std::vector<change> found;
    for (const auto key : wanted)
      found.push_back(std::count(rows.begin(), rows.end(), key) != 0 ? put(0, "t", key)
                                                                     : erase(0, "t", key));
    return found;
  }

  table_page read(std::optional<record_id> after, std::size_t limit) {
    page_reading reading{"t", std::move(after), limit};
    while (const auto question = reading.next()) {
      ++questions;
      std::visit(
          [&](const auto& asked) {
            auto said = ask(asked);
            if (said.ok())
              REQUIRE(reading.answered(std::move(said).value()).ok());
            else
              REQUIRE(reading.failed(said.failure()));
          },
          *question);
    }
    return reading.page();
  }
};

keys keys_of(const array& rows) {
  keys found;
  for (const auto& row : rows) found.push_back(row["id"].as_record().key.as_integer());
  return found;
}

record_id row(std::int64_t key) { return {"t", value{key}}; }

}  // namespace

TEST_CASE("a page whose rows can be read is one question") {
  table_with_failures table{{1, 2, 3, 4}, {}};
  const auto page = table.read(std::nullopt, 3);
  CHECK(keys_of(page.rows) == keys{1, 2, 3});
  CHECK(page.last == row(3));
  CHECK_FALSE(page.ends);
  CHECK(table.questions == 1);
}

TEST_CASE("a row that cannot be read is left out of its page and named") {
  table_with_failures table{{1, 2, 3, 4, 5, 6, 7, 8}, {3}};
  const auto page = table.read(std::nullopt, 8);
  CHECK(keys_of(page.rows) == keys{1, 2, 4, 5, 6, 7, 8});
  CHECK(page.left_out == std::vector<record_id>{row(3)});
  CHECK(page.last == row(8));
  CHECK_FALSE(page.ends);
  // The page, its ids, all of them, and two for each of three halvings.
  CHECK(table.questions == 9);
}

TEST_CASE("the next page begins behind a row that cannot be read") {
  table_with_failures table{{1, 2, 3}, {2}};
  const auto first = table.read(std::nullopt, 2);
  CHECK(first.last == row(2));
  CHECK_FALSE(first.ends);
  const auto second = table.read(first.last, 2);
  CHECK(keys_of(second.rows) == keys{3});
  CHECK(second.ends);
}

TEST_CASE("a page of which no row can be read still leads to the next") {
  table_with_failures table{{1, 2, 3}, {1, 2}};
  const auto page = table.read(std::nullopt, 2);
  CHECK(page.rows.empty());
  CHECK(page.left_out.size() == 2);
  CHECK(page.last == row(2));
  CHECK_FALSE(page.ends);
}

TEST_CASE("an empty page ends the table") {
  table_with_failures table{{}, {}};
  const auto page = table.read(std::nullopt, 2);
  CHECK(page.ends);
  CHECK_FALSE(page.last.has_value());
}

TEST_CASE("what is wrong with the way and not with a row fails the page") {
  page_reading reading{"t", std::nullopt, 2};
  CHECK_FALSE(reading.failed(fail(errc::unavailable, "away")));
  CHECK_FALSE(reading.failed(fail(errc::not_found, "no such table")));
  CHECK(reading.failed(fail(errc::evaluation_error, "a row")));
  CHECK_FALSE(reading.failed(fail(errc::evaluation_error, "its ids neither")));
}

TEST_CASE("records are read in groups, and one that cannot be read counts as deleted") {
  table_with_failures table{{1, 2, 3, 4}, {4}};
  record_reading reading{{row(1), row(4), row(9)}, 2};
  std::size_t largest = 0;
  while (const auto* ids = reading.next()) {
    largest = std::max(largest, ids->size());
    auto said = table.ask(intents::read_records{*ids, {}, {}});
    if (said.ok())
      reading.answered(std::move(said).value());
    else
      REQUIRE(reading.failed(said.failure()));
  }
  CHECK(largest == 2);
  const auto& found = reading.found();
  CHECK(found.changes == std::vector<change>{put(0, "t", 1), erase(0, "t", 4), erase(0, "t", 9)});
  CHECK(found.left_out == std::vector<record_id>{row(4)});
}
