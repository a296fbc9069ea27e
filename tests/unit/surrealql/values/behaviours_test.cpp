#include "surrealql/values/behaviours.hpp"

#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/evaluate/map_source.hpp"
#include "surrealql/syntax/parse.hpp"
#include "tests/unit/surrealql/recorded.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

map_source behaviour_source() {
  map_source source;
  const auto rows = parse_value(behaviour_rows());
  REQUIRE(rows.ok());
  for (const value& row : rows->as_array()) {
    source.define_table(row["id"].as_record().table);
    REQUIRE(source.put(row).ok());
  }
  return source;
}

result<value> answer(const map_source& source, std::string_view statement, semantics rules) {
  SPOOKY_ASSIGN(const auto parsed, parse_statements(statement, {.rules = rules}));
  eval_context context;
  context.source = &source;
  context.rules = rules;
  return surrealql::run(parsed.front(), context);
}

/// Whether the answer is the one the table states: a constant, or ERR and how the message begins.
void agrees(const result<value>& found, std::string_view expected) {
  if (expected.starts_with("ERR")) {
    REQUIRE_FALSE(found.ok());
    if (expected.size() > 4) CHECK(found.failure().message.starts_with(expected.substr(4)));
    return;
  }
  REQUIRE_MESSAGE(found.ok(), found.failure().message);
  const auto constant = parse_value(expected);
  REQUIRE(constant.ok());
  CHECK(to_text(*found) == to_text(*constant));
}

}  // namespace

TEST_CASE("each behaviour's statement shows both of its answers") {
  const map_source source = behaviour_source();
  for (const behaviour_entry& one : behaviours()) {
    CAPTURE(one.name);
    REQUIRE(one.since > server_version{3, 0, 0});
    const semantics after = semantics::of(one.since);
    const semantics before = semantics::of({3, 0, 0});
    CHECK(after.has(one.which));
    CHECK_FALSE(before.has(one.which));
    agrees(answer(source, one.statement, before), one.before);
    agrees(answer(source, one.statement, after), one.after);
  }
}

TEST_CASE("a server's version is read as it tells it") {
  CHECK(parse_server_version("surrealdb-3.3.3") == server_version{3, 3, 3});
  CHECK(parse_server_version("3.0.2") == server_version{3, 0, 2});
  CHECK(parse_server_version("surrealdb-4.0.0-beta.1+20261001") == server_version{4, 0, 0});
  CHECK(parse_server_version("surrealdb-3.4") == server_version{3, 4, 0});
  for (const char* text :
       {"", "surrealdb", "surrealdb-", "surrealdb-x.1", "surrealdb-3", "99999999.1"})
    CHECK_FALSE(parse_server_version(text).has_value());
}

TEST_CASE("a version between or beyond those known has the behaviours known before it") {
  CHECK(semantics::of({9, 0, 0}) == semantics());
  CHECK(semantics::of(newest_known_version()) == semantics());
  CHECK(semantics::of({3, 2, 9}) == semantics::of({3, 2, 0}));
  CHECK_FALSE(semantics::of({3, 2, 9}) == semantics());
  CHECK(semantics::of({1, 0, 0}) == semantics::of({3, 0, 0}));
}
