#include "surrealql/types/schema.hpp"

#include "surrealql/codec/json.hpp"
#include "surrealql/values/text.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

value constant(std::string_view text) { return parse_value(text).value(); }

/// As the engine answers INFO FOR TABLE for the fields it defined (recorded).
value recorded_info() {
  return value(object{
      {"events", value(object())},
      {"fields",
       value(object{
           {"`we ird`",
            "DEFINE FIELD `we ird` ON t TYPE int | string | { kind: 'a', v: int } | [int, string] "
            "DEFAULT 3 ASSERT $value != NONE COMMENT 'x TYPE y' PERMISSIONS FULL"},
           {"at", "DEFINE FIELD at ON t TYPE none | datetime PERMISSIONS FULL"},
           {"author",
            "DEFINE FIELD author ON t TYPE none | record<person> READONLY REFERENCE ON "
            "DELETE CASCADE PERMISSIONS FULL"},
           {"c", "DEFINE FIELD c ON t TYPE int COMPUTED 1 + 1 PERMISSIONS FULL"},
           {"g", "DEFINE FIELD g ON t TYPE geometry<point | polygon> PERMISSIONS FULL"},
           {"items", "DEFINE FIELD items ON t TYPE array<object> PERMISSIONS FULL"},
           {"items.*", "DEFINE FIELD items.* ON t TYPE object PERMISSIONS FULL"},
           {"items.*.d", "DEFINE FIELD items.*.d ON t TYPE duration PERMISSIONS FULL"},
           {"items.*.e", "DEFINE FIELD items.*.e ON t TYPE decimal PERMISSIONS FULL"},
           {"links", "DEFINE FIELD links ON t TYPE array<record<a | b>> PERMISSIONS FULL"},
           {"links.*", "DEFINE FIELD links.* ON t TYPE record<a | b> PERMISSIONS FULL"},
           {"meta", "DEFINE FIELD meta ON t TYPE object FLEXIBLE PERMISSIONS FULL"},
           {"meta.when", "DEFINE FIELD meta.when ON t TYPE datetime PERMISSIONS FULL"},
           {"mixed",
            "DEFINE FIELD mixed ON t TYPE string | record<person> | datetime PERMISSIONS "
            "FULL"},
           {"n", "DEFINE FIELD n ON t PERMISSIONS FULL"},
           {"price", "DEFINE FIELD price ON t TYPE decimal PERMISSIONS FULL"},
           {"raw", "DEFINE FIELD raw ON t TYPE bytes PERMISSIONS FULL"},
           {"score", "DEFINE FIELD score ON t TYPE float PERMISSIONS FULL"},
           {"tags", "DEFINE FIELD tags ON t TYPE set<string> PERMISSIONS FULL"},
           {"token", "DEFINE FIELD token ON t TYPE uuid PERMISSIONS FULL"},
           {"ttl", "DEFINE FIELD ttl ON t TYPE duration | 'forever' PERMISSIONS FULL"},
           {"title", "DEFINE FIELD title ON t TYPE string PERMISSIONS FULL"},
       })},
  });
}

table_schema known() { return table_schema::from_info(recorded_info()).value(); }

/// What becomes of a record that travelled as JSON.
value travelled(const value& record) {
  return known().restore(parse_json(to_json(record)).value());
}

}  // namespace

TEST_CASE("a record that came as JSON is the record that was stored") {
  const value stored = constant(R"({
    id: t:['a', 1], at: d'2024-01-01T00:00:00.5Z', author: person:tobie, g: (1, 2),
    items: [{ d: 1h30m, e: 1.50dec, f: 'x' }], links: [a:1, b:`x y`],
    meta: { when: d'2024-01-01T00:00:00Z', free: 'person:1' }, price: 19.90dec, raw: b"00FF",
    score: 1f, tags: {'a', 'b'}, token: u'018f0000-0000-7000-8000-000000000001', ttl: 15m,
    title: 'person:1', n: 'd', c: 2
  })");
  const value back = travelled(stored);
  CHECK(to_text(back) == to_text(stored));
}

TEST_CASE("text that only looks like another type stays text where text is declared") {
  CHECK(travelled(constant("{ title: '2024-01-01T00:00:00Z' }"))["title"].is_string());
  CHECK(travelled(constant("{ title: 'person:1' }"))["title"].is_string());
  CHECK(travelled(constant("{ title: '1.5' }"))["title"].is_string());
}

TEST_CASE("of alternatives the one whose form the text has wins, then plain text") {
  CHECK(travelled(constant("{ mixed: person:1 }"))["mixed"] == constant("person:1"));
  CHECK(travelled(constant("{ mixed: d'2024-01-01T00:00:00Z' }"))["mixed"] ==
        constant("d'2024-01-01T00:00:00Z'"));
  CHECK(travelled(constant("{ mixed: 'post:1' }"))["mixed"] == value("post:1"));
  CHECK(travelled(constant("{ mixed: 'hello' }"))["mixed"] == value("hello"));
  CHECK(travelled(constant("{ ttl: 'forever' }"))["ttl"] == value("forever"));
}

TEST_CASE("null is NONE where only NONE is declared, and such a member is gone") {
  CHECK(known().restore(parse_json(R"({"at":null,"n":null})").value()) == constant("{ n: NULL }"));
}

TEST_CASE("numbers take the declared kind") {
  const value back =
      known().restore(parse_json(R"({"price":3,"score":2,"c":4.0,"we ird":7})").value());
  CHECK(back["price"].type() == value_type::decimal);
  CHECK(back["score"].type() == value_type::floating);
  CHECK(back["c"].type() == value_type::integer);
  CHECK(back["we ird"].type() == value_type::integer);
}

TEST_CASE("what does not fit its declaration stays as it is") {
  const value odd = parse_json(R"({"at":"yesterday","author":"post:1","raw":[1,300],
                                   "items":[{"d":"x"},5],"links":["a:1","nope"]})")
                        .value();
  const value back = known().restore(odd);
  CHECK(back["at"] == value("yesterday"));
  CHECK(back["author"] == value("post:1"));
  CHECK(back["raw"] == constant("[1, 300]"));
  CHECK(back["items"] == constant("[{ d: 'x' }, 5]"));
  CHECK(back["links"] == constant("[a:1, 'nope']"));
}

TEST_CASE("typed values pass unchanged") {
  const value typed = constant("{ id: t:1, at: d'2024-01-01T00:00:00Z', price: 1.5dec }");
  CHECK(to_text(known().restore(typed)) == to_text(typed));
}

TEST_CASE("without a schema only id, in and out become record ids") {
  const schema nothing;
  const value back =
      nothing.restore("likes", parse_json(R"({"id":"likes:1","in":"person:a","out":"post:`x y`",
                              "author":"person:1","at":"2024-01-01T00:00:00Z"})")
                                   .value());
  CHECK(to_text(back) ==
        "{ at: '2024-01-01T00:00:00Z', author: 'person:1', id: likes:1, in: person:a, "
        "out: post:`x y` }");
  CHECK(nothing.restore("t", value(5)) == value(5));
}

TEST_CASE("the schemas of a database are kept by table") {
  schema all;
  all.set("t", known());
  CHECK(all.find("t") != nullptr);
  CHECK(all.find("u") == nullptr);
  CHECK(all.restore("t", parse_json(R"({"at":"2024-01-01T00:00:00Z"})").value())["at"].type() ==
        value_type::datetime);
  CHECK(all.restore("u", parse_json(R"({"at":"2024-01-01T00:00:00Z"})").value())["at"].is_string());
  all.erase("t");
  CHECK(all.find("t") == nullptr);
}

TEST_CASE("a definition that cannot be read is named") {
  const value info(object{
      {"fields", value(object{{"x", "DEFINE FIELD x ON t TYPE nonsense PERMISSIONS FULL"}})}});
  const auto failed = table_schema::from_info(info);
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.failure().message.find("TYPE nonsense") != std::string::npos);
  table_schema made;
  CHECK_FALSE(made.add("a..b", parse_kind("int").value()).ok());
  CHECK_FALSE(made.add("", parse_kind("int").value()).ok());
}
