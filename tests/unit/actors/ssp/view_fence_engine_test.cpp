// The fence of view_ownership as the real engine at $SURREALDB_ADDR keeps it; skipped without one.
#include "actors/database_query.hpp"
#include "actors/ssp/view_ownership.hpp"
#include "net/surreal_client.hpp"
#include "tests/unit/machines/samples.hpp"

#include <algorithm>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

const bool no_engine = std::getenv("SURREALDB_ADDR") == nullptr;

/// One connection to the engine.
class engine {
 public:
  explicit engine(const std::string& database) {
    io_.start();
    net::surreal_options options;
    options.url = std::getenv("SURREALDB_ADDR");
    options.username = options.password = "root";
    options.ns = "fence_test";
    options.database = database;
    client_ = net::surreal_client::create(io_, std::move(options)).value();
    std::promise<bool> connected;
    client_->start([&connected](const net::surreal_state& state) {
      if (state.connected) connected.set_value(true);
    });
    connected.get_future().get();
    run(
        {"DEFINE TABLE OVERWRITE _spooky_query SCHEMALESS;"
         "DEFINE TABLE OVERWRITE _spooky_list_ref TYPE RELATION SCHEMALESS;"
         "DELETE _spooky_list_ref; DELETE _spooky_query",
         {}});
  }

  db_answer run(const db_query& query) {
    using statements = std::vector<net::statement_result>;
    auto promise = std::make_shared<std::promise<result<statements>>>();
    client_->query(query.text, query.vars, 10s,
                   [promise](result<statements> got) { promise->set_value(std::move(got)); });
    const auto got = promise->get_future().get();
    REQUIRE(got.ok());
    db_answer answer;
    for (const auto& one : *got) {
      if (one.ok())
        answer.push_back({true, one.result, {}, false});
      else
        answer.push_back({false, {}, one.failure->message, one.failure->conflict});
    }
    return answer;
  }

  value ask(const std::string& text) {
    const auto answer = run({text, {}});
    REQUIRE(check_statements(answer).ok());
    return answer.back().result;
  }

 private:
  net::io_runtime io_;
  std::shared_ptr<net::surreal_client> client_;
};

registration_ptr placed(std::optional<placement_epoch> epoch) {
  auto view = std::make_shared<view_registration>(*view_of("v"));
  view->epoch = epoch;
  return view;
}

/// One SSP's side of a view.
struct owner {
  owner(engine& to, const ssp_id& ssp_id) : db(to) { format.ssp_id = ssp_id; }

  bool claims(std::optional<placement_epoch> epoch, std::vector<views::member> members,
              placement_epoch floor = 0) {
    view = placed(epoch);
    views::view_snapshot shown;
    shown.seq = 3;
    shown.members = std::move(members);
    ledger.begin(view, shown);
    const auto answer = db.run(claim_query(format, *view, floor));
    if (is_fenced(answer)) return false;
    const auto stored = read_claimed(answer);
    REQUIRE_MESSAGE(stored.ok(), stored.failure().message);
    ledger.compare("v", *stored, {});
    return true;
  }
  edge_ledger::batch take() { return ledger.take(100, caf::timestamp{} + 1h); }
  bool writes(const edge_ledger::batch& batch) {
    const auto answer = db.run(edge_transaction(format, batch));
    if (is_fenced(answer)) return false;
    const auto outcome = check_statements(answer);
    REQUIRE_MESSAGE(outcome.ok(), outcome.failure().message);
    ledger.written(batch);
    return true;
  }
  void changes(std::vector<views::member> added) {
    views::view_delta delta;
    delta.seq = 4;
    delta.added = std::move(added);
    ledger.merge("v", delta);
  }

  engine& db;
  edge_format format;
  edge_ledger ledger;
  registration_ptr view;
};

std::string outs(engine& db) {
  const auto found =
      db.ask("RETURN array::sort((SELECT VALUE <string>out FROM _spooky_list_ref)).join(' ')");
  return std::string{found.as_string()};
}

}  // namespace

TEST_CASE("a claim reads what is stored, and a batch writes the difference" *
          doctest::skip(no_engine)) {
  engine db{"claims"};
  owner a{db, "a"};
  REQUIRE(a.claims(7, {member("t", 1), member("t", 2)}));
  CHECK(db.ask("_spooky_query:v.state") == value{"materializing"});
  REQUIRE(a.writes(a.take()));
  CHECK(outs(db) == "t:1 t:2");
  const auto row = db.ask("SELECT * FROM ONLY _spooky_query:v");
  CHECK(row["state"] == value{"ready"});
  CHECK(row["epoch"] == value{7});
  CHECK(row["writes"] == value{2});
  CHECK(row["rowCount"] == value{2});
  CHECK(row["seq"] == value{3});
  CHECK(row["ssp"] == value{"a"});
  CHECK(row["merkle_root"].as_string().size() == 64);
  owner b{db, "b"};
  REQUIRE(b.claims(8, {member("t", 2), member("t", 3)}));
  CHECK(db.ask("_spooky_query:v.ssp") == value{"b"});
  // Until the difference is written clients see the former owner's result, and that it is whole.
  CHECK(db.ask("_spooky_query:v.state") == value{"ready"});
  const auto difference = b.take();
  CHECK(difference.size() == 2);
  REQUIRE(b.writes(difference));
  CHECK(outs(db) == "t:2 t:3");
}

TEST_CASE("the database refuses the former owner, whatever it does" * doctest::skip(no_engine)) {
  engine db{"zombie"};
  owner a{db, "a"};
  REQUIRE(a.claims(7, {member("t", 1)}));
  REQUIRE(a.writes(a.take()));
  a.changes({member("t", 9)});
  const auto late = a.take();
  owner b{db, "b"};
  REQUIRE(b.claims(8, {member("t", 1)}));
  CHECK_FALSE(a.writes(late));
  REQUIRE(b.writes(b.take()));
  CHECK_FALSE(a.writes(late));
  CHECK_FALSE(a.claims(7, {member("t", 9)}));
  CHECK(is_fenced(db.run(erase_view_query(a.format, "v", 7))));
  CHECK(outs(db) == "t:1");
  CHECK(db.ask("_spooky_query:v.ssp") == value{"b"});
  CHECK(check_statements(db.run(erase_view_query(b.format, "v", 8))).ok());
  CHECK(outs(db).empty());
  CHECK(db.ask("SELECT * FROM _spooky_query") == value{array{}});
  // Nor does it come back after its end.
  b.changes({member("t", 5)});
  CHECK_FALSE(b.writes(b.take()));
  CHECK(outs(db).empty());
}

TEST_CASE("a transaction that commits after a later one is refused" * doctest::skip(no_engine)) {
  engine db{"late"};
  owner a{db, "a"};
  REQUIRE(a.claims(7, {member("t", 1)}));
  REQUIRE(a.writes(a.take()));
  a.changes({member("t", 2)});
  const auto given_up = a.take();
  a.ledger.failed(given_up, {});
  const auto again = a.take();
  REQUIRE(a.writes(again));
  CHECK_FALSE(a.writes(given_up));
  CHECK(outs(db) == "t:1 t:2");
  const auto owners = read_owners(db.run(owners_query(a.format, again)).back().result);
  REQUIRE(owners.ok());
  CHECK(owners->at("v").epoch == 7);
  CHECK(owners->at("v").writes == again.rows[0].writes);
}

TEST_CASE("without a scheduler each claim takes an epoch above all before" *
          doctest::skip(no_engine)) {
  engine db{"single"};
  owner a{db, "a"};
  REQUIRE(a.claims(std::nullopt, {member("t", 1)}, 1000));
  REQUIRE(a.writes(a.take()));
  CHECK(db.ask("_spooky_query:v.epoch") == value{1000});
  a.changes({member("t", 2)});
  const auto late = a.take();
  owner b{db, "b"};
  REQUIRE(b.claims(std::nullopt, {member("t", 1)}, 20));
  CHECK(db.ask("_spooky_query:v.epoch") == value{1001});
  CHECK_FALSE(a.writes(late));
}

TEST_CASE("a registration does not take back a heartbeat that came after it" *
          doctest::skip(no_engine)) {
  engine db{"activity"};
  owner a{db, "a"};
  auto old = std::make_shared<view_registration>(*placed(7));
  old->last_active_at = datetime{1'000'000, 0};
  REQUIRE(check_statements(db.run(claim_query(a.format, *old, 0))).ok());
  CHECK(db.ask("_spooky_query:v.lastActiveAt") == value{datetime{1'000'000, 0}});
  db.ask("UPDATE _spooky_query:v SET lastActiveAt = time::now()");
  REQUIRE(check_statements(db.run(claim_query(a.format, *old, 0))).ok());
  CHECK(db.ask("_spooky_query:v.lastActiveAt > d'2000-01-01T00:00:00Z'") == value{true});
  db.ask("UPDATE _spooky_query:v SET lastActiveAt = d'1990-01-01T00:00:00Z'");
  REQUIRE(a.claims(8, {}));
  CHECK(db.ask("_spooky_query:v.lastActiveAt > d'2000-01-01T00:00:00Z'") == value{true});
}

TEST_CASE("a view that has moved has not ended" * doctest::skip(no_engine)) {
  engine db{"sweep"};
  owner a{db, "a"};
  REQUIRE(a.claims(7, {member("t", 1)}));
  owner b{db, "b"};
  REQUIRE(b.claims(8, {member("t", 1)}));
  const auto ended = [&db](const owner& by) {
    const auto answer = db.run(ended_views_query(by.format, {"v", "deleted"}));
    REQUIRE(check_statements(answer).ok());
    return std::pair{read_view_keys(answer[0].result), read_view_keys(answer[1].result)};
  };
  using names = std::vector<view_id>;
  CHECK(ended(a) == std::pair{names{}, names{"deleted"}});
  db.ask("UPDATE _spooky_query:v SET ttl = 1s, lastActiveAt = d'2020-01-01T00:00:00Z'");
  CHECK(ended(a).first.empty());
  CHECK(ended(b).first == names{"v"});
  const auto moved = [&db](const owner& by) {
    return read_view_keys(db.run(ended_views_query(by.format, {"v", "deleted"})).at(2).result);
  };
  CHECK(moved(a) == names{"v"});
  CHECK(moved(b).empty());
}
