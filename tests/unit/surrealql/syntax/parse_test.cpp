#include "surrealql/syntax/parse.hpp"

#include "surrealql/syntax/print.hpp"
#include "surrealql/values/text.hpp"
#include "tests/unit/surrealql/syntax/dump_tree.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

std::string printed(std::string_view text) {
  const auto parsed = parse_expression(text);
  return parsed.ok() ? print(**parsed)
                     : error_text(parsed.failure().code).data() + (": " + parsed.failure().message);
}

std::string printed_select(std::string_view text) {
  const auto parsed = parse_select(text);
  return parsed.ok() ? print(**parsed) : parsed.failure().message;
}

error failure_of(std::string_view text) {
  const auto parsed = parse_statements(text);
  return parsed.ok() ? fail(errc::none, "accepted") : parsed.failure();
}

value fixed(std::string_view text) {
  const auto parsed = parse_expression(text);
  REQUIRE_MESSAGE(parsed.ok(), text << ": " << parsed.failure().message);
  const auto* found = std::get_if<literal>(&(*parsed)->node);
  REQUIRE_MESSAGE(found != nullptr, text);
  return found->constant;
}

}  // namespace

TEST_CASE("every kind of literal is read with its type") {
  CHECK(fixed("1_000").type() == value_type::integer);
  CHECK(fixed("1_000") == value(1000));
  CHECK(fixed("-9223372036854775808") == value::integer(INT64_MIN));
  CHECK(fixed("1.5").type() == value_type::floating);
  CHECK(fixed("2f").type() == value_type::floating);
  CHECK(fixed("1e3") == value(1000.0));
  CHECK(fixed("1.5dec").type() == value_type::decimal);
  CHECK(fixed("1.5e3dec") == value(decimal(1500)));
  CHECK(to_text(fixed("-Infinity")) == "-Infinity");
  CHECK(to_text(fixed("NaN")) == "NaN");
  CHECK(fixed("1h30m") == value(duration{5400, 0}));
  CHECK(fixed("1ms2µs3ns") == value(duration{0, 1'002'003}));
  CHECK(fixed("d'2024-01-01T00:00:00.5Z'") == value(datetime{1704067200, 500'000'000}));
  CHECK(fixed("u'018f0000-0000-7000-8000-000000000000'").type() == value_type::uuid);
  CHECK(fixed("b'6162'") == value::bytes("ab"));
  CHECK(fixed(R"("a\n\u00e9\u{1F600}\"")") == value("a\né😀\""));
  CHECK(fixed("'it\\'s'") == value("it's"));
  CHECK(fixed("s'a'") == value("a"));
  CHECK(fixed("/a\\/b\\d/") == value::regex("a/b\\d"));
  CHECK(fixed("(1, 2.5)").type() == value_type::geometry);
  CHECK(fixed("{type: 'LineString', coordinates: [[1, 2], [3, 4]]}").type() ==
        value_type::geometry);
  CHECK(fixed("[1, 'a', [2]]").as_array().size() == 3);
  CHECK(fixed("NONE").is_none());
  CHECK(fixed("null").is_null());
  CHECK(fixed("TRUE") == value(true));
}

TEST_CASE("record ids take every form of key") {
  CHECK(fixed("user:tobie") == value(record_id{"user", value("tobie")}));
  CHECK(fixed("user:1") == value(record_id{"user", value(1)}));
  CHECK(fixed("user:-5") == value(record_id{"user", value(-5)}));
  CHECK(fixed("user:01J2abc") == value(record_id{"user", value("01J2abc")}));
  CHECK(fixed("user:8e4") == value(record_id{"user", value("8e4")}));
  CHECK(fixed("user:99999999999999999999") ==
        value(record_id{"user", value("99999999999999999999")}));
  CHECK(fixed("user:⟨a b⟩") == value(record_id{"user", value("a b")}));
  CHECK(fixed("user:`1`") == value(record_id{"user", value("1")}));
  CHECK(fixed("`my table`:['a', 1]") ==
        value(record_id{"my table", value(spooky::array{value("a"), value(1)})}));
  CHECK(fixed("user:{ b: 1, a: 2 }") ==
        value(record_id{"user", value(object{{"a", value(2)}, {"b", value(1)}})}));
  CHECK(fixed("r'user:tobie'") == fixed("user:tobie"));
  CHECK(printed("user:1..5") == "user:1..5");
  CHECK(printed("user:['a']>..=['b', 2]") == "user:['a']>..=['b', 2]");
  CHECK(printed("user:..") == "user:..");
  CHECK(printed("user:[$x, 1]") == "user:[$x, 1]");
}

TEST_CASE("operators bind as in the engine") {
  CHECK(printed("1 + 2 * 3") == "1 + 2 * 3");
  CHECK(printed("(a + 2) * 3") == "(a + 2) * 3");
  CHECK(printed("a - (b - c)") == "a - (b - c)");
  CHECK(printed("(a - b) - c") == "a - b - c");
  CHECK(printed("a OR b AND c = d") == "a OR b AND c = d");
  CHECK(printed("(a OR b) AND c") == "(a OR b) AND c");
  CHECK(printed("!a = b") == "!a = b");
  CHECK(printed("!(a = b)") == "!(a = b)");
  CHECK(printed("a ?? b + 1") == "a ?? b + 1");
  CHECK(printed("-a ** 2") == "-a ** 2");
  CHECK(printed("a || b && c") == "a OR b AND c");
  CHECK(printed("a IS NOT b") == "a != b");
  CHECK(printed("a not in [1]") == "a NOTINSIDE [1]");
  CHECK(printed("a ∈ [1]") == "a INSIDE [1]");
  CHECK(printed("<int> a + 1") == "<int> a + 1");
  CHECK(printed("<option<int>>a") == "<none | int> a");
  CHECK(printed("-5.abs()") == "-5.abs()");
  CHECK(printed("- (5)") == "-5");
  CHECK(printed("-(-5)") == "-(-5)");
  CHECK(printed("a = b == c") == "(a = b) == c");
  CHECK(failure_of("RETURN a = b = c").code == errc::parse_error);
  CHECK(failure_of("RETURN a < b > c").code == errc::parse_error);
}

TEST_CASE("objects, sets and blocks are told apart") {
  CHECK(printed("{}") == "{  }");
  CHECK(printed("{ a: 1, \"b c\": 2, 3: 4 }") == "{ a: 1, \"b c\": 2, \"3\": 4 }");
  CHECK(printed("{,}") == "{,}");
  CHECK(printed("{1,}") == "{1,}");
  CHECK(printed("{2, 1}") == "{2, 1}");
  CHECK(printed("{ 1 }") == "{ 1 }");
  CHECK(printed("{ LET $a = 1; $a + 1 }") == "{ LET $a = 1; $a + 1; }");
  CHECK(printed("{ 1 2 }") == "{ 1; 2; }");
  CHECK(printed("{ LET $a = 1 RETURN $a; }") == "{ LET $a = 1; RETURN $a; }");
  CHECK(failure_of("RETURN { 1 2 3 }").code == errc::parse_error);
  CHECK(failure_of("RETURN { 1; 2 3 }").code == errc::parse_error);
  CHECK(failure_of("RETURN IF a { 1 2 }").code == errc::parse_error);
  CHECK(failure_of("RETURN { 1").message.find("`,`, `;` or `}`") != std::string::npos);
  CHECK(printed("IF a { 1 } ELSE IF b { 2 } ELSE { 3 }") ==
        "IF a { 1 } ELSE IF b { 2 } ELSE { 3 }");
  CHECK(printed("IF a THEN 1 ELSE 2 END") == "IF a THEN 1 ELSE 2 END");
  CHECK(printed("|$a: int, $b| $a + $b") == "|$a: <int>, $b| $a + $b");
}

TEST_CASE("paths keep every part") {
  for (const char* text : {"a.b.c",
                           "a[0].b",
                           "a.*.b",
                           "a[$]",
                           "a[WHERE n > 1].n",
                           "a.{ b, c: d.e, f.*, g.{ h } }",
                           "a.{ f: f.*, g: g[0] }",
                           "$p.a[$i]",
                           "a.map(|$x| $x.n).len()",
                           "->e->t.name",
                           "<-e<-t",
                           "<->e",
                           "->(a, b WHERE w > 2)",
                           "->?",
                           "->e:1..4",
                           "->(SELECT * FROM e WHERE n ORDER BY n DESC LIMIT 1)",
                           "a.?.b",
                           "a…",
                           "(SELECT * FROM t)[0].n",
                           "(t:1).n",
                           "a.{1..3}->e->t",
                           "a.{..}",
                           "a.{2+path+inclusive}(->e->t)",
                           "t:1..",
                           "a['b']",
                           "[1, 2].len()",
                           "'a'.len()"}) {
    CHECK(printed(text) == text);
  }
  CHECK(printed("a[*].b") == "a.*.b");
  CHECK(printed("a[? n > 1]") == "a[WHERE n > 1]");
  CHECK(printed("t:1.n") == "(t:1).n");
  CHECK(printed("a...") == "a…");
}

TEST_CASE("SELECT takes its clauses in the engine's order and prints them canonically") {
  CHECK(printed_select("select * from t;") == "SELECT * FROM t");
  CHECK(printed_select("SELECT a.b, c AS x.y, count() FROM ONLY t:1, u WITH NOINDEX WHERE a = 1 "
                       "SPLIT a.b LIMIT BY 5 START AT $s FETCH a.b, c TIMEOUT 5s") ==
        "SELECT a.b, c AS x.y, count() FROM ONLY t:1, u WITH NOINDEX WHERE a = 1 SPLIT ON a.b "
        "LIMIT 5 START $s FETCH a.b, c TIMEOUT 5s");
  CHECK(printed_select("SELECT VALUE a FROM [t:1, t:2] ORDER a COLLATE NUMERIC DESC") ==
        "SELECT VALUE a FROM [t:1, t:2] ORDER BY a COLLATE NUMERIC DESC");
  CHECK(
      printed_select(
          "SELECT *, (SELECT * FROM c WHERE p = $parent.id) AS cs OMIT x FROM t START 1 LIMIT 2") ==
      "SELECT *, (SELECT * FROM c WHERE p = $parent.id) AS cs OMIT x FROM t LIMIT 2 START 1");
  CHECK(printed_select("SELECT count() FROM t GROUP ALL -- the end") ==
        "SELECT count() FROM t GROUP ALL");
  CHECK(printed_select("SELECT a /* b */ FROM # c\n t // d\n") == "SELECT a FROM t");
  CHECK(printed_select("SELECT from, where.x FROM type") == "SELECT from, `where`.x FROM type");
}

TEST_CASE("order, group and split keys must be selected") {
  const semantics oldest = semantics::of({3, 0, 2});
  const auto by_order = parse_select("SELECT id FROM t ORDER BY a", {.rules = oldest});
  REQUIRE_FALSE(by_order.ok());
  CHECK(by_order.failure().message ==
        "line 1, column 27: Missing order idiom `a` in statement selection: select it, or `*`");
  CHECK_FALSE(parse_select("SELECT n FROM t ORDER BY n.k", {.rules = oldest}).ok());
  CHECK_FALSE(parse_select("SELECT VALUE n FROM t ORDER BY m", {.rules = oldest}).ok());
  const semantics between = semantics::of({3, 2, 4});
  CHECK_FALSE(parse_select("SELECT n FROM t ORDER BY n.k", {.rules = between}).ok());
  CHECK(parse_select("SELECT VALUE n FROM t ORDER BY m", {.rules = between}).ok());
  CHECK(parse_select("SELECT id FROM t ORDER BY a").ok());
  CHECK(failure_of("SELECT a FROM t GROUP BY b").code == errc::parse_error);
  CHECK(failure_of("SELECT *, count() FROM t GROUP BY b").code == errc::parse_error);
  CHECK(failure_of("SELECT * FROM t GROUP ALL").code == errc::parse_error);
  CHECK(failure_of("SELECT a FROM t SPLIT b").code == errc::parse_error);
  CHECK(failure_of("SELECT a, b FROM t SPLIT b GROUP BY a").code == errc::parse_error);
  for (const char* text :
       {"SELECT a AS b FROM t ORDER BY b", "SELECT a AS b FROM t ORDER BY a",
        "SELECT * FROM t ORDER BY x.y", "SELECT a.b, count() FROM t GROUP BY a",
        "SELECT count() FROM t GROUP ALL", "SELECT count(), a FROM t GROUP BY a ORDER BY count"}) {
    CHECK_MESSAGE(failure_of(text).code == errc::none, text << failure_of(text).message);
  }
}

TEST_CASE("errors name line, column, what was expected and what was found") {
  CHECK(failure_of("SELECT *\nFROM t\nWHERE").message ==
        "line 3, column 6: expected an expression, found the end of the query");
  CHECK(failure_of("SELECT * FORM t").message == "line 1, column 10: expected FROM, found `FORM`");
  CHECK(failure_of("SELECT é FROM t").message.starts_with("line 1, column 8: expected SurrealQL"));
  CHECK(failure_of("SELECT 'é', ) FROM t").message ==
        "line 1, column 13: expected an expression, found `)`");
  CHECK(failure_of("SELECT * FROM t LIMIT 1 1").message.find("expected the end of the query") !=
        std::string::npos);
  CHECK(failure_of("RETURN 'abc").code == errc::parse_error);
  CHECK(failure_of("RETURN /* x").code == errc::parse_error);
  CHECK(failure_of("RETURN \"\\q\"").code == errc::parse_error);
  CHECK(failure_of("RETURN d'2024-02-30'").code == errc::parse_error);
  CHECK(failure_of("RETURN 9223372036854775808").code == errc::parse_error);
  CHECK(failure_of("RETURN \"\xff\"").code == errc::parse_error);
  CHECK(failure_of("$x = 1").code == errc::parse_error);
  CHECK(failure_of("RETURN user : 1").code == errc::parse_error);
}

TEST_CASE("what is SurrealQL but not ours is refused by name and position") {
  for (const char* text : {"CREATE t",
                           "UPDATE t SET a[0] = 1",
                           "INSERT INTO t {}",
                           "RELATE a:1->e->b:1",
                           "DELETE t",
                           "DEFINE TABLE t",
                           "LIVE SELECT * FROM t",
                           "BEGIN",
                           "USE NS a",
                           "FOR $x IN [1] {}",
                           "THROW 'x'",
                           "SELECT * FROM t WHERE a @@ 'x'",
                           "SELECT * FROM t WHERE a <|2|> [1]",
                           "SELECT * FROM t VERSION d'2024-01-01'",
                           "RETURN rand()",
                           "RETURN rand::int()",
                           "RETURN http::get('x')",
                           "RETURN function() { return 1; }",
                           "RETURN |t:1..3|",
                           "RETURN ->(t FIELD x)",
                           "RETURN f'a:/b'",
                           "RETURN t:rand()"}) {
    const error refused = failure_of(text);
    CHECK_MESSAGE(refused.code == errc::unsupported, text << " -> " << refused.message);
    CHECK(refused.message.starts_with("line 1, column "));
  }
}

TEST_CASE("limits end hostile text early") {
  // A limit that came late would show as a stack overflow or as the suite's time limit.
  const auto outcome = [](const std::string& text) { return failure_of(text).code; };
  CHECK(outcome("RETURN " + std::string(10'000, '(') + "1" + std::string(10'000, ')')) ==
        errc::limit_exceeded);
  CHECK(outcome("RETURN " + std::string(10'000, '[')) == errc::limit_exceeded);
  CHECK(outcome("RETURN " + std::string(10'000, '!') + "1") == errc::limit_exceeded);
  std::string braces, ifs, selects, sums = "1", dots = "a", ors = "a = 0", list = "0";
  for (int i = 0; i < 10'000; ++i) {
    braces += "{a:";
    ifs += "IF ";
    selects += "SELECT * FROM (";
    sums += " + 1";
    dots += ".a";
    ors += " OR a = " + std::to_string(i);
  }
  for (int i = 1; i < 100'000; ++i) list += ", " + std::to_string(i);
  CHECK(outcome("RETURN " + braces) == errc::limit_exceeded);
  CHECK(outcome("RETURN " + ifs) == errc::limit_exceeded);
  CHECK(outcome(selects) == errc::limit_exceeded);
  CHECK(outcome("RETURN " + sums) == errc::limit_exceeded);
  CHECK(outcome("RETURN " + dots) == errc::none);
  CHECK(outcome("SELECT * FROM t WHERE " + ors) == errc::none);
  CHECK(outcome("SELECT * FROM t WHERE a IN [" + list + "]") == errc::none);
  CHECK(outcome("SELECT * FROM t WHERE a = '" + std::string(900'000, 'x') + "'") == errc::none);
  CHECK(outcome("SELECT * FROM t WHERE a = '" + std::string(1 << 20, 'x') + "'") ==
        errc::limit_exceeded);
}

TEST_CASE("what only the database can answer is read where that is wanted, and prints as it was") {
  parse_limits all;
  all.of_database = true;
  for (const std::string_view text :
       {"SELECT * FROM t WHERE a @@ 'x'", "SELECT * FROM t WHERE a @1@ 'x' AND b = 2",
        "SELECT * FROM t WHERE a @1,OR@ 'x'", "SELECT * FROM t WHERE v <|3,40|> [1, 2]",
        "SELECT * FROM t WHERE v <|3,MINKOWSKI 3|> $v", "SELECT * FROM t VERSION $at TIMEOUT 1s",
        "SELECT search::score(1) AS s, http::get('x') AS h FROM t WHERE a @1@ 'x'"}) {
    const auto parsed = parse_select(text, all);
    REQUIRE_MESSAGE(parsed.ok(), text);
    CHECK(print(**parsed) == text);
    CHECK_MESSAGE(parse_select(text).failure().code == errc::unsupported, text);
  }
  for (const std::string_view text :
       {"SELECT * FROM t WHERE a @ 'x'", "SELECT * FROM t WHERE a @1;DELETE t@ 'x'",
        "SELECT * FROM t WHERE a @(1)@ 'x'", "SELECT * FROM t WHERE v <|3,40 > 1",
        "SELECT * FROM t WHERE v <|3| > 1", "SELECT * FROM t TIMEOUT 1s VERSION $at"})
    CHECK_MESSAGE(!parse_select(text, all).ok(), text);
}
