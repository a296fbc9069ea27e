#include "machines/ssp/view_drift.hpp"

#include "machines/ssp/edge_ledger.hpp"
#include "machines/ssp/view_answer.hpp"
#include "surrealql/values/text.hpp"
#include "tests/unit/machines/samples.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;

namespace {

using names = std::vector<std::string>;

value parsed(const char* text) {
  auto read = surrealql::parse_value(text);
  REQUIRE_MESSAGE(read.ok(), text);
  return std::move(read).value();
}

names told(const std::vector<drift>& found) {
  names out;
  for (const auto& each : found) out.push_back(std::string{to_string(each.kind)} + " " + each.row);
  return out;
}

names result_told(const char* surql, const char* shown, const char* answered) {
  const auto view = view_of("v", surql);
  return told(result_drift(*view, how_comparable(*view), "t", parsed(shown), parsed(answered)));
}

const intents::edge_format format{"_spooky_", "a", config::edge_removal::erase};

/// A view of two records, one of which has a related row, and what stands of it in the database.
struct shown_view {
  shown_view() {
    shown.members = {member("t", 1), member("t", 2, 5)};
    auto related = member("c", 7);
    related.parent = record_id{"t", value{1}};
    related.alias = related.path = "comments";
    shown.members.push_back(related);
    shown.result = parsed("[{ id: t:1 }, { id: t:2 }]");
    const auto answer = answer_of(*view, shown);
    standing = {true, "ready", answer.row_count, answer.merkle_root, {}};
    for (const auto& m : shown.members)
      standing.edges[edge_id(view->id, m)] = {value{m.id}, m.version, "client", {}, {}};
    auto& inner = standing.edges[edge_id(view->id, related)];
    inner.parent = value{record_id{"_spooky_list_ref", edge_id(view->id, shown.members[0])}};
    inner.parent_name = value{"comments"};
  }
  std::vector<drift> found() const { return edge_drift(format, *view, shown, standing); }
  std::string row(std::size_t at) const {
    return surrealql::to_text(record_id{"_spooky_list_ref", edge_id(view->id, shown.members[at])});
  }

  registration_ptr view = view_of("v");
  views::view_snapshot shown;
  intents::standing_view standing;
};

}  // namespace

TEST_CASE("results are compared row by row, in the order that the statement asks for") {
  CHECK(result_told("SELECT * FROM t", "[{id: t:1}]", "[{id: t:1}]").empty());
  // An index may give them otherwise.
  CHECK(result_told("SELECT * FROM t", "[{id: t:1}, {id: t:2}]", "[{id: t:2}, {id: t:1}]").empty());
  CHECK(result_told("SELECT * FROM t ORDER BY a", "[{id: t:1}, {id: t:2}]",
                    "[{id: t:2}, {id: t:1}]") == names{"view v"});
  CHECK(result_told("SELECT * FROM t", "[{id: t:1, a: 1}, {id: t:3}]",
                    "[{id: t:1, a: 2}, {id: t:2}]") == names{"view t:1", "view t:2", "view t:3"});
  CHECK(result_told("SELECT count() FROM t GROUP ALL", "[{count: 1}]", "[{count: 2}]") ==
        names{"view v"});
}

TEST_CASE("what depends on who asks, or on an order that nobody asked for, is not compared") {
  CHECK(how_comparable(*view_of("v", "SELECT * FROM t WHERE a = $auth.id")) == comparable::no);
  CHECK(how_comparable(*view_of("v", "SELECT * FROM t LIMIT 3")) == comparable::no);
  CHECK(how_comparable(*view_of("v", "SELECT * FROM t ORDER BY a LIMIT 3")) ==
        comparable::in_order);
  CHECK(result_told("SELECT * FROM t LIMIT 1", "[{id: t:1}]", "[{id: t:2}]").empty());
}

TEST_CASE("a difference has another mark as soon as either side says something else") {
  const auto view = view_of("v");
  const auto mark = [&](const char* shown, const char* answered) {
    return result_drift(*view, comparable::rows, "t", parsed(shown), parsed(answered)).at(0).mark;
  };
  const auto first = mark("[{id: t:1, a: 1}]", "[{id: t:1, a: 2}]");
  CHECK(mark("[{id: t:1, a: 1}]", "[{id: t:1, a: 2}]") == first);
  CHECK(mark("[{id: t:1, a: 1}]", "[{id: t:1, a: 3}]") != first);
  CHECK(mark("[{id: t:1, a: 3}]", "[{id: t:1, a: 2}]") != first);
}

TEST_CASE("edges are compared with all that clients read in them") {
  shown_view world;
  CHECK(world.found().empty());
  SUBCASE("one is missing") {
    world.standing.edges.erase(edge_id("v", world.shown.members[1]));
    CHECK(told(world.found()) == names{"edge_missing " + world.row(1)});
  }
  SUBCASE("one is nobody's") {
    world.standing.edges[value{"forged"}] = {};
    CHECK(told(world.found()) == names{"edge_extra _spooky_list_ref:forged"});
    CHECK(keys_of_edges(world.found()) == std::vector<value>{value{"forged"}});
  }
  SUBCASE("one says something else") {
    auto& edge = world.standing.edges[edge_id("v", world.shown.members[2])];
    SUBCASE("a version") { edge.version = 9; }
    SUBCASE("a client") { edge.client_id = "x"; }
    SUBCASE("a record") { edge.out = value{record_id{"c", value{8}}}; }
    SUBCASE("an enclosing row") { edge.parent = {}; }
    SUBCASE("a name") { edge.parent_name = value{"x"}; }
    CHECK(told(world.found()) == names{"edge_changed " + world.row(2)});
  }
  SUBCASE("its record says something else") {
    SUBCASE("a number of rows") { world.standing.row_count = 3; }
    SUBCASE("a root") { world.standing.merkle_root = "00"; }
    CHECK(told(world.found()) == names{"view_record v"});
    CHECK(keys_of_edges(world.found()).empty());
  }
}

TEST_CASE("a view whose record is gone has ended, and one without edges must have none") {
  shown_view world;
  world.standing.recorded = false;
  CHECK(world.found().empty());
  world.standing.recorded = true;
  auto alone = *world.view;
  alone.edges = false;
  CHECK(edge_drift(format, alone, world.shown, world.standing).size() == 3);
}
