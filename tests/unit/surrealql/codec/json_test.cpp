#include "surrealql/codec/json.hpp"

#include "surrealql/values/text.hpp"

#include <limits>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

std::string json_of(std::string_view constant) { return to_json(parse_value(constant).value()); }

std::string text_of(std::string_view json) {
  const auto v = parse_json(json);
  return v ? to_text(*v) : v.failure().message;
}

}  // namespace

TEST_CASE("values become the JSON that event bodies carry") {
  CHECK(json_of("person:tobie") == R"("person:tobie")");
  CHECK(json_of("person:['a', 1]") == R"("person:['a', 1]")");
  CHECK(json_of("person:`a b`") == R"("person:`a b`")");
  CHECK(json_of("d'2024-01-01T00:00:00.123456789Z'") == R"("2024-01-01T00:00:00.123456789Z")");
  CHECK(json_of("1h30m") == R"("1h30m")");
  CHECK(json_of("1.50dec") == R"("1.50")");
  CHECK(json_of("1f") == "1.0");
  CHECK(json_of("1.5e300") == "1.5e+300");
  CHECK(json_of("0.00001") == "0.00001");
  CHECK(json_of("-0.0") == "-0.0");
  CHECK(json_of("9223372036854775807") == "9223372036854775807");
  CHECK(json_of("u'018f0000-0000-7000-8000-000000000001'") ==
        R"("018f0000-0000-7000-8000-000000000001")");
  CHECK(json_of("NONE") == "null");
  CHECK(json_of("NaN") == "null");
  CHECK(json_of("Infinity") == "null");
  CHECK(json_of("b\"6162\"") == "[97,98]");
  CHECK(json_of("{2, 1}") == "[1,2]");
  CHECK(json_of("(1.5, 2)") == R"({"coordinates":[1.5,2.0],"type":"Point"})");
  CHECK(json_of("1..5") == R"("1..5")");
  CHECK(json_of("{ b: [1, true], a: { c: NULL } }") == R"({"a":{"c":null},"b":[1,true]})");
  CHECK(to_json(value::table("x")) == R"("x")");
}

TEST_CASE("text is escaped, and what is no UTF-8 still gives valid JSON") {
  CHECK(to_json(value("a\"b\\c\n\x01é")) == "\"a\\\"b\\\\c\\n\\u0001é\"");
  CHECK(to_json(value(std::string("a\xff") + "b")) ==
        "\"a\xEF\xBF\xBD"
        "b\"");
  CHECK(parse_json(to_json(value("\x7f\x1f\t\b\f"))).value() == value("\x7f\x1f\t\b\f"));
}

TEST_CASE("JSON reads into plain values") {
  CHECK(text_of("null") == "NULL");
  CHECK(text_of("[1, -2, 1.0, 1e3, true]") == "[1, -2, 1f, 1000f, true]");
  CHECK(text_of(R"({"b":1,"a":"person:1","b":2})") == "{ a: 'person:1', b: 2 }");
  CHECK(text_of("9223372036854775807") == "9223372036854775807");
  CHECK(text_of("9223372036854775808") == "9223372036854776000f");
  CHECK(text_of("-9223372036854775808") == "-9223372036854775808");
  CHECK(text_of(R"("\u00e9\ud83d\ude00")") == "'é😀'");
  CHECK(text_of("  [ ] ") == "[]");
}

TEST_CASE("broken JSON names line and column") {
  CHECK(text_of("").starts_with("Invalid JSON at line 1, column 1"));
  CHECK(text_of("{\n  \"a\": ,\n}").starts_with("Invalid JSON at line 2, column 8"));
  CHECK(text_of("[1 2]").starts_with("Invalid JSON at line 1, column 4"));
  CHECK(text_of("{} x").starts_with("Invalid JSON at line 1, column 4"));
  CHECK(text_of("\"a\xff\"").starts_with("Invalid JSON at line 1"));
  CHECK(text_of("nul").starts_with("Invalid JSON at line 1"));
  CHECK(parse_json("[1").failure().code == errc::parse_error);
  CHECK(parse_json("1e999").failure().code == errc::parse_error);
}

TEST_CASE("depth and length are bounded") {
  CHECK(parse_json(std::string(100000, '[')).failure().code == errc::limit_exceeded);
  CHECK(parse_json("[[1]]", {.depth = 1}).failure().code == errc::limit_exceeded);
  CHECK(parse_json("[[1]]", {.depth = 2}).ok());
  CHECK(parse_json("[1]", {.bytes = 2}).failure().code == errc::limit_exceeded);
}

TEST_CASE("the fast and the exact reader agree") {
  // A byte order mark is what only the exact reader takes.
  const auto exactly = [](const std::string& text, const codec_limits& limits) {
    return parse_json("\xEF\xBB\xBF" + text, limits);
  };
  const std::string deep_arrays = std::string(5, '[') + std::string(5, ']');
  const std::string deep_objects = R"({"a":{"a":{"a":{"a":{"a":1}}}}})";
  for (const std::string& text : {std::string{"0"},
                                  std::string{"-0"},
                                  std::string{"-0.0"},
                                  std::string{"1E2"},
                                  std::string{"1e-400"},
                                  std::string{"1e400"},
                                  std::string{"0.1"},
                                  std::string{"2.2250738585072011e-308"},
                                  std::string{"9007199254740993.0"},
                                  std::string{"9223372036854775807"},
                                  std::string{"9223372036854775808"},
                                  std::string{"18446744073709551615"},
                                  std::string{"18446744073709551616"},
                                  std::string{"-9223372036854775808"},
                                  std::string{"-9223372036854775809"},
                                  std::string{"123456789012345678901234567890"},
                                  std::string{R"("\ud800")"},
                                  std::string{R"("\u0000a\/")"},
                                  std::string{"\"a\tb\""},
                                  std::string{"\"\xC3\x28\""},
                                  std::string{R"({"b":1,"a":2,"b":{"c":[]}})"},
                                  std::string{R"({"":1})"},
                                  std::string{"[1,]"},
                                  std::string{"[1] "},
                                  std::string{" \n\t[1]"},
                                  std::string{"01"},
                                  std::string{"+1"},
                                  std::string{".5"},
                                  std::string{"1."},
                                  std::string{"NaN"},
                                  std::string{"{\"a\" 1}"},
                                  std::string{"[1]\0", 4},
                                  deep_arrays,
                                  deep_objects}) {
    for (const std::size_t depth : {3, 4, 5, 6, 100}) {
      const codec_limits limits{.depth = depth};
      const auto usual = parse_json(text, limits);
      const auto exact = exactly(text, limits);
      CAPTURE(text);
      CAPTURE(depth);
      REQUIRE(usual.ok() == exact.ok());
      if (usual.ok())
        CHECK(to_text(*usual) == to_text(*exact));
      else
        CHECK(usual.failure().code == exact.failure().code);
    }
  }
}
