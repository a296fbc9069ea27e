#include "surrealql/analyse/shape.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

std::string shape(std::string_view surql) { return shape_of(surql).value(); }

}  // namespace

TEST_CASE("queries that differ in constants, case, blanks or comments have one shape") {
  const auto one = shape("SELECT * FROM note WHERE n > 5 AND text = 'a' LIMIT 10");
  CHECK(one == shape("select *   from note where (n > 7dec) and text = \"it's\" /* ! */ limit 3;"));
  CHECK(one == "SELECT * FROM note WHERE n > $_ AND text = $_ LIMIT $_");
  CHECK(shape("SELECT * FROM note WHERE n IN [1, 2]") ==
        shape("SELECT * FROM note WHERE n IN [3]"));
}

TEST_CASE("what is read makes the shape: tables, fields, operators, parameters") {
  const auto one = shape("SELECT a FROM note WHERE n = 1");
  for (const auto* other :
       {"SELECT b FROM note WHERE n = 1", "SELECT a FROM secret WHERE n = 1",
        "SELECT a FROM note WHERE n > 1", "SELECT a FROM note WHERE m = 1", "SELECT a FROM note",
        "SELECT a FROM note WHERE n = $one", "SELECT a FROM note WHERE n = 1 OR true",
        "SELECT a FROM note, secret WHERE n = 1", "SELECT VALUE a FROM note WHERE n = 1",
        "SELECT a FROM note WHERE n = 1 FETCH a",
        "SELECT a, (SELECT * FROM secret) FROM note "
        "WHERE n = 1"})
    CHECK_MESSAGE(shape(other) != one, other);
}

TEST_CASE("a constant that names a table or a field is no mere constant") {
  CHECK(shape("SELECT * FROM note:1") == shape("SELECT * FROM note:two"));
  CHECK(shape("SELECT * FROM note:1") != shape("SELECT * FROM secret:1"));
  CHECK(shape("SELECT * FROM note:['a', $b]") != shape("SELECT * FROM secret:['a', $b]"));
  CHECK(shape("SELECT * FROM [note:1, note:2]") == shape("SELECT * FROM [note:3]"));
  CHECK(shape("SELECT * FROM [note:1]") != shape("SELECT * FROM [note:1, secret:1]"));
  CHECK(shape("SELECT * FROM type::table('note')") != shape("SELECT * FROM type::table('secret')"));
  CHECK(shape("SELECT * FROM type::record('note', 1)") ==
        shape("SELECT * FROM type::record('note', 2)"));
  CHECK(shape("SELECT * FROM type::record('note', 1)") !=
        shape("SELECT * FROM type::record('secret', 1)"));
  CHECK(shape("SELECT type::field('a') FROM note") !=
        shape("SELECT type::field('pass') FROM note"));
  CHECK(shape("SELECT type::fields(['a']) FROM note") !=
        shape("SELECT type::fields(['pass']) FROM note"));
  CHECK(shape("SELECT o['a'] FROM note") != shape("SELECT o['pass'] FROM note"));
  CHECK(shape("SELECT o['a'][1] FROM note") == shape("SELECT o['a'][2] FROM note"));
  CHECK(shape("SELECT * FROM note WHERE record::exists(secret:1)") !=
        shape("SELECT * FROM note WHERE record::exists(note:1)"));
}

TEST_CASE("sub-queries have their constants taken as well, and a shape is one line") {
  CHECK(shape("SELECT (SELECT * FROM b WHERE x = 1) AS s FROM a") ==
        shape("SELECT (SELECT * FROM b WHERE x = 2) AS s FROM a"));
  CHECK(shape("SELECT * FROM a WHERE t = 'two\nlines' AND `odd\nname` = 1").find('\n') ==
        std::string::npos);
  CHECK_FALSE(shape_of("SELECT FROM").ok());
}
