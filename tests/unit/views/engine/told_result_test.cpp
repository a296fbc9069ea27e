#include "rules_of.hpp"
#include "views/engine/engine.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

/// A result that is no list of records is told whole, whenever who follows by deltas alone could
/// not know it otherwise.
namespace {

value note(std::int64_t key, value text) {
  return value(object{{"id", value(record_id{"note", value(key)})}, {"text", std::move(text)}});
}

engine with_notes() {
  engine e;
  REQUIRE(e.load("note", std::vector<value>{note(1, value("1")), note(2, value("2"))}, 1).ok());
  return e;
}

std::vector<view_delta> put(engine& e, const value& record, sequence_number seq) {
  change c;
  c.seq = seq;
  c.op = change_op::update;
  c.id = record["id"].as_record();
  c.record = record;
  return e.step({&c, 1});
}

}  // namespace

TEST_CASE("a snapshot says whether its view tells its result whole") {
  engine e = with_notes();
  for (const auto& [surql, whole] : {std::pair{"SELECT * FROM note", false},
                                     std::pair{"SELECT count() FROM note GROUP ALL", true},
                                     std::pair{"SELECT VALUE text FROM note", true},
                                     std::pair{"SELECT * FROM ONLY note LIMIT 1", true},
                                     std::pair{"SELECT * FROM [note:1]", true}}) {
    CAPTURE(surql);
    const auto shown = e.register_view(surql, surql, {});
    REQUIRE(shown.ok());
    CHECK(shown->tells_result == whole);
  }
}

TEST_CASE("well again, a view tells its result again, though it is what it was before") {
  for (const char* surql : {"SELECT math::sum(<int>text) AS s FROM note GROUP ALL",
                            "SELECT VALUE <int>text FROM note", "SELECT <int>text FROM [note:1]"}) {
    CAPTURE(surql);
    engine e = with_notes();
    REQUIRE(e.register_view("v", surql, {}).ok());
    const auto before = e.snapshot("v")->result;
    auto told = put(e, note(1, value("x")), 2);
    REQUIRE(told.size() == 1);
    REQUIRE(told[0].failed);
    told = put(e, note(1, value("1")), 3);
    REQUIRE(told.size() == 1);
    CHECK(told[0].healed);
    REQUIRE(told[0].result);
    CHECK(*told[0].result == before);
  }
}

TEST_CASE("where rights change rows and result at once, both are told") {
  engine e = with_notes();
  CHECK(e.set_rules(rules({{"note", {{"", "FULL"}}}})).empty());
  REQUIRE(e.register_view("v", "SELECT VALUE text FROM note", {}, user(1)).ok());
  const auto told = e.set_rules(rules({{"note", {{"", "text = '1'"}}}}));
  REQUIRE(told.size() == 1);
  CHECK(told[0].removed.size() == 1);
  REQUIRE(told[0].result);
  CHECK(*told[0].result == value(array{value("1")}));
}
