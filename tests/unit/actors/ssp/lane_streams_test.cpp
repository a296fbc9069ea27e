#include "tests/unit/actors/ssp/lane_world.hpp"
#include "tests/unit/actors/ssp/stream_world.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace std::chrono_literals;

namespace {

using types = std::vector<std::string>;

std::size_t items(const value& snapshot) { return snapshot["items"].as_array().size(); }

}  // namespace

TEST_SUITE("actors.lane_streams") {
  TEST_CASE("a view in the lane is streamed like any other") {
    laned world;
    world.reset(10);
    REQUIRE(code_of(world.enroll_loaded(view_of("v", heavy), 20)) == errc::none);
    REQUIRE(world.lane_of("v") == "heavy");
    const auto ann = follow_view(world, "v");
    CHECK(ann.types() == types{"snapshot"});
    CHECK(items(ann.last()) == 20);
    CHECK(world.ingest(slice_of({put(11, "t", 100), erase(12, "t", 3)})).ok());
    CHECK(ann.types() == types{"snapshot", "delta"});
    CHECK(ann.last()["removed"] == value{array{value{"t:3"}}});
    CHECK(ann.last()["seq"] == value{12});
    // Registered again, the lane opens it anew; its clients are told nothing older.
    REQUIRE(code_of(world.enroll(view_of("v", heavy))) == errc::none);
    CHECK(ann.types() == types{"snapshot", "delta", "snapshot"});
    CHECK(items(ann.last()) == 20);
    CHECK(world.ingest(slice_of({erase(13, "t", 100)})).ok());
    CHECK(ann.types().back() == "delta");
    CHECK(world.remove("v").ok());
    CHECK(*ann.told == ends{"v gone"});
  }

  TEST_CASE("a view that moves to the lane is shown again there, and nothing of it is lost") {
    laned world{2'000};
    world.reset(10);
    REQUIRE(code_of(world.enroll_loaded(view_of("v", heavy), 2)) == errc::none);
    const auto ann = follow_view(world, "v");
    world.held = true;
    std::vector<change> many;
    for (int i = 0; i < 40; ++i) many.push_back(put(sequence_number{11} + i, "t", 200 + i));
    CHECK(world.ingest(slice_of(many)).ok());
    // Who comes while it moves is shown what the others see.
    const auto bob = follow_view(world, "v", {}, 2);
    CHECK(world.ingest(slice_of({erase(51, "t", 200)})).ok());
    CHECK(ann.types() == types{"snapshot"});
    CHECK(bob.types() == types{"snapshot"});
    CHECK(bob.last() == ann.last());
    world.let_all_work();
    world.advance(100ms, 10ms);
    CHECK(ann.types() == types{"snapshot", "snapshot", "delta"});
    CHECK(ann.last()["removed"] == value{array{value{"t:200"}}});
    CHECK(bob.types() == ann.types());
    CHECK(bob.last() == ann.last());
    CHECK(ann.last()["seq"] == value{51});
    CHECK(world.rows_shown("v") == 41);
  }

  TEST_CASE("what a definition takes from a user it takes from his stream of a view in the lane") {
    laned world;
    world.nothing_defined = false;
    world.reset(10);
    const auto answer = world.enroll_loaded(view_for_user("v", heavy), 20);
    world.hand_over(rows_of("_spooky_definition", 10, {define(0, "t", value{true}).record}));
    REQUIRE(code_of(answer) == errc::none);
    REQUIRE(world.lane_of("v") == "heavy");
    const auto ann = follow_view(world, "v");
    REQUIRE(items(ann.last()) == 20);
    CHECK(world.ingest(slice_of({put(11, "t", 100), define(12, "t", value{false})})).ok());
    CHECK(ann.types() == types{"snapshot", "snapshot"});
    CHECK(items(ann.last()) == 0);
  }

  TEST_CASE("a lane that ends shows its views' clients why, and afterwards what there is") {
    laned world;
    world.reset(10);
    REQUIRE(code_of(world.enroll_loaded(view_of("v", heavy), 20)) == errc::none);
    const auto ann = follow_view(world, "v");
    caf::anon_send_exit(world.lanes.back(), caf::exit_reason::kill);
    world.run();
    CHECK(ann.types() == types{"snapshot", "snapshot"});
    CHECK(items(ann.last()) == 0);
    CHECK(ann.last()["error"].as_string().find("view v") != std::string::npos);
    CHECK(world.ingest(slice_of({put(11, "t", 100)})).ok());
    REQUIRE(code_of(world.enroll(view_of("v", heavy))) == errc::none);
    CHECK(ann.types() == types{"snapshot", "snapshot", "snapshot"});
    CHECK(items(ann.last()) == 21);
    CHECK(ann.last()["error"].is_none());
  }
}
