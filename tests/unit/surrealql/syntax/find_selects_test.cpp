#include "surrealql/syntax/find_selects.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky::surrealql;

namespace {

std::vector<std::string> texts(std::string_view surql) {
  std::vector<std::string> all;
  for (const auto& one : find_selects(surql)) all.emplace_back(one.text);
  return all;
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("a SELECT ends where its grammar ends") {
  CHECK(texts("SELECT * FROM a; LET $x = (SELECT VALUE id FROM b LIMIT 1)[0]; RETURN 1") ==
        list{"SELECT * FROM a", "SELECT VALUE id FROM b LIMIT 1"});
  CHECK(texts("select a, (SELECT * FROM c) AS c from b where x = 'SELECT 1 FROM d' ;") ==
        list{"select a, (SELECT * FROM c) AS c from b where x = 'SELECT 1 FROM d'"});
  CHECK(texts("").empty());
}

TEST_CASE("SELECTs are found where definitions hold them") {
  CHECK(texts("DEFINE FUNCTION fn::top($n: int) { RETURN SELECT * FROM post LIMIT $n; };\n"
              "DEFINE FIELD n ON t VALUE count((SELECT * FROM post WHERE t = $parent.id));\n"
              "DEFINE TABLE t PERMISSIONS FOR select WHERE id IN (SELECT VALUE out FROM owns);") ==
        list{"SELECT * FROM post LIMIT $n", "SELECT * FROM post WHERE t = $parent.id",
             "SELECT VALUE out FROM owns"});
}

TEST_CASE("a permission, a comment, a string and a name are no SELECT") {
  CHECK(texts("DEFINE TABLE a PERMISSIONS FOR select FULL, FOR create, select, update NONE;\n"
              "-- SELECT * FROM hidden\n/* SELECT * FROM hidden */ # SELECT * FROM hidden\n"
              "CREATE t SET select = 1, x = 'SELECT * FROM hidden', y = $select")
            .empty());
}

TEST_CASE("a SELECT that the parser refuses ends at what must end it") {
  CHECK(texts("SELECT * FROM a WHERE x = ; SELECT * FROM b") ==
        list{"SELECT * FROM a WHERE x =", "SELECT * FROM b"});
  CHECK(texts("{ SELECT * FROM a WHERE b @@@ [1; 2] } SELECT * FROM b") ==
        list{"SELECT * FROM a WHERE b @@@ [1; 2]", "SELECT * FROM b"});
}

TEST_CASE("a line that is no SurrealQL does not hide the next") {
  CHECK(texts("what's this\nSELECT * FROM a") == list{"SELECT * FROM a"});
}

TEST_CASE("places are counted as a person counts them") {
  const auto found = find_selects("RETURN 1;\n\n  SELECT *\n  FROM a; SELECT * FROM b");
  REQUIRE(found.size() == 2);
  CHECK(found[0].where.line == 3);
  CHECK(found[0].where.column == 3);
  CHECK(found[1].where.line == 4);
  CHECK(found[1].where.column == 11);
}
