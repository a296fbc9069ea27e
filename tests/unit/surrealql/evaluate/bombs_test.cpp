#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/evaluate/map_source.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/budget.hpp"
#include "surrealql/values/text.hpp"
#include "tests/unit/peak_memory.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

constexpr std::size_t mib = 1024 * 1024;

run_limits tight() {
  run_limits limits;
  limits.bytes = 32 * mib;
  limits.work = 200'000;
  limits.bytes_setting = "limits.view_memory_bytes";
  return limits;
}

struct ran {
  result<value> answer;
  std::uint64_t steps;
  std::size_t grown;
};

ran run_bounded(const std::string& text, const table_source* source = nullptr,
                const run_limits& limits = tight()) {
  const auto statements = parse_statements(text);
  REQUIRE_MESSAGE(statements.ok(), text);
  budget spent(limits);
  eval_context context;
  context.source = source;
  context.spent = &spent;
  const peak_memory peak;
  auto answer = run(statements->front(), context);
  return {std::move(answer), spent.steps(), peak.grown()};
}

/// Refused by the budget, within it, and without more memory than it allows.
void refused(const std::string& text, const table_source* source = nullptr) {
  CAPTURE(text);
  const ran done = run_bounded(text, source);
  REQUIRE_FALSE(done.answer.ok());
  CHECK_MESSAGE(done.answer.failure().code == errc::limit_exceeded, done.answer.failure().message);
  CHECK(done.answer.failure().message.starts_with("line 1, column "));
  CHECK(done.steps <= tight().work);
  CHECK(done.grown < 160 * mib);
}

/// As the engine answers it, and cheaply.
void answered(const std::string& text, const std::string& wanted) {
  CAPTURE(text);
  const ran done = run_bounded(text);
  REQUIRE_MESSAGE(done.answer.ok(), done.answer.failure().message);
  CHECK(to_text(*done.answer) == wanted);
  CHECK(done.grown < 160 * mib);
}

/// The engine's own error for it.
void failed(const std::string& text, const std::string& wanted) {
  CAPTURE(text);
  const ran done = run_bounded(text);
  REQUIRE_FALSE(done.answer.ok());
  CHECK(done.answer.failure().message.find(wanted) != std::string::npos);
  CHECK_MESSAGE(done.answer.failure().code == errc::evaluation_error,
                done.answer.failure().message);
  CHECK(done.grown < 160 * mib);
}

map_source rows_with(int count, const object& more = {}) {
  map_source source;
  for (int i = 0; i < count; ++i) {
    object row = more;
    row.set("id", value(record_id{"t", i}));
    row.set("a", value(i));
    REQUIRE(source.put(value(row)).ok());
  }
  return source;
}

}  // namespace

TEST_CASE("Nested maps are stopped by their steps") {
  refused(
      "RETURN array::map(array::range(0, 10000), |$a| array::map(array::range(0, 10000), "
      "|$b| array::map(array::range(0, 10000), |$c| $a + $b + $c)))");
  refused(
      "RETURN array::len(array::filter(array::range(0, 10000), |$a| array::any("
      "array::range(0, 10000), |$b| array::all(array::range(0, 10000), |$c| $c > $b))))");
  refused(
      "RETURN array::fold(array::range(0, 10000), 0, |$s, $a| $s + array::reduce("
      "array::range(0, 10000), |$x, $y| $x + $y))");
  refused("RETURN array::range(0, 10000).map(|$a| array::range(0, 10000).map(|$b| $a * $b))");
}

TEST_CASE("A text or list that doubles is stopped before it is made") {
  refused("RETURN array::fold(array::range(0, 33), 'a', |$s, $x| $s + $s)");
  refused("RETURN array::fold(array::range(0, 33), [1], |$s, $x| $s + $s)");
  refused("RETURN array::fold(array::range(0, 33), [1], |$s, $x| [$s, $s])");
  refused("RETURN array::fold(array::range(0, 33), {}, |$s, $x| {a: $s, b: $s})");
  refused("RETURN array::fold(array::range(0, 33), [1, 2], |$s, $x| array::combine($s, $s))");
  refused("RETURN array::reduce(array::repeat('aaaaaaaaaaaaaaaa', 33), |$s, $x| $s + $s + $x)");
  refused(
      "RETURN { LET $a = array::repeat('aaaaaaaa', 1000); LET $b = array::repeat($a, 1000); "
      "LET $c = array::repeat($b, 1000); RETURN $c }");
}

TEST_CASE("What shares its parts weighs what it would be written out") {
  // 20 arrays in memory, a million in any text, hash or comparison of them.
  refused("RETURN <string> array::fold(array::range(0, 30), [1], |$s, $x| [$s, $s])");
  refused(
      "RETURN encoding::cbor::encode(array::fold(array::range(0, 30), [1], |$s, $x| [$s, $s]))");
}

TEST_CASE("Products of lists are stopped before they are made") {
  refused("RETURN array::combine(array::range(0, 10000), array::range(0, 10000))");
  refused("RETURN array::flatten(array::repeat(array::range(0, 10000), 10000))");
  refused("RETURN array::group(array::repeat(array::range(0, 10000), 10000))");
  refused("RETURN array::windows(array::range(0, 10000), 5000)");
  refused("RETURN array::transpose(array::push(array::repeat([], 10000), array::range(0, 10000)))");
  refused("RETURN array::fill(array::range(0, 10000), array::range(0, 10000))");
  refused("RETURN array::repeat(array::range(0, 10000), 10000)");
  refused("RETURN array::repeat(array::range(0, 10000), 1000)[*].len()");
  refused("RETURN array::join(array::repeat(string::repeat('a', 1000000), 1000), '')");
  refused("RETURN array::join(array::range(0, 10000), string::repeat('a', 1000000))");
  refused("RETURN set::join(<set> array::range(0, 10000), string::repeat('a', 1000000))");
  refused("RETURN string::split(string::repeat('a', 1000000), '')");
  refused(
      "RETURN object::from_entries(array::map(array::range(0, 10000), "
      "|$x| [string::repeat('k', 100000) + <string> $x, $x]))");
  refused("RETURN array::repeat(array::repeat(array::repeat(1, 1000), 1000), 1000)");
}

TEST_CASE("Each with each is paid for") {
  const std::string list = "array::map(array::range(0, 10000), |$x| <string> $x + 'xxxxxxxxxxxx')";
  refused("RETURN array::map(array::range(0, 100), |$i| array::difference(" + list +
          ", []).len())");
  refused("RETURN { LET $l = " + list +
          "; RETURN array::map(array::range(0, 10000), |$i| array::intersect($l, $l).len()) }");
  refused("RETURN { LET $l = " + list +
          "; RETURN array::map(array::range(0, 10000), |$i| $l CONTAINSALL $l) }");
  refused(
      "RETURN { LET $s = string::repeat('a', 16000); RETURN array::map(array::range(0, 1000), "
      "|$i| string::distance::levenshtein($s, $s)) }");
  refused(
      "RETURN { LET $s = string::repeat('a', 16000); "
      "RETURN string::distance::damerau_levenshtein($s, $s) }");
}

TEST_CASE("Chains that grow by a part are stopped, too") {
  refused(
      "RETURN array::fold(array::range(0, 60), string::repeat('a', 100000), "
      "|$s, $x| encoding::base64::encode(<bytes> $s))");
  refused("RETURN array::map(array::range(0, 10000), |$x| string::repeat('a', 1000000))");
}

TEST_CASE("Values nest no deeper than the engine lets them") {
  // Deeper ones would also take the stack when they are compared or freed.
  answered("RETURN array::len(array::fold(array::range(0, 255), 1, |$s, $x| [$s]))", "1");
  refused("RETURN array::len(array::fold(array::range(0, 256), 1, |$s, $x| [$s]))");
  refused("RETURN array::fold(array::range(0, 10000), 1, |$s, $x| {a: $s}) = 1");
  refused("RETURN array::fold(array::range(0, 10000), 1, |$s, $x| array::append([], $s))");
  refused("RETURN array::fold(array::range(0, 10000), 1, |$s, $x| $s..1) = 1");
  refused("RETURN array::fold(array::range(0, 10000), || 1, |$s, $x| || $s) = 1");
}

TEST_CASE("The engine's own limits hold where it has them") {
  answered("RETURN string::len(string::repeat('a', 1000000))", "1000000");
  const std::string too_large = "Output must not exceed 1048576 bytes.";
  failed("RETURN string::repeat('a', 1100000)", too_large);
  failed("RETURN array::range(0, 1000000000000)", too_large);
  failed("RETURN array::sequence(0, 1000000000000)", too_large);
  failed("RETURN array::repeat(1, 1000000000000)", too_large);
  failed("RETURN string::concat(string::repeat('a', 600000), string::repeat('a', 600000))",
         too_large);
  failed("RETURN string::replace(string::repeat('a', 1000), 'a', string::repeat('b', 2000))",
         too_large);
  failed("RETURN string::replace(string::repeat('a', 1000000), '', string::repeat('b', 1000000))",
         too_large);
  failed("RETURN string::replace(string::repeat('a', 1000000), /a/, string::repeat('b', 1000000))",
         too_large);
  failed(
      "RETURN { LET $s = string::repeat('a', 1000000); RETURN string::join($s, $s, $s, $s, $s) }",
      too_large);
  failed("RETURN <array> 0..1000000000000", "0..1000000000000");
}

TEST_CASE("Patterns take linear time and bounded memory") {
  answered("RETURN string::matches(string::repeat('a', 100000), '(a+)+$b')", "false");
  answered("RETURN string::repeat('a', 100000) = /(a|a)*b/", "false");
  failed("RETURN string::matches('a', '((a{100}){100}){100}')", "");
  // Linear in the text, but as slow as the pattern has states: paid for before it begins.
  const std::string states = "((a{1,30}){1,30})+$b";
  refused("RETURN string::matches(string::repeat('a', 100000), '" + states + "')");
  refused("RETURN string::repeat('a', 100000) = /" + states + "/");
  refused("RETURN /" + states + "/ != string::repeat('a', 100000)");
  // Each empty match looks at all that follows.
  refused("RETURN string::replace(string::repeat('a', 500000), /a*b|/, '')");
  answered("RETURN string::replace('caab', /a*b|/, '-')", "'-c-'");
}

TEST_CASE("A bomb in each row is stopped in the rows that fit") {
  const map_source source = rows_with(5000);
  refused("SELECT string::repeat('a', 1000000) AS s FROM t", &source);
  refused("SELECT *, (SELECT * FROM t WHERE a > $parent.a) AS more FROM t", &source);
  refused("SELECT *, (SELECT VALUE count() FROM t WHERE a > $parent.a GROUP ALL) AS n FROM t",
          &source);
  refused("SELECT string::repeat(<string> a, 100000) AS s FROM t ORDER BY s", &source);
  refused("SELECT array::group(string::repeat('a', 100000)) AS s FROM t GROUP ALL", &source);
  refused("SELECT count(), string::repeat(<string> a, 100000) AS s FROM t GROUP BY s", &source);
  refused("SELECT array::join(a, string::repeat('a', 100000)) AS s FROM t GROUP ALL", &source);
}

TEST_CASE("Rows that do not stay cost nothing") {
  const map_source source = rows_with(5000);
  const auto select = parse_select("SELECT VALUE string::repeat('a', 1000000) FROM t");
  REQUIRE(select.ok());
  run_limits limits = tight();
  budget spent(limits);
  eval_context context;
  context.source = &source;
  context.spent = &spent;
  int seen = 0;
  const peak_memory peak;
  CHECK(run_streaming(**select, context, [&](const value&) { return ++seen < 50; }).ok());
  CHECK(seen == 50);
  CHECK(peak.grown() < 64 * mib);
  run_limits long_run = tight();  // a text is paid for by its length, made and looked at
  long_run.work = 1'000'000;
  const ran counted = run_bounded(
      "SELECT VALUE string::len(string::repeat('a', 1000000)) FROM t LIMIT 50", &source, long_run);
  CHECK(counted.answer.ok());
  const ran folded = run_bounded(
      "RETURN string::len(array::fold(array::range(0, 5000), '', |$s, $x| $s + "
      "'aaaaaaaaaaaaaaaaaaaa'))");
  REQUIRE_MESSAGE(folded.answer.ok(), folded.answer.failure().message);
  CHECK(*folded.answer == value(100000));
}

TEST_CASE("SPLIT of three lists is refused before it multiplies") {
  const array many(1000, value(1));
  const map_source source =
      rows_with(1, object{{"x", value(many)}, {"y", value(many)}, {"z", value(many)}});
  refused("SELECT x, y, z FROM t SPLIT x, y", &source);
  const ran cubed = run_bounded("SELECT x, y, z FROM t SPLIT x, y, z", &source);
  REQUIRE_FALSE(cubed.answer.ok());
  CHECK(cubed.answer.failure().code == errc::limit_exceeded);
  CHECK(cubed.grown < 32 * mib);
}

TEST_CASE("Recursion in a dense graph is stopped") {
  map_source source;
  for (int i = 0; i < 30; ++i) {
    array all;
    for (int k = 0; k < 30; ++k)
      if (k != i) all.emplace_back(record_id{"n", k});
    REQUIRE(source.put(object{{"id", value(record_id{"n", i})}, {"to", value(all)}}).ok());
  }
  refused("SELECT VALUE id.{..20+path}.to FROM n:1", &source);
  refused("SELECT VALUE to.to.to.to.to.to FROM n:1", &source);
}

TEST_CASE("Once exhausted stays exhausted, whoever takes the failure for NONE") {
  const map_source source = rows_with(100);
  refused(
      "SELECT math::sum(array::len(array::map(array::range(0, 10000), |$x| array::map("
      "array::range(0, 10000), |$y| $y)))) AS s FROM t GROUP ALL",
      &source);
}

TEST_CASE("The message names place, limit and setting, and quotes no data") {
  const map_source source = rows_with(10, object{{"secret", value("hidden-word")}});
  const ran done = run_bounded(
      "SELECT a,\n  string::len(array::fold(array::range(0, 33), secret, "
      "|$s, $x| $s + $s)) AS n FROM t",
      &source);
  REQUIRE_FALSE(done.answer.ok());
  const std::string& message = done.answer.failure().message;
  CHECK(message.starts_with("line 2, column "));
  CHECK(message.find("33554432 (limits.view_memory_bytes)") != std::string::npos);
  CHECK(message.find("hidden") == std::string::npos);
}

TEST_CASE("A clock is asked inside expressions") {
  const auto statements = parse_statements(
      "RETURN array::map(array::range(0, 10000), |$a| array::map(array::range(0, 10000), |$b| "
      "$b))");
  REQUIRE(statements.ok());
  run_limits limits;
  int asked = 0;
  limits.should_stop = [&] { return ++asked == 3; };
  limits.time_setting = "limits.query_time_ms";
  budget spent(limits);
  eval_context context;
  context.spent = &spent;
  const auto answer = run(statements->front(), context);
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.failure().code == errc::timeout);
  CHECK(answer.failure().message.find("limits.query_time_ms") != std::string::npos);
  CHECK(asked == 3);
}
