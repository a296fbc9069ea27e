#include "actors/database_query.hpp"
#include "actors/ssp/edge_transaction.hpp"
#include "actors/ssp/view_ownership.hpp"
#include "machines/ssp/table_intake.hpp"
#include "tests/unit/machines/samples.hpp"
#include "tests/unit/protocol/bodies.hpp"

#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using spooky::test::body;

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

// -- what the database answers
// ------------------------------------------------------------------------

namespace {

db_statement failed(std::string message, bool retryable = false) {
  return {false, {}, std::move(message), retryable};
}

}  // namespace

TEST_CASE("an answer without failures passes, an empty one has no result") {
  CHECK(check_statements({{}, {}}).ok());
  CHECK(first_result(db_answer{}).failure().code == errc::corrupt);
  const db_answer answer{{true, value{1}, {}, false}, {true, value{2}, {}, false}};
  CHECK(*first_result(answer) == value{1});
  CHECK(*last_result(answer) == value{2});
}

TEST_CASE("of a failed transaction's statements the culprit's own text is reported") {
  const std::string vague = "The query was not executed due to a failed transaction";
  const auto outcome =
      check_statements({failed(vague), failed("Field 'a' is wrong"), failed(vague)});
  CHECK(outcome.failure().code == errc::evaluation_error);
  CHECK(outcome.failure().message.find("Field 'a' is wrong") != std::string::npos);
}

TEST_CASE("a transaction conflict is told from a refusal") {
  const auto outcome = check_statements(
      {failed("The query was not executed due to a failed transaction"), failed("conflict", true)});
  CHECK(outcome.failure().code == errc::conflict);
}

TEST_CASE("what does not exist is told from what is refused") {
  auto missing = failed("The table 't' does not exist");
  missing.missing = true;
  CHECK(check_statements({missing}).failure().code == errc::not_found);
}

TEST_CASE("what a claim found is read by the edges' keys, whoever wrote them") {
  db_answer answer(10, db_statement{});
  answer[7].result = body(
      "[{ id: r'_spooky_list_ref:abc', version: 3, clientId: 'c' }, { id: r'_spooky_list_ref:7' "
      "}]");
  answer[8].result = body("{ epoch: 5, writes: 2, seq: 9 }");
  const auto read = read_claimed(answer);
  REQUIRE(read.ok());
  CHECK(read->edges == stored_edges{{value{7}, {0, ""}}, {value{"abc"}, {3, "c"}}});
  CHECK(read->epoch == 5);
  CHECK(read->writes == 2);
  CHECK(read->seq == 9);
  answer[7].result = body("[{ version: 3 }]");
  CHECK_FALSE(read_claimed(answer).ok());
  answer.pop_back();
  CHECK_FALSE(read_claimed(answer).ok());
}

TEST_CASE("a fenced transaction is told from one that failed otherwise") {
  auto failed = [](const char* text) { return db_statement{false, {}, text, false}; };
  const auto cancelled = failed("The query was not executed due to a failed transaction");
  CHECK(is_fenced({db_statement{}, cancelled, failed("An error occurred: FENCED")}));
  CHECK_FALSE(is_fenced({db_statement{}, cancelled, failed("An error occurred: mine")}));
  CHECK_FALSE(is_fenced({db_statement{true, value{"FENCED"}, {}, false}}));
}

TEST_CASE("query records are restored; unreadable ones are named") {
  std::vector<std::string> skipped;
  const auto views =
      read_stored_views(body("[{ id: r'_spooky_query:v', surql: 'SELECT * FROM t', ttl: 1h }, "
                             "{ id: r'_spooky_query:broken' }]"),
                        skipped);
  REQUIRE(views.size() == 1);
  CHECK(views[0]->id == "v");
  CHECK(views[0]->ttl == duration{3600, 0});
  CHECK(skipped == std::vector<std::string>{"_spooky_query:broken"});
}
