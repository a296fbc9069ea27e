#include "surrealql/analyse/clock_uses.hpp"

#include "surrealql/syntax/parse.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

std::string uses(std::string_view text) {
  const auto select = parse_select(text);
  REQUIRE_MESSAGE(select.ok(), text);
  std::string out;
  for (const clock_use& use : clock_uses(**select))
    out += (out.empty() ? "" : "; ") + use.expression +
           (use.kept == clock_use::way::due ? " due" : " clocked");
  return out;
}

bool moves(std::string_view text) { return moves_with_clock(**parse_expression(text)); }

}  // namespace

TEST_CASE("comparisons with what moves evenly are due, all else is clocked") {
  CHECK(uses("SELECT * FROM t WHERE n > 3").empty());
  CHECK(uses("SELECT * FROM t WHERE at < time::now()") == "at < time::now() due");
  CHECK(uses("SELECT * FROM t WHERE n > 3 AND time::now() - at < 1h") ==
        "time::now() - at < 1h due");
  CHECK(uses("SELECT *, time::now() - at AS age FROM t") == "time::now() clocked");
  CHECK(uses("SELECT *, at < time::now() AS past, time::year() AS y FROM t") ==
        "at < time::now() due; time::year() clocked");
  CHECK(uses("SELECT * FROM t WHERE time::unix(time::now()) > n") == "time::now() clocked");
  CHECK(uses("SELECT * FROM t WHERE at IN [time::now()]") == "time::now() clocked");
  CHECK(uses("SELECT * FROM t WHERE time::year(at) = 2024").empty());
}

TEST_CASE("the clock is found wherever it stands") {
  CHECK(uses("SELECT *, (SELECT * FROM c WHERE c.at > time::now() - 1d) AS c FROM t") ==
        "c.at > time::now() - 1d due");
  CHECK(uses("SELECT k, count() FROM t GROUP BY k LIMIT time::day()") == "time::day() clocked");
  CHECK(uses("SELECT tags.map(|$t| $t < time::now()) AS x FROM t") == "$t < time::now() due");
  CHECK(uses("SELECT IF at < time::now() THEN 1 ELSE 2 END AS x FROM t") == "at < time::now() due");
}

TEST_CASE("a bound that rises with the clock is known as such") {
  CHECK(moves("time::now()"));
  CHECK(moves("time::now() - 1h"));
  CHECK(moves("time::now() + $x - 1h"));
  CHECK_FALSE(moves("1h"));
  CHECK_FALSE(moves("time::year()"));
  CHECK_FALSE(moves("time::now() - (time::now() - 1h)"));
  CHECK_FALSE(moves("(time::now() - at) * 2"));
}
