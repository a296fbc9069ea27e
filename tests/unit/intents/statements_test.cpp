#include "intents/statements.hpp"

#include "tests/unit/intents/answers.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::intents;
using namespace spooky::intents::test;

TEST_CASE("an answer without failures passes, an empty one has no result") {
  CHECK(check_statements({{}, {}}).ok());
  CHECK(read_done({}).ok());
  CHECK(first_result(db_answer{}).failure().code == errc::corrupt);
  CHECK(*first_result({said("1"), said("2")}) == value{1});
  CHECK_FALSE(first_result({said("1"), refused("no")}).ok());
}

TEST_CASE("of a failed transaction's statements the culprit's own text is reported") {
  const std::string vague = "The query was not executed due to a failed transaction";
  const auto outcome =
      check_statements({refused(vague), refused("Field 'a' is wrong"), refused(vague)});
  CHECK(outcome.failure().code == errc::evaluation_error);
  CHECK(outcome.failure().message.find("Field 'a' is wrong") != std::string::npos);
}

TEST_CASE("a transaction conflict is told from a refusal") {
  const auto outcome =
      check_statements({refused("The query was not executed due to a failed transaction"),
                        refused("conflict", true)});
  CHECK(outcome.failure().code == errc::conflict);
}

TEST_CASE("what does not exist is told from what is refused") {
  CHECK(check_statements({missing()}).failure().code == errc::not_found);
}

TEST_CASE("rows that are no array are named") {
  const auto rows = rows_of({said("{ a: 1 }")}, "the rows of t");
  REQUIRE_FALSE(rows.ok());
  CHECK(rows.failure().code == errc::corrupt);
  CHECK(rows.failure().message.find("the rows of t") != std::string::npos);
}
