#include "machines/ssp/rule_book.hpp"

#include "surrealql/database/definitions.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using surrealql::table_rule;

namespace {

value field(const char* name, value select, const char* kind = "string") {
  return value{object{{"name", value{name}},
                      {"kind", value{kind}},
                      {"permissions", value{object{{"select", std::move(select)}}}}}};
}

value definition(const char* table, value select, array fields = {}) {
  return surrealql::table_definition(
      "_spooky_",
      value{object{{"name", value{table}},
                   {"permissions", value{object{{"select", std::move(select)}}}}}},
      value{object{{"fields", value{std::move(fields)}}}});
}

change to(const value& definition) {
  change c;
  c.op = change_op::update;
  c.id = definition["id"].as_record();
  c.record = definition;
  return c;
}

change without(const value& definition) {
  change c;
  c.op = change_op::erase;
  c.id = definition["id"].as_record();
  return c;
}

}  // namespace

TEST_CASE("rules are those of the definitions that are loaded, whether or not there are any") {
  rule_book book;
  CHECK(book.changed() == nullptr);
  book.load({});
  auto rules = book.changed();
  REQUIRE(rules != nullptr);
  CHECK(rules->tables().empty());
  const std::vector<value> rows{
      definition("t", value{true}),
      definition("u", value{"owner = $auth"}, {field("a", value{false})})};
  book.load(rows);
  rules = book.changed();
  REQUIRE(rules != nullptr);
  CHECK(rules->of("t").shown == table_rule::rows::all);
  CHECK(rules->of("u").shown == table_rule::rows::some);
  REQUIRE(rules->of("u").fields.size() == 1);
  CHECK(rules->of("u").fields[0].path == std::vector<std::string>{"a"});
  CHECK(book.changed() == nullptr);
  book.load(std::span{rows}.first(1));
  rules = book.changed();
  REQUIRE(rules != nullptr);
  CHECK_FALSE(rules->tables().contains("u"));
}

TEST_CASE("only what select permissions say makes other rules") {
  rule_book book;
  const auto first = definition("t", value{true}, {field("a", value{true})});
  book.load({&first, 1});
  book.changed();
  book.take(to(definition("t", value{true}, {field("a", value{true}, "int")})));
  CHECK(book.changed() == nullptr);
  book.take(to(definition("t", value{true}, {field("a", value{"$auth.admin"})})));
  const auto rules = book.changed();
  REQUIRE(rules != nullptr);
  CHECK(rules->of("t").fields.size() == 1);
  book.take(without(first));
  REQUIRE(book.changed() != nullptr);
  book.take(without(first));
  CHECK(book.changed() == nullptr);
}

TEST_CASE("what cannot be read hides what it speaks of and is told once, by its table and field") {
  rule_book book;
  const auto broken = definition("t", value{"FUTURE SYNTAX {{"}, {field("a", value{"§"})});
  book.load({&broken, 1});
  const auto rules = book.changed();
  REQUIRE(rules != nullptr);
  CHECK(rules->of("t").shown == table_rule::rows::none);
  const auto lines = book.unread();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].find("table t") != std::string::npos);
  CHECK(lines[1].find("field a") != std::string::npos);
  book.load({&broken, 1});
  book.take(to(broken));
  CHECK(book.unread().empty());
}

TEST_CASE("definitions of anything but tables make no rules") {
  rule_book book;
  book.load({});
  book.changed();
  change other;
  other.op = change_op::create;
  other.id = {"_spooky_definition", value{array{value{"param"}, value{"t"}}}};
  other.record = value{object{{"permissions", value{object{{"select", value{true}}}}}}};
  book.take(other);
  CHECK(book.changed() == nullptr);
}
