#include "intents/capture/defined_names.hpp"

#include "tests/unit/intents/answers.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::intents;
using namespace spooky::intents::test;

TEST_CASE("INFO FOR DB STRUCTURE tells which params and functions there are") {
  CHECK(render(list_names{}).text == "INFO FOR DB STRUCTURE; INFO FOR DB");
  const value param(object{{"name", value("p")}, {"value", value("1")}});
  const value function(object{{"name", value("a::b")}, {"block", value("{ 1 }")}});
  const value info(object{{"params", value(array{param})}, {"functions", value(array{function})}});
  const value texts(object{{"params", value(object{{"p", value("DEFINE PARAM $p VALUE 1")}})}});
  const auto named =
      read(list_names{}, {{true, info, {}, false, false}, {true, texts, {}, false, false}});
  REQUIRE(named.ok());
  CHECK(named->params == array{param});
  CHECK(named->functions == array{function});
  CHECK(named->texts == texts);
  const auto told = [](const char* user) {
    const auto heard = read(list_names{}, {said("{ params: [], functions: [] }"), said(user)});
    REQUIRE(heard.ok());
    return std::string{heard->texts["users"]["ed"].as_string()};
  };
  // As 3.0.2 and as 3.3.3 tell it; what ends nowhere is taken out to its end.
  CHECK(told("{ users: { ed: \"DEFINE USER ed ON DATABASE PASSHASH '$argon2id$v=19$x' ROLES "
             "EDITOR\" } }") == "DEFINE USER ed ON DATABASE PASSHASH '[REDACTED]' ROLES EDITOR");
  CHECK(
      told("{ users: { ed: \"DEFINE USER ed PASSHASH '[REDACTED]' PASSSCRAM '[REDACTED]'\" } }") ==
      "DEFINE USER ed PASSHASH '[REDACTED]' PASSSCRAM '[REDACTED]'");
  CHECK(told("{ users: { ed: \"DEFINE USER ed PASSHASH '$argon2id\" } }") ==
        "DEFINE USER ed PASSHASH '[REDACTED]");
  check_corrupt(list_names{}, {said("{ params: [] }")}, "list of functions");
  check_corrupt(list_names{}, {said("{ params: [{}], functions: [] }")}, "list of params");
  check_corrupt(list_names{}, {said("{ params: [], functions: [] }"), said("[]")},
                "without an object");
}
