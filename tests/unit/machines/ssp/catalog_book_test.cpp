#include "machines/ssp/catalog_book.hpp"

#include "surrealql/database/definitions.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;

namespace {

/// A table's definition with one computed field, as the log has it.
value table(const std::string& name, const std::string& computed) {
  const value structure(
      object{{"fields",
              value(array{value(object{{"name", value("c")}, {"computed", value(computed)}})})}});
  return surrealql::table_definition("_spooky_", value(object{{"name", value(name)}}), structure);
}

value param(const std::string& name, const std::string& held) {
  return surrealql::param_definition("_spooky_",
                                     value(object{{"name", value(name)}, {"value", value(held)}}));
}

value function(const std::string& name, const std::string& block) {
  return surrealql::function_definition(
      "_spooky_", value(object{{"name", value(name)}, {"block", value(block)}}));
}

change put(const value& definition) {
  change c;
  c.op = change_op::update;
  c.id = definition["id"].as_record();
  c.record = definition;
  return c;
}

change removed(const value& definition) {
  change c = put(definition);
  c.op = change_op::erase;
  c.record = {};
  return c;
}

}  // namespace

TEST_CASE("a catalog is made of the definitions, and again when one of them changes") {
  catalog_book book;
  CHECK(book.changed() == nullptr);
  const std::vector<value> rows{table("t", "n + 1"), param("p", "[1, 2]"),
                                function("f", "{ RETURN 1 }")};
  book.load(rows, {});
  auto known = book.changed();
  REQUIRE(known);
  CHECK(known->table("t")->computes("c"));
  CHECK(known->param("p")->held == value(array{value(1), value(2)}));
  CHECK(known->function("f")->body);
  CHECK(book.changed() == nullptr);

  SUBCASE("not by what no expression can tell") {
    object same = rows[0].as_object();
    same.set("schemafull", value(true));
    book.take(put(value(same)));
    CHECK(book.changed() == nullptr);
  }
  SUBCASE("by another expression") {
    book.take(put(table("t", "n + 2")));
    CHECK(book.changed());
  }
  SUBCASE("by a definition that is gone") {
    book.take(removed(rows[1]));
    book.take(removed(rows[2]));
    const auto now = book.changed();
    REQUIRE(now);
    CHECK(now->param("p") == nullptr);
    CHECK(now->function("f") == nullptr);
    CHECK(now->table("t"));
    book.take(removed(rows[1]));
    CHECK(book.changed() == nullptr);
  }
  SUBCASE("and by what another load lacks") {
    book.load({}, {});
    const auto now = book.changed();
    REQUIRE(now);
    CHECK(now->tables.empty());
  }
}

TEST_CASE("what cannot be read is named once, and refused where it is used") {
  catalog_book book;
  book.load(std::vector<value>{table("t", "ml::model(n)"), function("w", "{ CREATE t }")}, {});
  const auto known = book.changed();
  REQUIRE(known);
  CHECK(known->table("t")->computed[0].expression == nullptr);
  CHECK(known->function("w")->body == nullptr);
  CHECK(known->function("w")->refused.find("CREATE") != std::string::npos);
  const auto lines = book.unread();
  // A function that writes is read well enough: it is refused where it is called.
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("table t") != std::string::npos);
  CHECK(lines[0].find("c") != std::string::npos);
  CHECK(book.unread().empty());
  book.take(put(table("t", "ml::model(n)")));
  CHECK(book.unread().empty());
}
