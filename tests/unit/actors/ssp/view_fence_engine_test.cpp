// The fence of intents/views/ownership.hpp as the real engine at $SURREALDB_ADDR keeps it; skipped
// without one.
#include "intents/intent.hpp"
#include "machines/ssp/edge_ledger.hpp"
#include "tests/unit/actors/engine.hpp"
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
    const auto claimed = db.carry_out(claim_views{format, {{view, floor}}}).front();
    if (!claimed.fenced) ledger.compare("v", claimed.stored, {});
    return !claimed.fenced;
  }
  edge_ledger::batch take() { return ledger.take(100, caf::timestamp{} + 1h); }
  bool writes(const edge_ledger::batch& batch) {
    const write_edges asked{format, std::make_shared<const edge_batch>(batch)};
    if (db.carry_out(asked).fenced) return false;
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
  CHECK(db.ask("_spooky_view:v.state") == value{"materializing"});
  REQUIRE(a.writes(a.take()));
  CHECK(outs(db) == "t:1 t:2");
  const auto row = db.ask("SELECT * FROM ONLY _spooky_view:v");
  CHECK(row["state"] == value{"ready"});
  CHECK(row["epoch"] == value{7});
  CHECK(row["writes"] == value{2});
  CHECK(row["rowCount"] == value{2});
  CHECK(row["seq"] == value{3});
  CHECK(row["ssp"] == value{"a"});
  CHECK(row["merkle_root"].as_string().size() == 64);
  owner b{db, "b"};
  REQUIRE(b.claims(8, {member("t", 2), member("t", 3)}));
  CHECK(db.ask("_spooky_view:v.ssp") == value{"b"});
  // Until the difference is written clients see the former owner's result, and that it is whole.
  CHECK(db.ask("_spooky_view:v.state") == value{"ready"});
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
  CHECK(db.carry_out(erase_view{a.format, "v", 7}).fenced);
  CHECK(outs(db) == "t:1");
  CHECK(db.ask("_spooky_view:v.ssp") == value{"b"});
  CHECK_FALSE(db.carry_out(erase_view{b.format, "v", 8}).fenced);
  CHECK(outs(db).empty());
  CHECK(db.ask("SELECT * FROM _spooky_query, _spooky_view") == value{array{}});
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
  const auto owners = db.carry_out(read_owners{a.format, {"v"}});
  CHECK(owners.at("v") == view_owner{7, again.rows[0].writes});
}

TEST_CASE("without a scheduler each claim takes an epoch above all before" *
          doctest::skip(no_engine)) {
  engine db{"single"};
  owner a{db, "a"};
  REQUIRE(a.claims(std::nullopt, {member("t", 1)}, 1000));
  REQUIRE(a.writes(a.take()));
  CHECK(db.ask("_spooky_view:v.epoch") == value{1000});
  a.changes({member("t", 2)});
  const auto late = a.take();
  owner b{db, "b"};
  REQUIRE(b.claims(std::nullopt, {member("t", 1)}, 20));
  CHECK(db.ask("_spooky_view:v.epoch") == value{1001});
  CHECK_FALSE(a.writes(late));
}

TEST_CASE("a registration does not take back a heartbeat that came after it" *
          doctest::skip(no_engine)) {
  engine db{"activity"};
  owner a{db, "a"};
  auto old = std::make_shared<view_registration>(*placed(7));
  old->last_active_at = datetime{1'000'000, 0};
  REQUIRE_FALSE(db.carry_out(claim_views{a.format, {{old}}}).front().fenced);
  CHECK(db.ask("_spooky_view:v.lastActiveAt") == value{datetime{1'000'000, 0}});
  db.ask("UPDATE _spooky_view:v SET lastActiveAt = time::now()");
  REQUIRE_FALSE(db.carry_out(claim_views{a.format, {{old}}}).front().fenced);
  CHECK(db.ask("_spooky_view:v.lastActiveAt > d'2000-01-01T00:00:00Z'") == value{true});
  db.ask("UPDATE _spooky_view:v SET lastActiveAt = d'1990-01-01T00:00:00Z'");
  REQUIRE(a.claims(8, {}));
  CHECK(db.ask("_spooky_view:v.lastActiveAt > d'2000-01-01T00:00:00Z'") == value{true});
}

TEST_CASE("a view is wanted while its records are there and its time has not passed" *
          doctest::skip(no_engine)) {
  engine db{"wanted"};
  owner a{db, "a"};
  const auto wanted = [&] { return db.carry_out(is_view_wanted{a.format, "v"}).wanted; };
  CHECK_FALSE(wanted());
  REQUIRE(a.claims(7, {member("t", 1)}));
  CHECK(wanted());
  db.ask("UPDATE _spooky_view:v SET ttl = 1s, lastActiveAt = d'2020-01-01T00:00:00Z'");
  CHECK_FALSE(wanted());
  db.ask("UPDATE _spooky_view:v SET lastActiveAt = time::now(), ttl = 1h");
  CHECK(wanted());
  SUBCASE("not without its record") { db.ask("DELETE _spooky_view:v"); }
  SUBCASE("nor without its query's") { db.ask("DELETE _spooky_query:v"); }
  SUBCASE("a user's not once nobody owns it") {
    db.ask(
        "CREATE user:ann; UPDATE _spooky_view:v SET auth = { auth: user:ann };"
        "RELATE user:ann->_spooky_owner->_spooky_query:v SET view = _spooky_view:v");
    CHECK(wanted());
    db.ask("DELETE _spooky_owner");
  }
  CHECK_FALSE(wanted());
}

TEST_CASE("a view that has moved has not ended" * doctest::skip(no_engine)) {
  engine db{"sweep"};
  owner a{db, "a"};
  REQUIRE(a.claims(7, {member("t", 1)}));
  owner b{db, "b"};
  REQUIRE(b.claims(8, {member("t", 1)}));
  const auto sweep = [&db](const owner& by) {
    return db.carry_out(find_ended_views{by.format, {"v", "deleted"}});
  };
  using names = std::vector<view_id>;
  CHECK(sweep(a).expired.empty());
  CHECK(sweep(a).gone == names{"deleted"});
  db.ask("UPDATE _spooky_view:v SET ttl = 1s, lastActiveAt = d'2020-01-01T00:00:00Z'");
  CHECK(sweep(a).expired.empty());
  CHECK(sweep(b).expired == names{"v"});
  CHECK(sweep(a).moved == names{"v"});
  CHECK(sweep(b).moved.empty());
}
