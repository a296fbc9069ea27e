// Against the real engine at $SURREALDB_ADDR, which the unit suite provides; skipped without it.
#include "net/surreal_client.hpp"
#include "waiting.hpp"

#include <cstdlib>
#include <optional>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::net;
using namespace spooky::net::test;
using namespace std::chrono_literals;

namespace {

using statements = std::vector<statement_result>;

const bool no_engine = std::getenv("SURREALDB_ADDR") == nullptr;

surreal_options engine() {
  auto setting = [](const char* name, const char* otherwise) {
    auto* text = std::getenv(name);
    return std::string(text ? text : otherwise);
  };
  surreal_options out;
  out.url = setting("SURREALDB_ADDR", "");
  out.username = setting("SURREALDB_USER", "root");
  out.password = setting("SURREALDB_PASS", "root");
  out.ns = "net_test";
  out.database = "client";
  return out;
}

struct engine_fixture {
  engine_fixture() { io.start(); }
  ~engine_fixture() { client.reset(); }
  surreal_state start(surreal_options options) {
    client = std::move(surreal_client::create(io, std::move(options))).value();
    client->start([this](const surreal_state& s) { states.put(s); });
    return states.take();
  }
  std::future<result<statements>> send(std::string text, object vars = {}) {
    auto promise = std::make_shared<std::promise<result<statements>>>();
    client->query(std::move(text), std::move(vars), 10s,
                  [promise](result<statements> r) { promise->set_value(std::move(r)); });
    return promise->get_future();
  }
  result<statements> query(std::string text, object vars = {}) {
    return test::get(send(std::move(text), std::move(vars)));
  }
  value ask(std::string text, object vars = {}) {
    auto all = query(std::move(text), std::move(vars)).value();
    REQUIRE(all.back().ok());
    return all.back().result;
  }

  io_runtime io;
  mailbox<surreal_state> states;
  mailbox<live_notification> events;
  std::unique_ptr<surreal_client> client;
};

}  // namespace

TEST_SUITE("net.surreal_engine" * doctest::skip(no_engine)) {
  TEST_CASE_FIXTURE(engine_fixture, "values travel to the engine and back") {
    CHECK(start(engine()).connected);
    value sent = object{{"i", value(std::int64_t{1} << 62)},
                        {"f", 1.5},
                        {"s", "text"},
                        {"t", value(datetime{-1, 999'999'999})},
                        {"d", value(spooky::duration{90, 1})},
                        {"r", value(record_id{"person", value("tobie")})},
                        {"a", array{value::null(), true, value::bytes("ab")}}};
    CHECK(ask("RETURN $x", {{"x", sent}}) == sent);
    CHECK(ask("RETURN [session::ns(), session::db()]") == value(array{"net_test", "client"}));
  }

  TEST_CASE_FIXTURE(engine_fixture, "each statement has its own outcome") {
    start(engine());
    ask("REMOVE TABLE IF EXISTS one; DEFINE TABLE one");
    auto all = query("CREATE one:1; CREATE one:1; RETURN 3").value();
    REQUIRE(all.size() == 3);
    CHECK(all[0].ok());
    REQUIRE_FALSE(all[1].ok());
    CHECK(all[1].failure->kind == "AlreadyExists");
    CHECK(all[2].result == value(3));
    auto rolled_back = query("BEGIN; CREATE one:2; THROW 'no'; COMMIT").value();
    CHECK_FALSE(rolled_back[1].ok());
    CHECK(ask("SELECT VALUE id FROM one") == value(array{value(record_id{"one", value(1)})}));
    CHECK(query("SELEC 1").failure().code == errc::parse_error);
  }

  TEST_CASE_FIXTURE(engine_fixture, "a wrong password and an unknown method are named") {
    auto options = engine();
    options.password = "not it";
    auto refused = start(options);
    CHECK(refused.code == errc::unauthorized);
    CHECK(refused.reason.find("not it") == std::string::npos);
    client.reset();
    CHECK(start(engine()).connected);
    std::promise<result<value>> answer;
    client->call("no_such_method", {}, 10s,
                 [&](result<value> v) { answer.set_value(std::move(v)); });
    CHECK(test::get(answer.get_future()).failure().code == errc::unsupported);
  }

  TEST_CASE_FIXTURE(engine_fixture, "LIVE notifications come until the query is killed") {
    start(engine());
    ask("REMOVE TABLE IF EXISTS watched; DEFINE TABLE watched");
    std::promise<result<uuid>> started;
    client->live(
        "LIVE SELECT * FROM watched", {}, 10s,
        [&](live_notification n) { events.put(std::move(n)); },
        [&](result<uuid> r) { started.set_value(std::move(r)); });
    auto id = test::get(started.get_future()).value();
    ask("CREATE watched:1 SET a = 1");
    auto created = events.take();
    CHECK(created.live_id == id);
    CHECK(created.action == live_action::create);
    CHECK(created.record == value(record_id{"watched", value(1)}));
    CHECK(created.result["a"] == value(1));
    ask("DELETE watched:1");
    CHECK(events.take().action == live_action::erase);
    std::promise<result<value>> killed;
    client->kill(id, 10s, [&](result<value> v) { killed.set_value(std::move(v)); });
    CHECK(test::get(killed.get_future()).ok());
    ask("CREATE watched:2");
    CHECK(events.size() == 0);

    std::promise<result<uuid>> failed;
    client->live("LIVE SELECT * FROM no_such_table_at_all", {}, 10s, {},
                 [&](result<uuid> r) { failed.set_value(std::move(r)); });
    CHECK_FALSE(test::get(failed.get_future()).ok());
  }

  TEST_CASE_FIXTURE(engine_fixture, "many at once and large ones") {
    start(engine());
    std::vector<std::future<result<statements>>> answers;
    for (int i = 0; i < 300; ++i) answers.push_back(send("RETURN $i", {{"i", i}}));
    for (int i = 0; i < 300; ++i)
      CHECK(test::get(std::move(answers[static_cast<std::size_t>(i)])).value()[0].result ==
            value(i));
    std::string large(4 << 20, 'x');
    CHECK(ask("RETURN $x", {{"x", large}}) == value(large));
  }
}
