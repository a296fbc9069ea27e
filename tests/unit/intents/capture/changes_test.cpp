#include "intents/capture/changes.hpp"

#include "tests/unit/intents/answers.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::intents;
using namespace spooky::intents::test;
using namespace std::chrono_literals;

namespace {

value row(const std::string& table, std::int64_t key, object fields = {}) {
  fields.set("id", value{record_id{table, value{key}}});
  return value{std::move(fields)};
}

value update(const std::string& table, std::int64_t key, object fields = {}) {
  return value{object{{"update", row(table, key, std::move(fields))}}};
}

value erase(const std::string& table, std::int64_t key) {
  return value{object{{"delete", row(table, key)}}};
}

value group(versionstamp stamp, array changes) {
  return value{object{{"versionstamp", value{static_cast<std::int64_t>(stamp)}},
                      {"changes", value{std::move(changes)}}}};
}

result<std::vector<feed_transaction>> shown_as(const value& shown) {
  return read(read_changes{0, 10, "_spooky_"}, {{true, shown, {}, false, false}});
}

}  // namespace

TEST_CASE("a feed's groups become transactions with their changes in order") {
  const value shown{array{group(7, {update("person", 1, {{"age", value{3}}}), erase("person", 2)}),
                          group(9, {update("post", 1)})}};
  const auto read = shown_as(shown);
  REQUIRE(read.ok());
  REQUIRE(read->size() == 2);
  const auto& first = read->front();
  CHECK(first.stamp == 7);
  CHECK(first.entries == 1);
  REQUIRE(first.changes.size() == 2);
  CHECK(first.changes[0].op == change_op::update);
  CHECK(first.changes[0].record["age"] == value{3});
  CHECK_FALSE(first.changes[0].version.has_value());
  CHECK(first.changes[1].op == change_op::erase);
  CHECK(first.changes[1].id == record_id{"person", value{2}});
  CHECK(first.changes[1].record.is_none());
}

TEST_CASE("a record's own version is taken from its version field") {
  const value shown{array{group(1, {update("a", 1, {{"_spooky_rv", value{42}}})})}};
  CHECK(shown_as(shown)->front().changes.front().version == 42);
}

TEST_CASE("system tables are left out but count as entries of the page") {
  const value shown{array{group(1, {update("_spooky_query", 1), update("a", 1), update("b", 1)})}};
  const auto read = shown_as(shown);
  CHECK(read->front().changes.size() == 2);
  CHECK(read->front().entries == 3);
}

TEST_CASE("a table defined in a transaction is named and counts as an entry") {
  const value defined{object{{"define_table", value{object{{"name", value{"fresh"}}}}}}};
  const auto read = shown_as(value{array{group(1, {defined})}});
  CHECK(read->front().defined == std::vector<std::string>{"fresh"});
  CHECK(read->front().entries == 1);
}

TEST_CASE("an answer of another shape is refused, not skipped") {
  for (const auto& shown : {value{3}, value{array{value{3}}},
                            value{array{value{object{{"changes", value{array{}}}}}}}}) {
    CAPTURE(surrealql::to_text(shown));
    const auto read = shown_as(shown);
    REQUIRE_FALSE(read.ok());
    CHECK(read.failure().code == errc::corrupt);
    CHECK(read.failure().message.find("change feed") != std::string::npos);
  }
}

TEST_CASE("a feed that includes the original is read like any other") {
  const auto original = [](const char* text) { return parsed(text); };
  const auto read = shown_as(value{array{group(
      1, {original("{ update: { id: t:1, a: 1 } }"),
          original(
              "{ current: { id: t:1, a: 2 }, update: [{ op: 'replace', path: '/a', value: 1 }] }"),
          original("{ delete: { id: t:1, original: { id: t:1, a: 2 } } }")})}});
  REQUIRE(read.ok());
  const auto& changes = read->front().changes;
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].record["a"] == value{1});
  CHECK(changes[1].op == change_op::update);
  CHECK(changes[1].record["a"] == value{2});
  CHECK(changes[2].op == change_op::erase);
  CHECK(changes[2].record.is_none());
  CHECK(read->front().unread.empty());
}

TEST_CASE("an entry in an unknown form concerns its table only") {
  const auto read = shown_as(
      value{array{group(1, {parsed("{ merged: { id: odd:1 }, with: 3 }"), update("person", 1),
                            parsed("{ update: { id: odd:1 }, delete: { id: odd:1 } }"),
                            parsed("{ merged: { id: _spooky_query:1 } }")})}});
  REQUIRE(read.ok());
  const auto& transaction = read->front();
  CHECK(transaction.changes.size() == 1);
  CHECK(transaction.unread == std::set<std::string>{"odd"});
  CHECK_FALSE(transaction.nameless);
  CHECK(transaction.entries == 3);
}

TEST_CASE("an entry that names no record is noted, and counted as if it were a table") {
  for (const auto* entry : {"{ update: { n: 1, kind: 'a' } }", "3", "{ what: 1 }"}) {
    CAPTURE(entry);
    const auto read = shown_as(value{array{group(1, {parsed(entry), update("person", 1)})}});
    REQUIRE(read.ok());
    CHECK(read->front().nameless);
    CHECK(read->front().changes.size() == 1);
    CHECK(read->front().entries == 2);
  }
}

TEST_CASE("stamps carry milliseconds above a counter") {
  CHECK(time_of(stamp_at(1234567ms)) == 1234567ms);
  CHECK(time_of(stamp_at(1234567ms) + 5) == 1234567ms);
}

TEST_CASE("the feed is read from a position on, a page at a time") {
  CHECK(render(read_changes{1234, 50, "_spooky_"}).text ==
        "SHOW CHANGES FOR DATABASE SINCE 1234 LIMIT 50");
}

TEST_CASE("the database tells its time in milliseconds") {
  CHECK(*read(read_clock{}, {said("1500")}) == 1'500ms);
  check_corrupt(read_clock{}, {said("'noon'")}, "time");
}
