#include "machines/database_version.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using surrealql::semantics;
using surrealql::server_version;

namespace {

constexpr server_version v3_0{3, 0, 2};
constexpr server_version v3_3{3, 3, 3};

/// "differs" or "-", then how a remark is made and its text.
std::string text(const database_version::heard& heard) {
  std::string out = heard.differs ? "differs" : "-";
  if (!heard.remark) return out;
  return out + (heard.remark->how == say::severity::info ? " info " : " warning ") +
         heard.remark->text;
}

}  // namespace

TEST_CASE("a version is remarked on when it is new, and its answers are given from then on") {
  database_version version;
  CHECK(version.text().empty());
  CHECK(version.rules() == semantics{});
  CHECK(text(version.hear("surrealdb-3.0.2")) == "differs info answering as surrealdb-3.0.2");
  CHECK(version.rules() == semantics::of(v3_0));
  CHECK(text(version.hear("surrealdb-3.0.2")) == "-");
  CHECK(text(version.hear("surrealdb-3.0.9")) == "- info answering as surrealdb-3.0.9");
  CHECK(text(version.hear("surrealdb-3.3.3")) == "differs info answering as surrealdb-3.3.3");
  CHECK(version.rules() == semantics::of(v3_3));
  CHECK(version.text() == "surrealdb-3.3.3");
}

TEST_CASE("what was told before a restart holds until another version is told") {
  database_version version("surrealdb-3.0.2");
  CHECK(version.rules() == semantics::of(v3_0));
  SUBCASE("the same") {
    CHECK(text(version.hear("surrealdb-3.0.2")) == "- info answering as surrealdb-3.0.2");
  }
  SUBCASE("another") {
    CHECK(text(version.hear("surrealdb-3.3.3")) == "differs info answering as surrealdb-3.3.3");
  }
}

TEST_CASE("a version newer than all that are known is taken for the newest known, and said once") {
  database_version version("surrealdb-3.3.3");
  CHECK(text(version.hear("surrealdb-4.1.0")) ==
        "- warning the database is surrealdb-4.1.0, newer than what is known here; answering as "
        "SurrealDB 3.3.0 does");
  CHECK(version.rules() == semantics::of(v3_3));
  CHECK(text(version.hear("surrealdb-4.1.0")) == "-");
  CHECK(version.text() == "surrealdb-4.1.0");
}

TEST_CASE("a server that does not tell its version is taken for the one before, and warned of") {
  database_version version("surrealdb-3.0.2");
  CHECK(text(version.hear("")).starts_with("- warning the database does not tell its version"));
  CHECK(version.rules() == semantics::of(v3_0));
  CHECK(version.text() == "surrealdb-3.0.2");
}
