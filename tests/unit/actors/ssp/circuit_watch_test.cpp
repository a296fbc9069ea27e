#include "tests/unit/actors/ssp/circuit_world.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;

namespace {

/// A view of `t`, with rows 1 and 2, at seq 10.
struct shown_view : flowing {
  shown_view() {
    reset(10);
    const auto first = enroll(view_of("v", "SELECT * FROM t WHERE n < 9"));
    hand_over(rows_of("t", 10, {t(1, {{"n", value{1}}}), t(2, {{"n", value{2}}})}));
    REQUIRE(code_of(first) == errc::none);
    deltas.clear();
    reconciled.clear();
  }
  reply<ack> mend(bool reload) {
    return ask_later<ack>(engine, mend_view_atom_v, view_id{"v"}, reload);
  }
};

}  // namespace

TEST_CASE("what a view shows is given with its registration, as long as it shows what it should") {
  shown_view world;
  const auto all_of = [&](std::size_t rows) {
    return *world.ask<names>(world.engine, list_views_atom_v, rows);
  };
  CHECK(all_of(2) == names{"v"});
  CHECK(all_of(1).empty());
  const auto view = world.ask<watched_view>(world.engine, watched_view_atom_v, view_id{"v"});
  REQUIRE(view.ok());
  CHECK(view->registration->id == "v");
  CHECK(view->shown->result.as_array().size() == 2);
  CHECK(view->tables == std::vector<std::string>{"t"});
  CHECK(view->sees_all);
  CHECK(code_of(world.ask<watched_view>(world.engine, watched_view_atom_v, view_id{"x"})) ==
        errc::not_found);
}

TEST_CASE("a table that is loaded again puts the rows right that are not, as a delta") {
  shown_view world;
  // What the log says is not what the database has: row 1 is there, row 2 is not, row 3 is 3.
  CHECK(world.ingest(slice_of({erase(11, "t", 1), put(12, "t", 3, {{"n", value{7}}})})).ok());
  world.deltas.clear();
  const auto mended = world.mend(true);
  CHECK_FALSE(mended->has_value());
  CHECK(world.asked_since.back() == 12);
  // What comes meanwhile is folded over the rows.
  CHECK(world.ingest(slice_of({put(13, "t", 4, {{"n", value{4}}})})).ok());
  world.hand_over(rows_of("t", 12, {t(1, {{"n", value{1}}}), t(3, {{"n", value{3}}})}));
  REQUIRE(code_of(mended) == errc::none);
  CHECK(world.shown("v") ==
        all({t(1, {{"n", value{1}}}), t(3, {{"n", value{3}}}), t(4, {{"n", value{4}}})}));
  REQUIRE(world.deltas.size() == 2);
  const auto& repair = world.deltas.back();
  CHECK(repair.added.size() == 1);
  CHECK(repair.updated.size() == 1);
  CHECK(repair.removed.size() == 1);
  CHECK(world.reconciled.empty());
  // The log goes on.
  CHECK(world.ingest(slice_of({put(14, "t", 5, {{"n", value{5}}})})).ok());
  CHECK(world.shown("v").as_array().size() == 4);
}

TEST_CASE("rows that are loaded ahead of the log are not applied twice") {
  shown_view world;
  const auto mended = world.mend(true);
  world.hand_over(rows_of("t", 12, {t(1, {{"n", value{5}}})}));
  REQUIRE(code_of(mended) == errc::none);
  CHECK(world.ingest(slice_of({put(11, "t", 1, {{"n", value{4}}}), erase(12, "t", 2)})).ok());
  CHECK(world.shown("v") == all({t(1, {{"n", value{5}}})}));
}

TEST_CASE("to write the edges anew nothing is loaded") {
  shown_view world;
  REQUIRE(code_of(world.mend(false)) == errc::none);
  CHECK(world.reconciled == names{"v"});
  CHECK(world.loads.size() == 0);
  CHECK(world.deltas.empty());
}

TEST_CASE("a table that cannot be loaded leaves the view as it is, and can be loaded later") {
  shown_view world;
  const auto mended = world.mend(true);
  world.refuse_load(errc::unavailable);
  CHECK(code_of(mended) == errc::unavailable);
  const auto again = world.mend(true);
  world.hand_over(rows_of("t", 10, {t(1, {{"n", value{1}}}), t(2, {{"n", value{2}}})}));
  CHECK(code_of(again) == errc::none);
  CHECK(world.deltas.empty());
}
