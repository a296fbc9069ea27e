#include "net/surreal_client.hpp"

#include "fake_surreal.hpp"
#include "raw_client.hpp"

#include <optional>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::net;
using namespace spooky::net::test;
using namespace std::chrono_literals;

namespace {

using statements = std::vector<statement_result>;

surreal_options quick(std::string url) {
  surreal_options out;
  out.url = std::move(url);
  out.ns = "n";
  out.database = "d";
  out.username = "root";
  out.password = "pa55";
  out.retry_initial = out.retry_max = out.retry_rejected = 20ms;
  return out;
}

struct client_fixture {
  client_fixture() { io.start(); }
  ~client_fixture() { client.reset(); }
  void start(surreal_options options) {
    client = std::move(surreal_client::create(io, std::move(options))).value();
    client->start([this](const surreal_state& s) { states.put(s); });
  }
  void start_connected(fake_surreal& s) {
    start(quick(s.url()));
    REQUIRE(states.take().connected);
  }
  std::future<result<statements>> query(std::string text, object vars = {},
                                        std::chrono::milliseconds timeout = 10s) {
    auto promise = std::make_shared<std::promise<result<statements>>>();
    client->query(std::move(text), std::move(vars), timeout,
                  [promise](result<statements> r) { promise->set_value(std::move(r)); });
    return promise->get_future();
  }
  std::future<result<uuid>> live(std::string text) {
    auto promise = std::make_shared<std::promise<result<uuid>>>();
    client->live(
        std::move(text), {}, 10s, [this](live_notification n) { events.put(std::move(n)); },
        [promise](result<uuid> r) { promise->set_value(std::move(r)); });
    return promise->get_future();
  }

  io_runtime io;
  mailbox<surreal_state> states;
  mailbox<live_notification> events;
  std::unique_ptr<surreal_client> client;
};

uuid live_id(std::uint8_t n) {
  uuid out;
  out.bytes[15] = n;
  return out;
}

value record(int n) { return value(record_id{"t", value(n)}); }

}  // namespace

TEST_SUITE("net.surreal_client") {
  TEST_CASE_FIXTURE(client_fixture,
                    "it looks before it chooses, and does not choose what a look refuses") {
    fake_surreal s;
    auto options = quick(s.url());
    const auto look = [](std::string query, bool good) {
      return surreal_look{std::move(query), [good](statements outcome) -> result<void> {
                            if (good && outcome.at(0).result == value{1}) return {};
                            return fail(errc::not_found, "no such namespace");
                          }};
    };
    options.before_use = {look("FIRST", true), look("SECOND", false)};
    start(options);
    auto first = s.next();
    CHECK(first.params.as_array().at(0) == value{"FIRST"});
    first.answer_statement(value{1});
    auto second = s.next();
    CHECK(second.params.as_array().at(0) == value{"SECOND"});
    second.answer_statement(value{1});
    const auto refused = states.take();
    CHECK_FALSE(refused.connected);
    CHECK(refused.code == errc::not_found);
    CHECK(refused.reason.find("no such namespace") != std::string::npos);
    for (const auto* method : {"signin", "query", "query"}) CHECK(s.methods.take() == method);
    // It is tried again, and what was refused then may be there now.
    CHECK(s.next().params.as_array().at(0) == value{"FIRST"});
    CHECK(s.methods.take() == "signin");
  }

  TEST_CASE_FIXTURE(client_fixture, "it signs in and chooses the database before anything else") {
    fake_surreal s;
    start_connected(s);
    CHECK(client->connected());
    auto answer = query("RETURN $x", {{"x", 1}});
    auto r = s.next();
    CHECK(s.methods.take() == "signin");
    CHECK(s.methods.take() == "use");
    CHECK(s.methods.take() == "query");
    auto credentials = s.signins.take().as_array().at(0);
    CHECK(credentials == value(object{{"user", "root"}, {"pass", "pa55"}}));
    CHECK(r.params == value(array{"RETURN $x", object{{"x", 1}}}));
    r.answer_statement(1);
    auto got = test::get(std::move(answer)).value();
    REQUIRE(got.size() == 1);
    CHECK(got[0].result == value(1));
  }

  TEST_CASE_FIXTURE(client_fixture,
                    "users below root sign in at their level, anonymous ones not at all") {
    fake_surreal s;
    auto options = quick(s.url() + "/rpc");
    options.auth_level = surreal_auth_level::database;
    start(options);
    CHECK(states.take().connected);
    CHECK(s.signins.take().as_array().at(0) ==
          value(object{{"user", "root"}, {"pass", "pa55"}, {"ns", "n"}, {"db", "d"}}));
    client.reset();
    options.username.clear();
    start(options);
    CHECK(states.take().connected);
    CHECK(s.signins.size() == 0);
  }

  TEST_CASE_FIXTURE(client_fixture, "answers are matched by id, whatever their order") {
    fake_surreal s;
    start_connected(s);
    auto first = query("1"), second = query("2");
    auto r1 = s.next(), r2 = s.next();
    r2.answer_statement("two");
    r1.answer_statement("one");
    CHECK(test::get(std::move(first)).value()[0].result == value("one"));
    CHECK(test::get(std::move(second)).value()[0].result == value("two"));
  }

  TEST_CASE_FIXTURE(client_fixture, "a refused query is an error, a failed statement is a result") {
    fake_surreal s;
    start_connected(s);
    auto refused = query("SELEC");
    s.next().refuse(-32000, "Validation", "Parse error: unexpected token");
    auto failure = test::get(std::move(refused)).failure();
    CHECK(failure.code == errc::parse_error);
    CHECK(failure.message == "Parse error: unexpected token");

    auto partly = query("CREATE x:1; CREATE x:1");
    s.next().answer(array{object{{"status", "OK"}, {"result", 1}},
                          object{{"status", "ERR"},
                                 {"result", "Database record `x:1` already exists"},
                                 {"kind", "AlreadyExists"}}});
    auto got = test::get(std::move(partly)).value();
    REQUIRE(got.size() == 2);
    CHECK(got[0].ok());
    REQUIRE_FALSE(got[1].ok());
    CHECK(got[1].failure->kind == "AlreadyExists");
    CHECK_FALSE(got[1].failure->conflict);
  }

  TEST_CASE_FIXTURE(client_fixture,
                    "no answer in time is a timeout, and a late answer harms nothing") {
    fake_surreal s;
    start_connected(s);
    auto late = query("slow", {}, 20ms);
    auto r = s.next();
    CHECK(test::get(std::move(late)).failure().code == errc::timeout);
    r.answer_statement("late");
    auto after = query("quick");
    s.next().answer_statement("quick");
    CHECK(test::get(std::move(after)).value()[0].result == value("quick"));
  }

  TEST_CASE_FIXTURE(client_fixture,
                    "a cut fails what is in flight and is repaired without resending") {
    fake_surreal s;
    start_connected(s);
    auto epoch = std::uint64_t{1};
    for (int round = 0; round < 3; ++round) {
      auto in_flight = query("CREATE x");
      s.next();
      s.cut();
      CHECK(test::get(std::move(in_flight)).failure().code == errc::unavailable);
      auto down = states.take();
      CHECK_FALSE(down.connected);
      CHECK(down.code == errc::unavailable);
      CHECK(down.epoch == epoch);
      auto up = states.take();
      CHECK(up.connected);
      CHECK(up.epoch == ++epoch);
    }
    CHECK(s.waiting() == 0);
    auto again = query("RETURN 1");
    s.next().answer_statement(1);
    CHECK(test::get(std::move(again)).ok());
  }

  TEST_CASE_FIXTURE(client_fixture, "while there is no connection calls fail at once") {
    std::uint16_t port;
    {
      raw_listener gone;
      port = gone.port();
    }
    start(quick("127.0.0.1:" + std::to_string(port)));
    auto down = states.take();
    CHECK_FALSE(down.connected);
    CHECK(down.reason.find("cannot connect to 127.0.0.1:" + std::to_string(port)) !=
          std::string::npos);
    CHECK_FALSE(client->connected());
    CHECK(test::get(query("RETURN 1")).failure().code == errc::unavailable);
    CHECK(test::get(live("LIVE SELECT * FROM t")).failure().code == errc::unavailable);
    // It keeps trying, and is there as soon as the server is.
    fake_surreal s(port);
    while (!states.take().connected) continue;
    CHECK(client->connected());
  }

  TEST_CASE_FIXTURE(client_fixture,
                    "a wrong password is told as such, without the password, and tried again") {
    fake_surreal s;
    s.accept_password = false;
    start(quick(s.url()));
    auto refused = states.take();
    CHECK_FALSE(refused.connected);
    CHECK(refused.code == errc::unauthorized);
    CHECK(refused.reason.find("refused to sign in the user \"root\"") != std::string::npos);
    CHECK(refused.reason.find("pa55") == std::string::npos);
    s.accept_password = true;
    while (!states.take().connected) continue;
    CHECK(s.methods.take() == "signin");
    CHECK(s.methods.take() == "signin");
  }

  TEST_CASE_FIXTURE(client_fixture,
                    "a server that accepts and then says nothing does not hold it up") {
    fake_surreal s;
    s.answer_signin = false;
    auto options = quick(s.url());
    options.connect_timeout = 50ms;
    start(options);
    auto down = states.take();
    CHECK(down.code == errc::timeout);
    CHECK(down.reason.find("not connected and signed in within 50 ms") != std::string::npos);
    s.answer_signin = true;
    while (!states.take().connected) continue;
  }

  TEST_CASE_FIXTURE(client_fixture, "more in flight than allowed is refused at once") {
    fake_surreal s;
    auto options = quick(s.url());
    options.max_in_flight = 2;
    start(options);
    states.take();
    auto first = query("1"), second = query("2");
    auto r1 = s.next();
    s.next();
    CHECK(test::get(query("3")).failure().code == errc::overloaded);
    r1.answer_statement(1);
    CHECK(test::get(std::move(first)).ok());
    auto fourth = query("4");
    s.next().answer_statement(4);
    CHECK(test::get(std::move(fourth)).ok());
  }

  TEST_CASE_FIXTURE(client_fixture,
                    "notifications go to their LIVE query, also those that overtake its answer") {
    fake_surreal s;
    start_connected(s);
    auto started = live("LIVE SELECT * FROM t");
    auto r = s.next();
    CHECK(r.params.as_array().at(0) == value("LIVE SELECT * FROM t"));
    s.notify(r, live_id(1), "CREATE", record(1), object{{"a", 1}});
    s.notify(r, live_id(9), "CREATE", record(9), object{});
    r.answer_statement(live_id(1));
    CHECK(test::get(std::move(started)).value() == live_id(1));
    s.notify(r, live_id(1), "UPDATE", record(1), object{{"a", 2}});
    s.notify(r, live_id(1), "DELETE", record(1), object{{"a", 2}});
    auto first = events.take();
    CHECK(first.action == live_action::create);
    CHECK(first.record == record(1));
    CHECK(first.result["a"] == value(1));
    CHECK(events.take().action == live_action::update);
    CHECK(events.take().action == live_action::erase);
    s.notify(r, live_id(1), "KILLED", value::none(), value::none());
    CHECK(events.take().action == live_action::killed);
    CHECK(events.size() == 0);
  }

  TEST_CASE_FIXTURE(client_fixture, "a killed LIVE query is silent at once") {
    fake_surreal s;
    start_connected(s);
    auto started = live("LIVE SELECT * FROM t");
    auto r = s.next();
    r.answer_statement(live_id(1));
    test::get(std::move(started)).value();
    std::promise<result<value>> killed;
    client->kill(live_id(1), 10s, [&](result<value> v) { killed.set_value(std::move(v)); });
    auto k = s.next();
    CHECK(k.method == "kill");
    CHECK(k.params == value(array{live_id(1)}));
    s.notify(k, live_id(1), "CREATE", record(1), object{});
    k.answer(value::none());
    CHECK(test::get(killed.get_future()).ok());
    CHECK(events.size() == 0);
  }

  TEST_CASE_FIXTURE(client_fixture, "a LIVE statement that fails is an error") {
    fake_surreal s;
    start_connected(s);
    auto started = live("LIVE SELECT * FROM nowhere");
    s.next().answer(array{object{{"status", "ERR"}, {"result", "The table does not exist"}}});
    CHECK(test::get(std::move(started)).failure().message == "The table does not exist");
    started = live("RETURN 1");
    s.next().answer_statement(1);
    CHECK(test::get(std::move(started)).failure().message ==
          "the last statement is not a LIVE statement");
  }

  TEST_CASE_FIXTURE(client_fixture, "LIVE queries end with their connection") {
    fake_surreal s;
    start_connected(s);
    auto started = live("LIVE SELECT * FROM t");
    s.next().answer_statement(live_id(1));
    test::get(std::move(started)).value();
    s.cut();
    CHECK_FALSE(states.take().connected);
    CHECK(states.take().connected);
    auto marker = query("RETURN 1");
    auto r = s.next();
    s.notify(r, live_id(1), "CREATE", record(1), object{});
    r.answer_statement(1);
    test::get(std::move(marker)).value();
    CHECK(events.size() == 0);
  }

  TEST_CASE_FIXTURE(client_fixture,
                    "a frame that cannot be read ends the connection, which is made anew") {
    fake_surreal s;
    start_connected(s);
    auto asked = query("RETURN 1");
    s.next().connection->send_binary("\xff\xff");
    CHECK(test::get(std::move(asked)).failure().code == errc::unavailable);
    auto down = states.take();
    CHECK(down.code == errc::corrupt);
    CHECK(down.reason.find("frame that cannot be read") != std::string::npos);
    CHECK(states.take().connected);
  }

  TEST_CASE_FIXTURE(client_fixture, "after stop nothing is reported and calls fail") {
    fake_surreal s;
    start_connected(s);
    auto in_flight = query("RETURN 1");
    s.next();
    client->stop();
    CHECK(test::get(std::move(in_flight)).failure().code == errc::unavailable);
    CHECK(test::get(query("RETURN 1")).failure().code == errc::unavailable);
    CHECK(states.size() == 0);
    CHECK_FALSE(client->connected());
  }

  TEST_CASE_FIXTURE(client_fixture, "other methods and a URL that is none") {
    fake_surreal s;
    start_connected(s);
    std::promise<result<value>> version;
    client->call("version", {}, 10s, [&](result<value> v) { version.set_value(std::move(v)); });
    s.next().answer("surrealdb-3.0.2");
    CHECK(test::get(version.get_future()).value() == value("surrealdb-3.0.2"));
    CHECK(surreal_client::create(io, quick("ftp://x")).failure().code == errc::invalid_argument);
  }
}
