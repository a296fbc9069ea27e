#include "actors/front/scheduler_endpoints.hpp"
#include "surrealql/codec/json.hpp"
#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/front/kept_answer.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;

namespace {

using fake_registry = view_registry_actor::extend<runs_steps>;
using placing = caf::typed_response_promise<view_assignment>;

/// A scheduler's front; views are placed when the test says so.
struct fixture : det {
  fixture() { serve({}); }

  void serve(const front_config& config) {
    scheduler_front_parts parts;
    registry = spawn([this](fake_registry::pointer self) -> fake_registry::behavior_type {
      return {[this, self](register_view_atom, const registration_ptr& view) {
                asked.push_back(view->id.raw());
                placed[view->id.raw()] = self->make_response_promise<view_assignment>();
                return placed[view->id.raw()];
              },
              [](unregister_view_atom, const view_claim&) { return ack{}; },
              [](ready_atom, const ssp_id&, const std::vector<view_id>&) {},
              [](gone_atom, const ssp_id&) {},
              [](drain_ssp_atom, const ssp_id&) { return drain_progress{}; },
              [](leave_atom, const ssp_id&) { return ack{}; },
              [](placement_status_atom) { return placement_status{}; },
              [](place_again_atom) {},
              [](rebalance_atom) {},
              [](owner_atom, const view_id&) { return view_assignment{}; },
              run_step()};
    });
    parts.registry = registry;
    const http_front_actor front = spawn(scheduler_front, parts, config);
    routes = scheduler_routes(front, config);
  }

  std::shared_ptr<kept_answer> post(std::string body) {
    net::http_request request;
    request.method = "POST";
    request.path = "/view/register";
    request.body = std::move(body);
    auto answer = std::make_shared<kept_answer>();
    routes->handle(std::move(request), answer);
    run();
    return answer;
  }

  void place(const std::string& id) {
    within(registry, [&] {
      placed.at(id).deliver(
          view_assignment{view_id{id}, "s", "http://s", value{object{{"id", value{id}}}}});
    });
  }
  void refuse(const std::string& id) {
    within(registry,
           [&] { placed.at(id).deliver(to_caf(fail(errc::not_ready, id + " is not ready"))); });
  }

  fake_registry registry;
  std::vector<std::string> asked;
  std::map<std::string, placing> placed;
  std::shared_ptr<net::router> routes;
};

std::string query(const std::string& id, const std::string& text = "SELECT * FROM t") {
  return R"({"id":")" + id + R"(","surql":")" + text + R"("})";
}

value answered(const kept_answer& kept) {
  REQUIRE(kept.answer.has_value());
  REQUIRE(kept.answer->status == 200);
  return *surrealql::parse_json(kept.answer->body);
}

}  // namespace

TEST_SUITE("actors.each_of_many") {
  TEST_CASE_FIXTURE(fixture, "views registered together are answered together, in their order") {
    const auto kept = post("[" + query("a") + "," + query("b") + "," + query("c") + "]");
    CHECK(asked == std::vector<std::string>{"a", "b", "c"});
    place("c");
    place("a");
    CHECK_FALSE(kept->answer.has_value());
    refuse("b");
    const auto all = answered(*kept).as_array();
    REQUIRE(all.size() == 3);
    CHECK(all[0]["id"] == value{"a"});
    CHECK(all[0]["ssp_id"] == value{"s"});
    CHECK(all[1]["code"] == value{"NOT_READY"});
    CHECK(all[2]["id"] == value{"c"});
  }

  TEST_CASE_FIXTURE(fixture, "one that cannot be read is refused beside those that can") {
    const auto kept = post("[" + query("a") + "," + query("b", "") + "]");
    CHECK(asked == std::vector<std::string>{"a"});
    place("a");
    const auto all = answered(*kept).as_array();
    CHECK(all[0]["id"] == value{"a"});
    CHECK(all[1]["code"] == value{"INVALID_ARGUMENT"});
    for (const char* body : {"[]", "[1]", "[[]]"}) {
      CAPTURE(body);
      CHECK(post(body)->answer->status == 400);
    }
  }

  TEST_CASE_FIXTURE(fixture, "many at once are no way round what may wait, and leave room behind") {
    front_config config;
    config.limits.pending = 2;
    serve(config);
    const auto kept = post("[" + query("a") + "," + query("b") + "," + query("c") + "]");
    CHECK(asked == std::vector<std::string>{"a", "b"});
    place("a");
    place("b");
    CHECK(answered(*kept).as_array()[2]["code"] == value{"OVERLOADED"});
    asked.clear();
    const auto again = post("[" + query("d") + "," + query("e") + "]");
    CHECK(asked == std::vector<std::string>{"d", "e"});
  }

  TEST_CASE_FIXTURE(fixture, "who is no node names who asks in each of them, and no epoch") {
    front_config config;
    config.secrets = {{"node"}, {}, {"db"}};
    serve(config);
    const auto by_database = [this](const std::string& body) {
      net::http_request request;
      request.method = "POST";
      request.path = "/view/register";
      request.headers.set("Authorization", "Bearer db");
      request.body = body;
      auto answer = std::make_shared<kept_answer>();
      routes->handle(std::move(request), answer);
      run();
      return answer->answer->status;
    };
    const std::string fine = R"({"id":"v","surql":"SELECT * FROM t","auth":{"system":true}})";
    const std::string fenced =
        R"({"id":"w","surql":"SELECT * FROM t","auth":{"system":true},"epoch":9})";
    CHECK(by_database("[" + fine + "," + query("w") + "]") == 400);
    CHECK(by_database("[" + fine + "," + fenced + "]") == 400);
    CHECK(asked.empty());
  }
}
