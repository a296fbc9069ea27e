#include "surrealql/syntax/print.hpp"

#include "surrealql/syntax/parse.hpp"
#include "surrealql/syntax/walk.hpp"
#include "tests/unit/surrealql/syntax/dump_tree.hpp"
#include "tests/unit/surrealql/syntax/random_tree.hpp"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

std::vector<std::string> name_of(std::string_view text,
                                 semantics rules = semantics::of({3, 0, 2})) {
  const auto parsed = parse_expression(text);
  REQUIRE_MESSAGE(parsed.ok(), text << ": " << parsed.failure().message);
  return projection_path(**parsed, rules);
}

using names = std::vector<std::string>;

}  // namespace

TEST_CASE("a printed tree reads back as the same tree, for random trees") {
  const std::uint64_t first = std::random_device{}();
  int failures = 0;
  for (std::uint64_t seed = first; seed < first + 3000 && failures < 3; ++seed) {
    test::random_tree random(seed);
    const select_ptr made = random.select(3);
    const std::string text = print(*made);
    const auto parsed = parse_select(text);
    const bool equal = parsed.ok() && test::dump(**parsed) == test::dump(*made);
    CHECK_MESSAGE(equal,
                  "seed " << seed << "\n"
                          << text << "\n"
                          << test::dump(*made) << "\n"
                          << (parsed.ok() ? test::dump(**parsed) : parsed.failure().message));
    if (!equal) ++failures;
  }
}

TEST_CASE("equal queries print alike, whatever their spelling") {
  const auto a =
      parse_select("select a,b from t where ((x) = 1) && y is not none order a asc limit 5");
  const auto b = parse_select("SELECT a, b FROM t WHERE x = 1 AND y != NONE ORDER BY a LIMIT 5;");
  REQUIRE(a.ok());
  REQUIRE(b.ok());
  CHECK(same(**a, **b));
  const auto c = parse_select("SELECT a, b FROM t WHERE x = 2 AND y != NONE ORDER BY a LIMIT 5;");
  CHECK_FALSE(same(**a, **c));
}

TEST_CASE("projections are named as the engine names them") {
  CHECK(name_of("a.b") == names{"a", "b"});
  CHECK(name_of("a[0].b") == names{"a", "b"});
  CHECK(name_of("items[WHERE n > 1].n") == names{"items", "n"});
  CHECK(name_of("s.uppercase()") == names{"s"});
  CHECK(name_of("a + (b + 1)") == names{"a + b + 1"});
  CHECK(name_of("n IS 3") == names{"n = 3"});
  CHECK(name_of("n IN [1, 3]") == names{"n INSIDE [1, 3]"});
  CHECK(name_of("<option<int>>n") == names{"<none | int> n"});
  CHECK(name_of("!n") == names{"!n"});
  CHECK(name_of("-(-1)") == names{"-(-1)"});
  CHECK(name_of("count()") == names{"count"});
  CHECK(name_of("String::Len(s).abs()") == names{"string::len(s)"});
  CHECK(name_of("math::pi") == names{"math::PI"});
  CHECK(name_of("$this") == names{"this"});
  CHECK(name_of("$parent.n") == names{"$parent", "n"});
  CHECK(name_of("->e->d.name") == names{"->e", "->d", "name"});
  CHECK(name_of("->e[WHERE n > 1]->d") == names{"->e", "->d"});
  CHECK(name_of("->(e WHERE n > 1)") == names{"->(e WHERE n > 1)"});
  CHECK(name_of("(SELECT VALUE id FROM t)") == names{"SELECT VALUE id FROM t"});
  CHECK(name_of("(SELECT * FROM t)[0].n") == names{"(SELECT * FROM t).n"});
  CHECK(name_of("(t:1).n") == names{"(t:1).n"});
  CHECK(name_of("t:1->e->d") == names{"->e", "->d"});
  CHECK(name_of("(a.b).c") == names{"a", "b", "c"});
  CHECK(name_of("{ a: { b: 1 } }.a") == names{"{ a: { b: 1 } }.a"});
  CHECK(name_of("[n][0]") == names{"[n]"});
  CHECK(name_of("'lit'") == names{"'lit'"});
  CHECK(name_of("1.5") == names{"1.5f"});
  CHECK(name_of("`a b`") == names{"a b"});
  CHECK(name_of("IF n THEN 1 ELSE 2 END") == names{"IF n THEN 1 ELSE 2 END"});
  CHECK(name_of("user:⟨a b⟩") == names{"user:`a b`"});
}

TEST_CASE("later engines nest fields of the row only and keep the parentheses that count") {
  const semantics newest;
  CHECK(name_of("a.b", newest) == names{"a", "b"});
  CHECK(name_of("`a b`.c", newest) == names{"a b", "c"});
  CHECK(name_of("->e[WHERE n > 1]->d.name", newest) == names{"->e", "->d", "name"});
  CHECK(name_of("$parent.n", newest) == names{"$parent.n"});
  CHECK(name_of("(a.b).c", newest) == names{"(a.b).c"});
  CHECK(name_of("(t:1).n", newest) == names{"(t:1).n"});
  CHECK(name_of("(n ** 2) ** 3", newest) == names{"(n ** 2) ** 3"});
  CHECK(name_of("n + (1 + 2)", newest) == names{"n + (1 + 2)"});
  CHECK(name_of("n - 1 - 2", newest) == names{"n - 1 - 2"});
  CHECK(name_of("n OR (1 OR 0)", newest) == names{"n OR 1 OR 0"});
  CHECK(name_of("$this", newest) == names{"this"});
  CHECK(name_of("string::len(s)", newest) == names{"string::len"});
  CHECK(name_of("string::len(s).abs()", newest) == names{"string::len(s)"});
  CHECK(name_of("(SELECT n FROM t)[0]", newest) == names{"(SELECT n FROM t)"});
}
