#include "machines/pool/epoch_source.hpp"
#include "machines/pool/placement_table.hpp"
#include "machines/pool/rebalance.hpp"
#include "machines/pool/view_turns.hpp"
#include "tests/unit/machines/samples.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;

namespace {

using names = std::vector<view_id>;

bool always(const view_id&) { return true; }

registration_ptr active_view(const view_id& id, std::int64_t active) {
  auto view = std::make_shared<view_registration>(*view_of(id, "SELECT * FROM " + id));
  view->last_active_at = datetime{active, 0};
  return view;
}

/// `count` views of different queries on one SSP.
void fill(placement_table& table, const ssp_id& ssp_id, const std::string& prefix,
          std::size_t count, double cost = 1) {
  for (std::size_t i = 0; i < count; ++i) {
    const view_id id{prefix + std::to_string(i)};
    table.enroll(view_of(id, "SELECT * FROM " + id), 0);
    table.place(id, ssp_id, 1, cost);
  }
}

}  // namespace

// -- epochs ---------------------------------------------------------------------------------------

TEST_CASE("no epoch is given that a durable bound does not cover, and none twice") {
  epoch_source epochs{1000, 10};
  CHECK_FALSE(epochs.next().has_value());
  REQUIRE(epochs.wanted() == 1010);
  CHECK_FALSE(epochs.wanted().has_value());
  CHECK_FALSE(epochs.next().has_value());
  epochs.reserved(1010);
  for (placement_epoch expected = 1001; expected <= 1005; ++expected)
    CHECK(epochs.next() == expected);
  // Half of them are left: it is time for more.
  CHECK(epochs.wanted() == 1020);
  epochs.not_reserved();
  CHECK(epochs.wanted() == 1020);
  for (int i = 0; i < 5; ++i) CHECK(epochs.next().has_value());
  CHECK_FALSE(epochs.next().has_value());
}

TEST_CASE("after a restart epochs go on above all that were given, whatever the clock says") {
  SUBCASE("from the bound that was noted") {
    epoch_source epochs{5, 10};
    epochs.restore(2000);
    REQUIRE(epochs.wanted() == 2010);
    epochs.reserved(2010);
    CHECK(epochs.next() == 2001);
  }
  SUBCASE("from the clock, where the note was lost or is older") {
    epoch_source epochs{5000, 10};
    epochs.restore(2000);
    REQUIRE(epochs.wanted() == 5010);
    epochs.reserved(5010);
    CHECK(epochs.next() == 5001);
  }
}

// -- turns ----------------------------------------------------------------------------------------

TEST_CASE("what concerns one view happens in order, what concerns another meanwhile") {
  view_turns turns;
  std::vector<std::string> steps;
  const auto step = [&steps](const char* what) {
    return [&steps, what] { steps.push_back(what); };
  };
  turns.take("v", step("v1"));
  turns.take("v", step("v2"));
  turns.take("w", step("w1"));
  CHECK(steps == std::vector<std::string>{"v1", "w1"});
  CHECK(turns.busy("v"));
  turns.done("v");
  CHECK(steps == std::vector<std::string>{"v1", "w1", "v2"});
  turns.done("v");
  CHECK_FALSE(turns.busy("v"));
  CHECK(turns.busy("w"));
}

TEST_CASE("a step that is over at once lets the next one begin") {
  view_turns turns;
  std::vector<std::string> steps;
  turns.take("v", [] {});
  for (const auto* what : {"a", "b", "c"})
    turns.take("v", [&turns, &steps, what] {
      steps.push_back(what);
      turns.done("v");
    });
  turns.done("v");
  CHECK(steps == std::vector<std::string>{"a", "b", "c"});
  CHECK_FALSE(turns.busy("v"));
}

// -- placements -----------------------------------------------------------------------------------

TEST_CASE("the most active views come first: by what the client said, or when it registered") {
  placement_table table;
  table.enroll(active_view("old", 100), 50);
  table.enroll(active_view("new", 900), 50);
  table.enroll(view_of("silent"), 500);
  CHECK(table.waiting(9, always) == names{"new", "silent", "old"});
  CHECK(table.waiting(2, [](const view_id& id) { return id != "new"; }) == names{"silent", "old"});
  table.enroll(active_view("old", 100), 1000);
  CHECK(table.waiting(9, always) == names{"old", "new", "silent"});
  for (const auto& id : names{"old", "new", "silent"}) table.place(id, "a", 1, 1);
  CHECK(table.on("a") == names{"old", "new", "silent"});
  CHECK(table.least_active_on("a", 2) == names{"silent", "new"});
}

TEST_CASE("load follows placements, moves and ends") {
  placement_table table;
  fill(table, "a", "v", 3, 1.5);
  CHECK(table.load("a").views == 3);
  CHECK(table.load("a").cost == doctest::Approx(4.5));
  table.place("v0", "b", 2, 4);
  CHECK(table.load("a").cost == doctest::Approx(3));
  CHECK(table.load("b").cost == doctest::Approx(4));
  CHECK(table.find("v0")->epoch == 2);
  table.displace("v1", "a");
  CHECK(table.load("a").views == 1);
  CHECK(table.find("v1")->ssp_id == "a");
  CHECK(table.status().waiting == 1);
  table.doom("v0");
  CHECK(table.load("b").views == 0);
  CHECK(table.status().doomed == 1);
  CHECK(table.status().views == 2);
  table.remove("v0");
  CHECK(table.find("v0") == nullptr);
  CHECK(table.homes() == std::vector<ssp_id>{"a"});
}

TEST_CASE("a client's views count until they are doomed, with the rows they cost") {
  const auto by = [](const view_id& id, const char* user) {
    auto view = std::make_shared<view_registration>(*view_of(id, "SELECT * FROM " + id));
    view->caller.system = false;
    if (user != nullptr) view->caller.session.set("auth", value{record_id{"user", value{user}}});
    return view;
  };
  placement_table table;
  table.enroll(by("a", "ann"), 1);
  table.enroll(by("b", "ann"), 1);
  table.enroll(by("c", "bob"), 1);
  table.enroll(by("d", nullptr), 1);
  table.enroll(view_of("e"), 1);
  CHECK(table.usage_of("user:ann") == view_usage{2, 0, 0});
  table.place("a", "ssp-1", 1, 4.5);
  table.enroll(by("a", "ann"), 2);
  CHECK(table.usage_of("user:ann") == view_usage{2, 350, 0});
  CHECK(table.usage_of("user:bob") == view_usage{1, 0, 0});
  CHECK(table.usage_of("") == view_usage{1, 0, 0});
  table.displace("a", "ssp-1");
  table.doom("a");
  CHECK(table.usage_of("user:ann") == view_usage{1, 0, 0});
  table.enroll(by("a", "ann"), 3);
  CHECK(table.usage_of("user:ann").views == 2);
  table.remove("a");
  table.remove("b");
  table.remove("d");
  CHECK(table.usage_of("user:ann") == view_usage{});
  CHECK(table.usage_of("") == view_usage{});
}

TEST_CASE("a doomed view that is registered again lives") {
  placement_table table;
  fill(table, "a", "v", 1);
  table.doom("v0");
  table.enroll(view_of("v0", "SELECT * FROM other"), 5);
  CHECK(table.find("v0")->state == placement_state::waiting);
  CHECK(table.doomed(9, always).empty());
  table.place("v0", "a", 2, 1);
  CHECK(table.home_of_equal(*view_of("x", "SELECT * FROM other")) == "a");
}

TEST_CASE("the same query in other words goes where it is kept already") {
  placement_table table;
  const auto one = view_of("one", "SELECT * FROM t WHERE a = $x", {{"x", value{1}}});
  table.enroll(one, 0);
  CHECK(table.home_of_equal(*one).empty());
  table.place("one", "a", 1, 1);
  CHECK(table.home_of_equal(
            *view_of("two", "select  *  from t where (a = $x)", {{"x", value{1}}})) == "a");
  CHECK(table.home_of_equal(*view_of("two", "SELECT * FROM t WHERE a = $x", {{"x", value{2}}}))
            .empty());
  CHECK(table.home_of_equal(*one, "a").empty());
  table.displace("one", {});
  CHECK(table.home_of_equal(*one).empty());
}

// -- rebalancing ----------------------------------------------------------------------------------

TEST_CASE("an SSP that joins gets its share, and no more") {
  placement_table table;
  fill(table, "a", "v", 10);
  const std::vector<ssp_id> ready{"a", "b"};
  int moves = 0;
  while (const auto move = next_move(table, ready)) {
    REQUIRE(++moves < 100);
    CHECK(move->from == "a");
    for (const auto& id : move->views) table.place(id, move->to, 2, table.find(id)->cost);
  }
  CHECK(moves == 5);
  CHECK(table.load("b").views == 5);
  CHECK_FALSE(next_move(table, {"a"}).has_value());
  CHECK_FALSE(next_move(table, {}).has_value());
}

TEST_CASE("views count by what they cost, and never go to and fro") {
  placement_table table;
  fill(table, "a", "big", 1, 50);
  fill(table, "a", "small", 10, 1);
  const std::vector<ssp_id> ready{"a", "b"};
  std::set<view_id> moved;
  while (const auto move = next_move(table, ready))
    for (const auto& id : move->views) {
      CHECK(moved.insert(id).second);
      table.place(id, move->to, 2, table.find(id)->cost);
    }
  CHECK(table.find("big0")->ssp_id == "a");
  CHECK(table.load("b").views == 10);
}

TEST_CASE("views of one query move together") {
  placement_table table;
  for (const auto& id : names{"one", "two", "three"}) {
    table.enroll(view_of(id), 0);
    table.place(id, "a", 1, 1);
  }
  fill(table, "a", "v", 6);
  bool together = false;
  while (const auto move = next_move(table, {"a", "b"})) {
    if (std::count(move->views.begin(), move->views.end(), "one") != 0) {
      CHECK(move->views.size() == 3);
      together = true;
    }
    for (const auto& id : move->views) table.place(id, move->to, 2, 1);
  }
  CHECK(table.find("one")->ssp_id == table.find("two")->ssp_id);
  CHECK(table.find("one")->ssp_id == table.find("three")->ssp_id);
  CHECK((together || table.find("one")->ssp_id == "a"));
}
