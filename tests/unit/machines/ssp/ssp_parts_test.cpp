#include "machines/ssp/table_intake.hpp"
#include "protocol/registration_codec.hpp"
#include "surrealql/values/text.hpp"
#include "tests/unit/machines/samples.hpp"

#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;

// -- table_intake
// -----------------------------------------------------------------------------------

namespace {

table_rows loaded(sequence_number seq, std::vector<std::int64_t> keys) {
  table_rows rows;
  rows.table = "t";
  rows.seq = seq;
  for (const auto key : keys) rows.rows.push_back(record("t", key));
  return rows;
}

std::map<std::int64_t, std::uint64_t> versions_by_key(const table_intake::folded_rows& folded) {
  std::map<std::int64_t, std::uint64_t> out;
  for (std::size_t i = 0; i < folded.records.size(); ++i)
    out[folded.records[i]["id"].as_record().key.as_integer()] = folded.versions[i];
  return out;
}

using versions = std::map<std::int64_t, std::uint64_t>;

}  // namespace

TEST_CASE("changes behind the rows' position are folded over them, others are contained") {
  table_intake intake;
  intake.open("t", 10);
  const std::vector<change> kept{erase(11, "t", 1), put(12, "t", 2), put(13, "t", 3),
                                 put(13, "other", 9)};
  intake.keep(kept);
  const auto folded = intake.close(loaded(11, {1, 2}), 13, "_spooky_rv");
  // Change 11 is contained: the rows say that record 1 exists.
  CHECK(versions_by_key(folded) == versions{{1, 11}, {2, 12}, {3, 13}});
  CHECK(folded.seq == 13);
  CHECK(intake.idle());
}

TEST_CASE("rows without a position contain only what came before them: all kept changes count") {
  table_intake intake;
  intake.open("t", 10);
  const std::vector<change> kept{erase(11, "t", 1), put(12, "t", 4)};
  intake.keep(kept);
  const auto folded = intake.close(loaded(0, {1, 2}), 12, "_spooky_rv");
  CHECK(versions_by_key(folded) == versions{{2, 12}, {4, 12}});
}

TEST_CASE("rows ahead of the log keep their position") {
  table_intake intake;
  intake.open("t", 10);
  CHECK(intake.close(loaded(20, {1}), 10, "_spooky_rv").seq == 20);
}

TEST_CASE("a row's version: the loader's, else the record's own, else the position") {
  table_intake intake;
  intake.open("t", 0);
  auto rows = loaded(7, {1, 2});
  rows.rows[1] = record("t", 2, {{"_spooky_rv", value{99}}});
  SUBCASE("given") {
    rows.versions = {3, 4};
    CHECK(versions_by_key(intake.close(rows, 7, "_spooky_rv")) == versions{{1, 3}, {2, 4}});
  }
  SUBCASE("from the record") {
    CHECK(versions_by_key(intake.close(rows, 7, "_spooky_rv")) == versions{{1, 7}, {2, 99}});
  }
}

TEST_CASE("rows older than what was applied when the load began are of no use") {
  table_intake intake;
  intake.open("t", 10);
  CHECK_FALSE(intake.usable(loaded(9, {})));
  CHECK(intake.usable(loaded(10, {})));
  CHECK(intake.usable(loaded(0, {})));
  intake.abandon("t");
  CHECK_FALSE(intake.usable(loaded(10, {})));
}

// -- bodies of registrations
// --------------------------------------------------------------------------

namespace {

value body(const char* text) {
  auto parsed = surrealql::parse_value(text);
  REQUIRE_MESSAGE(parsed.ok(), text);
  return *parsed;
}

result<registration_ptr> read(const char* text) {
  return read_registration(body(text), "_spooky_");
}

std::string key_of(const value& id) {
  const auto read = read_view_id(id, "_spooky_");
  return read.ok() ? *read : "refused: " + read.failure().message;
}

}  // namespace

TEST_CASE("a registration is read with all its members") {
  const auto view = read(
      "{ id: 'v', surql: 'SELECT * FROM t', params: { a: 1 }, clientId: 'c', "
      "ttl: 30m, lastActiveAt: d'2026-01-01T00:00:00Z', edges: false }");
  REQUIRE(view.ok());
  const auto& v = **view;
  CHECK(v.id == "v");
  CHECK(v.surql == "SELECT * FROM t");
  CHECK(value{v.params} == value{object{{"a", value{1}}}});
  CHECK(v.client_id == "c");
  CHECK(v.ttl == duration{1800, 0});
  CHECK(v.last_active_at.has_value());
  CHECK_FALSE(v.edges);
}

TEST_CASE("older names, params and times as text are understood") {
  const auto view = read(
      "{ id: '_spooky_query:v', surreal_ql: 'SELECT * FROM t', params: \"{ who: person:1 }\", "
      "client_id: 'c', ttl: '1h', last_active_at: '2026-01-01T00:00:00Z' }");
  REQUIRE(view.ok());
  const auto& v = **view;
  CHECK(v.id == "v");
  CHECK(v.surql == "SELECT * FROM t");
  CHECK(v.params.find("who")->as_record() == record_id{"person", value{1}});
  CHECK(v.client_id == "c");
  CHECK(v.ttl == duration{3600, 0});
  CHECK(v.last_active_at->seconds == 1767225600);
  CHECK(v.edges);
}

TEST_CASE("the form with plan and metadata is understood") {
  const auto view = read("{ plan: 'SELECT * FROM t', metadata: { id: 'v', clientId: 'c' } }");
  REQUIRE(view.ok());
  CHECK((*view)->id == "v");
  CHECK((*view)->surql == "SELECT * FROM t");
  CHECK((*view)->client_id == "c");
}

TEST_CASE("a view id is text, a record of the query table, or its text, escaped or not") {
  CHECK(key_of(value{"v"}) == "v");
  CHECK(key_of(value{"_spooky_query:v"}) == "v");
  CHECK(key_of(value{"_spooky_query:`odd key`"}) == "odd key");
  CHECK(key_of(value{record_id{"_spooky_query", value{"odd key"}}}) == "odd key");
  CHECK(key_of(value{record_id{"_spooky_query", value{7}}}) == "7");
  CHECK(key_of(value{record_id{"person", value{7}}}).starts_with("refused"));
  CHECK(key_of(value{""}).starts_with("refused"));
  CHECK(key_of(value{3}).starts_with("refused"));
}

TEST_CASE("each member of a wrong type is refused by its name") {
  const std::vector<std::pair<const char*, const char*>> bodies{
      {"id", "{ id: 3, surql: 'SELECT * FROM t' }"},
      {"id", "{ surql: 'SELECT * FROM t' }"},
      {"surql", "{ id: 'v' }"},
      {"surql", "{ id: 'v', surql: 3 }"},
      {"surql", "{ id: 'v', surql: '' }"},
      {"params", "{ id: 'v', surql: 's', params: 3 }"},
      {"params", "{ id: 'v', surql: 's', params: '[1]' }"},
      {"clientId", "{ id: 'v', surql: 's', clientId: 3 }"},
      {"ttl", "{ id: 'v', surql: 's', ttl: 3 }"},
      {"ttl", "{ id: 'v', surql: 's', ttl: 'soon' }"},
      {"lastActiveAt", "{ id: 'v', surql: 's', lastActiveAt: 'now' }"},
      {"format", "{ id: 'v', surql: 's', format: 3 }"},
      {"edges", "{ id: 'v', surql: 's', edges: 'yes' }"}};
  for (const auto& [field, text] : bodies) {
    CAPTURE(text);
    const auto view = read(text);
    REQUIRE_FALSE(view.ok());
    CHECK(view.failure().code == errc::invalid_argument);
    CHECK(view.failure().message.find("'" + std::string{field} + "'") != std::string::npos);
  }
  CHECK(read("[1]").failure().code == errc::invalid_argument);
}

TEST_CASE("the query form names its own fields") {
  const auto view = read_query_registration(
      body("{ query_id: 'v', view_plan: { surql: 'SELECT * FROM t', params: { a: 1 } } }"),
      "_spooky_");
  REQUIRE(view.ok());
  CHECK((*view)->id == "v");
  CHECK((*view)->params.size() == 1);
  CHECK(read_query_registration(body("{ view_plan: 's' }"), "_spooky_")
            .failure()
            .message.find("'query_id'") != std::string::npos);
  CHECK(read_query_registration(body("{ query_id: 'v', view_plan: 3 }"), "_spooky_")
            .failure()
            .message.find("'view_plan'") != std::string::npos);
}

TEST_CASE("a registration survives the way from scheduler to SSP") {
  auto sent =
      std::make_shared<view_registration>(*view_of("v", "SELECT * FROM t", {{"a", value{1}}}));
  sent->ttl = duration{5, 7};
  sent->last_active_at = datetime{9, 1};
  sent->edges = false;
  const auto received = read_registration(to_body(*sent), "_spooky_");
  REQUIRE(received.ok());
  CHECK(to_body(**received) == to_body(*sent));
}
