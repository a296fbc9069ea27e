#include "actors/front/scheduler_endpoints.hpp"
#include "actors/front/ssp_endpoints.hpp"
#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/front/kept_answer.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;

namespace {

using fake_intake = change_intake::extend<runs_steps>;

/// A scheduler's front; who takes changes answers when the test says so.
struct fixture : det {
  fixture() { serve({}); }

  void serve(front_config config) {
    scheduler_front_parts parts;
    intake = spawn([this](fake_intake::pointer self) -> fake_intake::behavior_type {
      return {[this, self](ingest_changes_atom, const change_batches& batches) {
                taken.push_back(batches.front().changes.size());
                auto promise = self->make_response_promise<committed>();
                if (at_once)
                  promise.deliver(committed{1, sequence_number{batches.front().changes.size()}});
                else
                  waiting.push_back(promise);
                return promise;
              },
              run_step()};
    });
    parts.intake = intake;
    const http_front_actor front = spawn(scheduler_front, parts, config);
    routes = scheduler_routes(front, config);
  }

  /// Sends a request; the answer may come later.
  std::shared_ptr<kept_answer> begin(const char* method, const char* path, std::string body = {},
                                     net::http_headers headers = {}) {
    net::http_request request;
    request.method = method;
    request.path = path;
    request.body = std::move(body);
    request.headers = std::move(headers);
    auto answer = std::make_shared<kept_answer>();
    routes->handle(std::move(request), answer);
    run();
    return answer;
  }

  net::http_response ask(const char* method, const char* path, std::string body = {},
                         net::http_headers headers = {}) {
    const auto kept = begin(method, path, std::move(body), std::move(headers));
    REQUIRE(kept->answer.has_value());
    return *kept->answer;
  }

  fake_intake intake;
  bool at_once = true;
  std::vector<std::size_t> taken;  ///< changes per batch that reached the intake
  std::vector<caf::typed_response_promise<committed>> waiting;
  std::shared_ptr<net::router> routes;
};

std::string deletions(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i)
    lines += R"({"table":"t","op":"DELETE","id":"t:)" + std::to_string(i) + "\"}\n";
  return lines;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

template <class Endpoint>
void check_table(const std::vector<Endpoint>& table) {
  std::set<std::string> calls;
  for (const auto& row : table) {
    const auto call = std::string{row.terms.method} + " " + std::string{row.terms.path};
    CAPTURE(call);
    CHECK(calls.insert(call).second);
    CHECK(std::visit([](auto* function) { return function != nullptr; }, row.serve));
    CHECK((row.terms.method == "GET") == (row.terms.body == endpoint_body::none));
  }
}

}  // namespace

TEST_CASE("each endpoint has one row and a function, and a body unless it is read") {
  check_table(scheduler_endpoints());
  check_table(ssp_endpoints());
}

TEST_CASE("body limits and the printed table are those of the table") {
  const std::vector<endpoint_terms> table{{"GET", "/a", endpoint_access::open},
                                          {"POST", "/b", endpoint_access::node_or_database,
                                           endpoint_body::changes, endpoint_time::server, 512}};
  CHECK(body_limits(table) == std::vector<std::pair<std::string, std::size_t>>{{"/b", 512}});
  CHECK(
      to_lines(table) ==
      R"({"accepts":[],"access":"open","method":"GET","path":"/a","time":"request"})"
      "\n"
      R"({"accepts":["application/x-ndjson","application/json","application/cbor"],)"
      R"("access":"node or database","body_bytes":512,"method":"POST","path":"/b","time":"server"})"
      "\n");
}

TEST_CASE("nobody waits for ever but where the server sees to it") {
  front_limits limits;
  limits.request_timeout = std::chrono::milliseconds{7};
  limits.registration_timeout = std::chrono::milliseconds{9};
  CHECK(limits.of(endpoint_time::request).count == 7);
  CHECK(limits.of(endpoint_time::registration).count == 9);
  CHECK_FALSE(limits.of(endpoint_time::server).valid());
}

TEST_CASE_FIXTURE(fixture, "every row is routed, other methods are refused with the right ones") {
  for (const auto& [terms, serve] : scheduler_endpoints()) {
    CAPTURE(terms.path);
    net::http_request head;
    head.method = terms.method;
    head.path = terms.path;
    CHECK_FALSE(routes->refuse_early(head).has_value());
    head.method = "DELETE";
    const auto refused = routes->refuse_early(head);
    REQUIRE(refused.has_value());
    CHECK(refused->status == 405);
    CHECK(contains(std::string{refused->headers.get("Allow")}, terms.method));
  }
  CHECK(ask("GET", "/nothing").status == 404);
}

TEST_CASE_FIXTURE(fixture, "a secret opens the rows of its kind and no other") {
  front_config config;
  config.secrets = {{"node", "old-node"}, {"ops"}, {"db"}};
  const auto status_of = [this](const endpoint_terms& terms, const std::string& secret) {
    net::http_request head;
    head.method = terms.method;
    head.path = terms.path;
    if (!secret.empty()) head.headers.set("Authorization", "Bearer " + secret);
    const auto refused = routes->refuse_early(head);
    return refused ? refused->status : 200;
  };
  for (const bool figures_are_open : {true, false}) {
    config.figures_are_open = figures_are_open;
    serve(config);
    for (const auto& [terms, serve] : scheduler_endpoints()) {
      CAPTURE(terms.path);
      auto may = callers_of(terms.access, figures_are_open);
      // Whether a token is good the stream looks, behind this.
      if (may == net::token_holders) may = net::everybody;
      CHECK(status_of(terms, "") == (may == net::everybody ? 200 : 401));
      CHECK(status_of(terms, "guess") == (may == net::everybody ? 200 : 401));
      CHECK(status_of(terms, "node") == ((may & caller::node) != 0 ? 200 : 403));
      CHECK(status_of(terms, "old-node") == status_of(terms, "node"));
      CHECK(status_of(terms, "ops") == ((may & caller::operators) != 0 ? 200 : 403));
      CHECK(status_of(terms, "db") == ((may & caller::database) != 0 ? 200 : 403));
    }
  }
}

TEST_CASE("what the database's secret opens is what its functions and events call") {
  std::set<std::string> open;
  const auto add = [&open](const auto& table) {
    for (const auto& row : table)
      if ((callers_of(row.terms.access, false) & caller::database) != 0 &&
          row.terms.access != endpoint_access::open)
        open.insert(std::string{row.terms.path});
  };
  add(scheduler_endpoints());
  add(ssp_endpoints());
  CHECK(open == std::set<std::string>{"/ingest", "/ingest/batch", "/query/register",
                                      "/view/register", "/view/unregister"});
}

TEST_CASE_FIXTURE(fixture, "whoever has the database's secret says who asks, and no epoch") {
  front_config config;
  config.secrets = {{"node"}, {}, {"db"}};
  serve(config);
  const net::http_headers database{{"Authorization", "Bearer db"}};
  const auto nobody_asks =
      ask("POST", "/view/register", R"({"id":"v","surql":"SELECT * FROM t"})", database);
  CHECK(nobody_asks.status == 400);
  CHECK(contains(nobody_asks.body, "'auth'"));
  for (const auto* path : {"/view/register", "/view/unregister"}) {
    const auto refused = ask(
        "POST", path,
        R"({"id":"v","surql":"SELECT * FROM t","auth":{"system":true},"epoch":9223372036854775807})",
        database);
    CHECK(refused.status == 400);
    CHECK(contains(refused.body, "'epoch' is taken from nodes only"));
  }
}

TEST_CASE_FIXTURE(fixture, "a batch above limits.batch_changes reaches nobody") {
  front_config config;
  config.limits.batch_changes = 3;
  serve(config);
  const auto refused = ask("POST", "/ingest/batch", deletions(4));
  CHECK(refused.status == 413);
  CHECK(contains(refused.body, "LIMIT_EXCEEDED"));
  CHECK(contains(refused.body, "4 changes; limits.batch_changes is 3"));
  CHECK(taken.empty());
  CHECK(ask("POST", "/ingest/batch", deletions(3)).body ==
        R"({"count":3,"first_seq":1,"last_seq":3})");
  CHECK(taken == std::vector<std::size_t>{3});
}

TEST_CASE_FIXTURE(fixture, "what waits for an answer is bounded, and room comes back") {
  front_config config;
  config.limits.pending = 2;
  serve(config);
  at_once = false;
  const auto first = begin("POST", "/ingest", deletions(1));
  const auto second = begin("POST", "/ingest", deletions(1));
  const auto third = ask("POST", "/ingest", deletions(1));
  CHECK(third.status == 503);
  CHECK(contains(third.body, "OVERLOADED"));
  CHECK(third.headers.get("Retry-After") == "1");
  CHECK(ask("GET", "/view/v/owner").status == 503);
  // Probes have a reserve.
  CHECK(ask("GET", "/version").status == 200);
  CHECK(taken.size() == 2);
  within(intake, [this] { waiting.front().deliver(committed{5, 5}); });
  REQUIRE(first->answer.has_value());
  CHECK(first->answer->body == R"({"seq":5})");
  CHECK_FALSE(second->answer.has_value());
  at_once = true;
  CHECK(ask("POST", "/ingest", deletions(1)).status == 200);
}

TEST_CASE_FIXTURE(fixture, "a refused request gives its room back") {
  front_config config;
  config.limits.pending = 1;
  serve(config);
  for (int i = 0; i < 3; ++i) {
    CHECK(ask("POST", "/view/unregister", "{}").status == 400);
    CHECK(ask("POST", "/ssp/leave", "{}").status == 400);
    CHECK(ask("POST", "/view/unregister", "{").status == 400);
  }
  CHECK(ask("GET", "/version").status == 200);
}

TEST_CASE_FIXTURE(fixture, "errors come inline where they are asked for, but never from /ingest") {
  const net::http_headers inline_errors{{"X-Spooky-Errors", "inline"}};
  const auto shown = ask("POST", "/view/unregister", "{}", inline_errors);
  CHECK(shown.status == 200);
  CHECK(contains(shown.body, "INVALID_ARGUMENT"));
  CHECK(ask("POST", "/view/unregister", "{", inline_errors).status == 200);
  CHECK(ask("POST", "/ingest", "{", inline_errors).status == 400);
}

TEST_CASE_FIXTURE(
    fixture, "the function of an older installation, which does not say who asks, is refused") {
  const auto refused = ask("POST", "/view/register", R"({"id":"v","surql":"SELECT * FROM t"})",
                           {{"X-Spooky-Errors", "inline"}});
  CHECK(contains(refused.body, "INVALID_ARGUMENT"));
  CHECK(contains(refused.body, "spooky schema --apply"));
}

TEST_CASE_FIXTURE(fixture, "changes of the tables' definitions are refused, alone or in a batch") {
  serve({});
  const std::string forged =
      R"({"table":"_spooky_definition","op":"DELETE","id":"_spooky_definition:t"})";
  CHECK(ask("POST", "/ingest", forged).status == 400);
  const auto refused = ask("POST", "/ingest/batch", deletions(1) + forged);
  CHECK(refused.status == 400);
  CHECK(contains(refused.body, "_spooky_definition"));
  CHECK(taken.empty());
}

TEST_CASE_FIXTURE(fixture, "changes of a table that is read from the database are refused") {
  const auto known = std::make_shared<known_types>();
  known->learn({{"kept", {}}, {"hooked", {}}});
  front_config config;
  config.types = known;
  config.is_posted = [](const std::string& table) { return table == "hooked"; };
  serve(config);
  const auto deletion = [](const std::string& table) {
    return R"({"table":")" + table + R"(","op":"DELETE","id":")" + table + ":1\"}\n";
  };
  const auto refused = ask("POST", "/ingest", deletion("kept"));
  CHECK(refused.status == 400);
  CHECK(contains(refused.body, "must not be kept: its changes are read from the database"));
  CHECK(ask("POST", "/ingest/batch", deletion("hooked") + deletion("kept")).status == 400);
  CHECK(taken.empty());
  CHECK(ask("POST", "/ingest", deletion("hooked")).status == 200);
  CHECK(ask("POST", "/ingest", deletion("nobodys")).status == 200);
}
