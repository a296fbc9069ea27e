#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/syntax/parse.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

// What a registration is told: the parser refuses some functions by their name already.
std::string complaint(std::string_view text, const object& params = {}) {
  auto select = parse_select(text);
  if (!select.ok()) return select.failure().message;
  const auto checked = check(**select, params);
  return checked.ok() ? "" : checked.failure().message;
}

}  // namespace

TEST_CASE("A query whose answer is fixed by its data passes") {
  CHECK(complaint("SELECT *, string::len(name) AS l FROM t WHERE a = $a", {{"a", 1}}) == "");
  CHECK(complaint("SELECT tags.map(|$x| $x + $y) AS l FROM t", {{"y", 1}}) == "");
  CHECK(complaint("SELECT VALUE { LET $n = a; $n + 1 } FROM t") == "");
}

TEST_CASE("Functions that change their mind are refused with their place") {
  CHECK(complaint("SELECT *,\n  rand::int() AS r FROM t").starts_with("line 2, column 3: "));
  CHECK(complaint("SELECT * FROM t ORDER BY rand()").find("rand()") != std::string::npos);
  CHECK(complaint("SELECT tags.shuffle() AS s FROM t").find("shuffle") != std::string::npos);
}

TEST_CASE("Unknown functions, wrong argument counts and missing parameters are named") {
  CHECK(complaint("SELECT string::nope(a) FROM t") ==
        "line 1, column 8: unknown function string::nope()");
  CHECK(complaint("SELECT string::len(a, b) FROM t").find("takes 1 arguments, not 2") !=
        std::string::npos);
  CHECK(complaint("SELECT * FROM t WHERE a = $a") ==
        "line 1, column 27: the parameter $a has no value");
  CHECK(complaint("SELECT VALUE tags.map(|$x| $y) FROM t").find("$y") != std::string::npos);
}

TEST_CASE("A grouped SELECT has no document to refer to") {
  CHECK(complaint("SELECT count() AS c, $this AS t FROM x GROUP ALL").find("`$this`") !=
        std::string::npos);
  CHECK(
      complaint("SELECT count() AS c, (SELECT * FROM y WHERE a = $parent.b) AS t FROM x GROUP ALL")
          .find("`$parent`") != std::string::npos);
}
