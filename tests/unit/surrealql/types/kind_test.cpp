#include "surrealql/types/kind.hpp"

#include "tests/unit/surrealql/recorded.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

std::string respelled(std::string_view text) {
  auto k = parse_kind(text);
  if (!k) return k.failure().message;
  auto again = parse_kind(to_text(*k));
  REQUIRE(again.ok());
  CHECK(*again == *k);
  return to_text(*k);
}

std::string coerced(std::string_view type, std::string_view constant) {
  return test::as_recorded(coerce(parse_kind(type).value(), parse_value(constant).value()));
}

}  // namespace

TEST_CASE("types read and print as the engine spells them") {
  CHECK(respelled("any") == "any");
  CHECK(respelled("option<int>") == "none | int");
  CHECK(respelled("option<int|float>") == "none | int | float");
  CHECK(respelled("INT | String") == "int | string");
  CHECK(respelled("array<any>") == "array");
  CHECK(respelled("array<float,10>") == "array<float, 10>");
  CHECK(respelled("set<record<person|post>>") == "set<record<person | post>>");
  CHECK(respelled("point") == "geometry<point>");
  CHECK(respelled("geometry<point|polygon>") == "geometry<point | polygon>");
  CHECK(respelled("'a' | 'b' | 1 |  1.5f | true | 1h |  1dec") ==
        "'a' | 'b' | 1 | 1.5f | true | 1h | 1dec");
  CHECK(respelled("int | { kind: 'a', v: int } | [int, string]") ==
        "int | { kind: 'a', v: int } | [int, string]");
  CHECK(respelled("{ \"b \\0`\": int, '1': record<`a b`> }") ==
        "{ `b \\0\\``: int, `1`: record<`a b`> }");
  CHECK(respelled("file<a | b>") == "file<a | b>");
  CHECK(respelled("array<option<array<int>>>") == "array<none | array<int>>");
}

TEST_CASE("a broken type names the character") {
  CHECK(respelled("nonsense") == "Invalid type 'nonsense': expected a type at character 1");
  CHECK(respelled("array<int") == "Invalid type 'array<int': expected > at character 10");
  CHECK(respelled("int int") ==
        "Invalid type 'int int': expected the end of the type at character 5");
  CHECK(respelled("option") == "Invalid type 'option': expected < at character 7");
  CHECK(respelled("`a`:1") == "Invalid type '`a`:1': expected a type at character 1");
  CHECK(respelled("") == "Invalid type '': expected a type at character 1");
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "array<";
  CHECK(parse_kind(deep).failure().code == errc::limit_exceeded);
}

TEST_CASE("the type at the front of a definition is taken off") {
  std::string_view rest = "none | datetime DEFAULT NONE PERMISSIONS FULL";
  CHECK(to_text(take_kind(rest).value()) == "none | datetime");
  CHECK(rest == "DEFAULT NONE PERMISSIONS FULL");
}

TEST_CASE("casts answer as the engine does") {
  const auto all = test::read_recorded("3.0/expressions/casts.txt");
  REQUIRE(all.size() >= 40);
  for (const auto& [expression, answer] : all) {
    CAPTURE(expression);
    std::string_view rest = std::string_view(expression).substr(1);
    const auto type = take_kind(rest);
    REQUIRE_MESSAGE(type.ok(), type.failure().message);
    rest.remove_prefix(1);
    if (rest.starts_with("(<bytes>")) continue;
    const auto operand = parse_value(rest);
    REQUIRE_MESSAGE(operand.ok(), operand.failure().message);
    CHECK(test::as_recorded(cast(*type, *operand)) == answer);
  }
}

TEST_CASE("coercion takes over what keeps its meaning") {
  CHECK(coerced("int", "1.0") == "1");
  CHECK(coerced("int", "1.5") == "ERR Expected `int` but found `1.5f`");
  CHECK(coerced("int", "'1'") == "ERR Expected `int` but found `'1'`");
  CHECK(coerced("float", "1") == "1f");
  CHECK(coerced("decimal", "1.5") == "1.5dec");
  CHECK(coerced("string", "1") == "ERR Expected `string` but found `1`");
  CHECK(coerced("option<int>", "NONE") == "NONE");
  CHECK(coerced("array<int>", "[1, 2.0]") == "[1, 2]");
  CHECK(coerced("array<int>", "[1, 'a']") ==
        "ERR Expected `int` but found `'a'` when coercing an element of `array<int>`");
  CHECK(coerced("record<person>", "post:1") == "ERR Expected `record<person>` but found `post:1`");
  CHECK(coerced("record<person | post>", "post:1") == "post:1");
  CHECK(coerced("{ a: int }", "{ a: 1 }") == "{ a: 1 }");
  CHECK(coerced("{ a: int }", "{ a: 1, b: 2 }") ==
        "ERR Expected `{ a: int }` but found `{ a: 1, b: 2 }`");
}
