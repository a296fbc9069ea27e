#include "intents/existence.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::intents;

namespace {

db_answer info(const char* list, object names) {
  return {{true, value{object{{list, value{std::move(names)}}}}, {}, false, false}};
}

}  // namespace

TEST_CASE("a namespace or database that is not listed is missing, and how to mend it is told") {
  const object known{{"app", value{"DEFINE ..."}}, {"a b", value{"DEFINE ..."}}};
  CHECK(read(find_namespace{"app"}, info("namespaces", known)).ok());
  CHECK(read(find_database{"app", "a b"}, info("databases", known)).ok());
  const auto misspelt = read(find_namespace{"apq"}, info("namespaces", known));
  REQUIRE_FALSE(misspelt.ok());
  CHECK(misspelt.failure().code == errc::not_found);
  CHECK(
      misspelt.failure().message ==
      "the namespace \"apq\" does not exist: mend db.namespace, or have `spooky schema --apply` or "
      "db.create define it");
  CHECK_FALSE(read(find_database{"app", "apq"}, info("databases", known)).ok());
  CHECK_FALSE(read(find_database{"app", "apq"}, info("databases", {})).ok());
}

TEST_CASE("who may not look is not refused: he could not make one either") {
  const db_answer refused{{false, {}, "IAM error: Not enough permissions", false, false}};
  CHECK(read(find_namespace{"app"}, refused).ok());
  CHECK(read(find_database{"app", "app"}, refused).ok());
  CHECK(read(find_database{"app", "app"}, {}).ok());
}

TEST_CASE("the look at a namespace names it as one name") {
  CHECK(render(find_namespace{"x"}).text == "INFO FOR ROOT");
  CHECK(render(find_database{"app", "d"}).text == "USE NS app; INFO FOR NS");
  CHECK(render(find_database{"a`; REMOVE NAMESPACE b", "d"}).text ==
        "USE NS `a\\`; REMOVE NAMESPACE b`; INFO FOR NS");
}
