#include "protocol/pool_codec.hpp"

#include "tests/unit/protocol/bodies.hpp"

#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::test;

namespace {

ssp_registration full_registration() {
  ssp_registration who;
  who.id = "a";
  who.url = "http://a:1";
  who.version = "1.2";
  who.views = {"v", "w"};
  who.instance = "i";
  who.tables = {"t", "u"};
  who.revision = 3;
  who.log_id = "log";
  who.applied = 1'000'000'007;
  return who;
}

}  // namespace

TEST_CASE("a registration survives the way to the scheduler") {
  const auto sent = full_registration();
  const auto received = read_ssp_registration(through_json(to_body(sent)));
  REQUIRE(received.ok());
  CHECK(received->id == sent.id);
  CHECK(received->url == sent.url);
  CHECK(received->version == sent.version);
  CHECK(received->views == sent.views);
  CHECK(received->instance == sent.instance);
  CHECK(received->tables == sent.tables);
  CHECK(received->revision == sent.revision);
  CHECK(received->log_id == sent.log_id);
  CHECK(received->applied == sent.applied);
}

TEST_CASE("an SSP that needs all tables says of none, one that needs none says so") {
  auto who = full_registration();
  who.tables.reset();
  CHECK_FALSE(read_ssp_registration(through_json(to_body(who)))->tables.has_value());
  who.tables.emplace();
  CHECK(read_ssp_registration(through_json(to_body(who)))->tables->empty());
}

TEST_CASE("a registration needs an id and an address; what else is missing is empty") {
  const auto least = read_ssp_registration(body("{ ssp_id: 'a', url: 'http://a:1' }"));
  REQUIRE(least.ok());
  CHECK(least->views.empty());
  CHECK_FALSE(least->tables.has_value());
  CHECK(least->applied == 0);
  const std::vector<std::pair<std::string_view, std::string_view>> wrong{
      {"ssp_id", "{ url: 'http://a:1' }"},
      {"ssp_id", "{ ssp_id: '', url: 'http://a:1' }"},
      {"ssp_id", "{ ssp_id: 3, url: 'http://a:1' }"},
      {"url", "{ ssp_id: 'a' }"},
      {"url", "{ ssp_id: 'a', url: 3 }"},
      {"views", "{ ssp_id: 'a', url: 'u', views: 'v' }"},
      {"views", "{ ssp_id: 'a', url: 'u', views: [1] }"},
      {"tables", "{ ssp_id: 'a', url: 'u', tables: {} }"},
      {"tables", "{ ssp_id: 'a', url: 'u', tables: ['t', NONE] }"},
      {"revision", "{ ssp_id: 'a', url: 'u', revision: -1 }"},
      {"revision", "{ ssp_id: 'a', url: 'u', revision: 'one' }"},
      {"applied_seq", "{ ssp_id: 'a', url: 'u', applied_seq: 1.5 }"}};
  for (const auto& [field, text] : wrong) {
    CAPTURE(text);
    CHECK(refuses(read_ssp_registration(body(text)), field));
  }
  CHECK(refuses(read_ssp_registration(body("[]")), "ssp_id"));
}

TEST_CASE("an admission survives the way back; one without a position is none") {
  for (const bool resumed : {false, true}) {
    const ssp_admission sent{41, resumed, "log", 7, "surrealdb-3.3.3"};
    const auto received = read_admission(through_json(to_body(sent)));
    REQUIRE(received.ok());
    CHECK(received->seq == 41);
    CHECK(received->resumed == resumed);
    CHECK(received->log_id == "log");
    CHECK(received->epoch == 7);
    CHECK(received->database == "surrealdb-3.3.3");
  }
  // As schedulers of earlier versions answer.
  const auto early = read_admission(body("{ snapshot_seq: 3 }"));
  REQUIRE(early.ok());
  CHECK(early->log_id.empty());
  CHECK(early->database.empty());
  CHECK(early->epoch == 0);
  for (const auto* text : {"{}", "{ snapshot_seq: 'x' }", "{ snapshot_seq: -1 }",
                           "{ snapshot_seq: 3, epoch: -1 }", "[]", "NONE"})
    CHECK(read_admission(body(text)).failure().code == errc::corrupt);
}

TEST_CASE("an interest and its answer survive the way there and back") {
  const ssp_interest sent{"a", "i", 9, {"t", "u"}};
  const auto received = read_interest(through_json(to_body(sent)));
  REQUIRE(received.ok());
  CHECK(received->id == "a");
  CHECK(received->instance == "i");
  CHECK(received->revision == 9);
  CHECK(received->tables == sent.tables);
  CHECK(*read_interest_answer(through_json(interest_answer(12))) == 12);
  for (const auto* text : {"{ from: 3 }", "{ from_seq: -3 }"})
    CHECK(read_interest_answer(body(text)).failure().code == errc::corrupt);
}

TEST_CASE("an interest has to say its tables") {
  CHECK(refuses(read_interest(body("{ ssp_id: 'a' }")), "tables"));
  CHECK(refuses(read_interest(body("{ ssp_id: 'a', tables: 't' }")), "tables"));
  CHECK(refuses(read_interest(body("{ ssp_id: 'a', tables: [3] }")), "tables"));
  CHECK(refuses(read_interest(body("{ ssp_id: 'a', tables: [], revision: 'x' }")), "revision"));
  CHECK(refuses(read_interest(body("{ tables: [] }")), "ssp_id"));
}

TEST_CASE("a heartbeat survives the way to the scheduler") {
  ssp_heartbeat sent;
  sent.id = "a";
  sent.views = 12;
  sent.cpu = 1.5;
  sent.memory = 3'000'000'000;
  sent.applied = 44;
  sent.instance = "i";
  sent.lost = {"v"};
  const auto received = read_heartbeat(through_json(to_body(sent)));
  REQUIRE(received.ok());
  CHECK(received->id == "a");
  CHECK(received->views == 12);
  CHECK(received->cpu == 1.5);
  CHECK(received->memory == 3'000'000'000);
  CHECK(*received->applied == 44);
  CHECK(received->instance == "i");
  CHECK(received->lost == sent.lost);
  sent.applied.reset();
  CHECK_FALSE(read_heartbeat(through_json(to_body(sent)))->applied.has_value());
}

TEST_CASE("a heartbeat's older names are understood, its mistakes are named") {
  const auto older =
      read_heartbeat(body("{ ssp_id: 'a', views: ['v', 'w'], cpu_usage: 2, memory_usage: 7 }"));
  REQUIRE(older.ok());
  CHECK(older->views == 2);
  CHECK(older->cpu == 2.0);
  CHECK(older->memory == 7);
  CHECK(read_heartbeat(body("{ ssp_id: 'a', views: -3, memory: -5 }"))->views == 0);
  CHECK(read_heartbeat(body("{ ssp_id: 'a', views: -3, memory: -5 }"))->memory == 0);
  CHECK(refuses(read_heartbeat(body("{ views: 1 }")), "ssp_id"));
  CHECK(refuses(read_heartbeat(body("{ ssp_id: 'a', views: 'many' }")), "views"));
  CHECK(refuses(read_heartbeat(body("{ ssp_id: 'a', lost: 'v' }")), "lost"));
  CHECK(refuses(read_heartbeat(body("{ ssp_id: 'a', applied_seq: -1 }")), "applied_seq"));
}

TEST_CASE("a heartbeat's memory is a count, whatever number was said") {
  const auto told = [](value memory) {
    return read_heartbeat(value{object{{"ssp_id", value{"a"}}, {"memory", std::move(memory)}}});
  };
  for (const double beyond : {1e300, std::numeric_limits<double>::infinity(), 9.3e18}) {
    const auto beat = told(value{beyond});
    REQUIRE(beat.ok());
    CHECK(beat->memory > 1'000'000'000'000);
    CHECK(read_heartbeat(through_json(to_body(*beat)))->memory == beat->memory);
  }
  for (const double none : {std::numeric_limits<double>::quiet_NaN(), -1e300})
    CHECK(told(value{none})->memory == 0);
}

TEST_CASE("who drains or leaves is named, and told how far that is") {
  CHECK(*read_ssp_id(through_json(to_body(ssp_id{"a"}))) == "a");
  const auto stuck = read_drain_progress(through_json(to_body(drain_progress{3, "no other SSP"})));
  REQUIRE(stuck.ok());
  CHECK(stuck->views == 3);
  CHECK(stuck->obstacle == "no other SSP");
  CHECK(read_drain_progress(through_json(to_body(drain_progress{0, {}})))->obstacle.empty());
  for (const auto* text : {"{}", "{ views: -1 }", "{ views: 'x' }"})
    CHECK(read_drain_progress(body(text)).failure().code == errc::corrupt);
}

TEST_CASE("an SSP is ready if it says so under 200") {
  const auto health = [](const ssp_health& said, unsigned status) {
    return *read_health(status, through_json(value{health_fields(said)}));
  };
  CHECK(health({true, false, "ready", ""}, 200).ready);
  CHECK_FALSE(health({true, false, "ready", ""}, 503).ready);
  const auto failed = health({false, true, "failed", "why"}, 503);
  CHECK(failed.failed);
  CHECK(failed.state == "failed");
  CHECK(failed.reason == "why");
  const auto starting = health({false, false, "bootstrapping", ""}, 200);
  CHECK_FALSE(starting.ready);
  CHECK_FALSE(starting.failed);
  CHECK(read_health(200, body("{}")).failure().code == errc::corrupt);
}
