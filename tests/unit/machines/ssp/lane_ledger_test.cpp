#include "machines/ssp/lane_ledger.hpp"

#include "tests/unit/machines/samples.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;
using place = lane_ledger::place;

namespace {

using tables = std::vector<table_name>;
using ids = std::vector<view_id>;

/// A ledger, and a circuit that has the tables it is said to have.
struct circuit {
  explicit circuit(std::size_t max_changes = 100) : ledger(max_changes) {}

  std::optional<lane_ledger::order> take(sequence_number position) {
    return ledger.take(position,
                       [this](const table_name& table) { return loaded.contains(table); });
  }
  void change(std::vector<spooky::change> changes) { ledger.changed(changes); }

  lane_ledger ledger;
  std::set<table_name> loaded{"t", "u"};
};

std::shared_ptr<const views::view_snapshot> shown(const view_id& id) {
  auto snapshot = std::make_shared<views::view_snapshot>();
  snapshot->view_id = id;
  return snapshot;
}

/// The report on work in which everything goes well.
lane_report well_done(const lane_ledger::order& order, tables now) {
  lane_report report{order.work.generation, order.work.position};
  for (const auto& opening : order.work.opened)
    report.opened.push_back({opening.ticket, opening.view->id, shown(opening.view->id)});
  report.tables = std::move(now);
  return report;
}

lane_report refused(const lane_ledger::order& order, error why, tables now = {"t"}) {
  auto report = well_done(order, std::move(now));
  for (auto& each : report.opened) each.shown = why;
  return report;
}

error missing(const std::string& table) {
  error why = fail(errc::not_ready, "no " + table, error_cause::missing_table);
  why.table = table;
  return why;
}

ids opened_in(const lane_ledger::order& order) {
  ids out;
  for (const auto& opening : order.work.opened) out.push_back(opening.view->id);
  return out;
}

std::vector<std::uint64_t> seqs(const lane_ledger::order& order) {
  std::vector<std::uint64_t> out;
  for (const auto& c : order.work.changes) out.push_back(c.seq.raw());
  return out;
}

/// Has the view opened in a lane that has its table then.
void settle(circuit& c, const view_id& id, sequence_number position) {
  c.ledger.admit(view_of(id), {"t"});
  const auto order = c.take(position);
  REQUIRE(order);
  c.ledger.done(well_done(*order, {"t"}));
  REQUIRE(c.ledger.place_of(id) == place::open);
}

registration_ptr of_user(const std::string& id, int user) {
  auto view = std::make_shared<view_registration>(*view_of(view_id{id}));
  view->caller.system = false;
  view->caller.session.set("auth", value{record_id{"user", value{user}}});
  return view;
}

}  // namespace

TEST_CASE("a view is opened with its tables as they are, and then told their changes alone") {
  circuit c;
  CHECK_FALSE(c.take(9));
  c.change({put(9, "t", 1)});
  c.ledger.admit(view_of("v"), {"t"});
  CHECK(c.ledger.place_of("v") == place::opening);
  CHECK(c.ledger.tables() == std::set<table_name>{"t"});
  auto order = c.take(10);
  REQUIRE(order);
  CHECK(opened_in(*order) == ids{"v"});
  CHECK(order->tables == tables{"t"});
  CHECK(order->definitions);
  CHECK(order->work.position == 10);
  CHECK(order->work.changes.empty());
  CHECK(c.ledger.done(well_done(*order, {"t"})).opened.size() == 1);
  CHECK(c.ledger.place_of("v") == place::open);
  CHECK(c.ledger.position() == 10);

  c.change({put(11, "t", 1), put(12, "other", 1)});
  order = c.take(12);
  REQUIRE(order);
  CHECK(seqs(*order) == std::vector<std::uint64_t>{11});
  CHECK(order->tables.empty());
  CHECK_FALSE(order->definitions);
}

TEST_CASE("one piece of work at a time; what comes meanwhile is merged, the last of each record") {
  circuit c;
  settle(c, "v", 10);
  c.change({put(11, "t", 1)});
  const auto first = c.take(11);
  REQUIRE(first);
  c.change({put(12, "t", 1), put(13, "t", 2)});
  c.change({erase(14, "t", 1), put(15, "t", 3)});
  CHECK_FALSE(c.take(15));
  c.ledger.done(well_done(*first, {"t"}));
  CHECK(c.ledger.position() == 11);
  const auto second = c.take(15);
  REQUIRE(second);
  CHECK(seqs(*second) == std::vector<std::uint64_t>{13, 14, 15});
  CHECK(second->work.changes[1].op == change_op::erase);
  CHECK(second->work.position == 15);
}

TEST_CASE("the lane's position moves though nothing concerns it, while there is a view in it") {
  circuit c;
  settle(c, "v", 10);
  CHECK_FALSE(c.take(10));
  const auto order = c.take(20);
  REQUIRE(order);
  CHECK(order->work.changes.empty());
  c.ledger.done(well_done(*order, {"t"}));
  CHECK(c.ledger.position() == 20);
}

TEST_CASE("a table that a view turns out to need comes as soon as the circuit has it") {
  circuit c;
  c.loaded = {"t"};
  c.ledger.admit(view_of("v"), {"t"});
  auto order = c.take(10);
  auto outcome = c.ledger.done(refused(*order, missing("u")));
  CHECK(outcome.opened.empty());
  CHECK(outcome.missing == tables{"u"});
  CHECK(c.ledger.place_of("v") == place::opening);
  CHECK(c.ledger.tables() == std::set<table_name>{"t", "u"});
  CHECK_FALSE(c.take(10));
  SUBCASE("which is later") {
    c.change({put(11, "t", 1)});
    c.loaded.insert("u");
    order = c.take(11);
    REQUIRE(order);
    CHECK(order->tables == tables{"u"});
    CHECK(opened_in(*order) == ids{"v"});
    CHECK(seqs(*order) == std::vector<std::uint64_t>{11});
    // A table that was there and is missing all the same will not come by asking again.
    outcome = c.ledger.done(refused(*order, missing("u"), {"t", "u"}));
    REQUIRE(outcome.opened.size() == 1);
    CHECK(c.ledger.place_of("v") == place::failed);
  }
  SUBCASE("which is never") {
    CHECK(c.ledger.refused("other", fail(errc::not_found, "no")).empty());
    const auto failed = c.ledger.refused("u", fail(errc::not_found, "no table u"));
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].view == "v");
    CHECK(c.ledger.failure("v").message == "no table u");
    CHECK(c.ledger.tables() == std::set<table_name>{"t"});
  }
}

TEST_CASE("a table that new rows of an open view link to is handed over, too") {
  circuit c;
  c.loaded = {"t"};
  settle(c, "v", 10);
  c.change({put(11, "t", 1)});
  auto order = c.take(11);
  auto report = well_done(*order, {"t"});
  views::view_delta delta;
  delta.view_id = "v";
  delta.failed = missing("u");
  report.deltas.push_back(delta);
  const auto outcome = c.ledger.done(std::move(report));
  CHECK(outcome.deltas.size() == 1);
  CHECK(outcome.missing == tables{"u"});
  CHECK(c.ledger.tables() == std::set<table_name>{"t", "u"});
  CHECK_FALSE(c.take(11));
  c.loaded.insert("u");
  order = c.take(11);
  REQUIRE(order);
  CHECK(order->tables == tables{"u"});
}

TEST_CASE("a view that does not open has failed, and may be tried again") {
  circuit c;
  c.ledger.admit(view_of("v"), {"t"});
  auto order = c.take(10);
  const auto outcome = c.ledger.done(refused(*order, fail(errc::limit_exceeded, "too dear")));
  REQUIRE(outcome.opened.size() == 1);
  CHECK_FALSE(outcome.opened[0].shown.ok());
  CHECK(c.ledger.place_of("v") == place::failed);
  CHECK(c.ledger.failure("v").message == "too dear");
  c.change({put(11, "t", 1)});
  CHECK_FALSE(c.take(11));
  c.ledger.admit(view_of("v"), {"t"});
  CHECK(c.ledger.place_of("v") == place::opening);
  order = c.take(11);
  REQUIRE(order);
  CHECK(seqs(*order) == std::vector<std::uint64_t>{11});
  c.ledger.done(well_done(*order, {"t"}));
  CHECK(c.ledger.place_of("v") == place::open);
}

TEST_CASE("an open view that is asked for again stays open, whatever comes of it") {
  circuit c;
  settle(c, "v", 10);
  c.ledger.admit(view_of("v"), {"t"});
  CHECK(c.ledger.place_of("v") == place::open);
  const auto order = c.take(10);
  REQUIRE(order);
  CHECK(opened_in(*order) == ids{"v"});
  const auto outcome = c.ledger.done(refused(*order, fail(errc::limit_exceeded, "too dear")));
  CHECK(outcome.opened.size() == 1);
  CHECK(c.ledger.place_of("v") == place::open);
}

TEST_CASE("what the lane says of a view that has gone, or come back since, is void") {
  circuit c;
  c.ledger.admit(view_of("v"), {"t"});
  const auto order = c.take(10);
  c.ledger.drop("v");
  CHECK(c.ledger.place_of("v") == place::circuit);
  SUBCASE("gone") {
    CHECK(c.ledger.done(well_done(*order, {"t"})).opened.empty());
    const auto next = c.take(10);
    REQUIRE(next);
    CHECK(next->work.closed == ids{"v"});
    CHECK(next->work.tidy);
    c.ledger.done(well_done(*next, {}));
    CHECK(c.ledger.tables().empty());
    CHECK_FALSE(c.take(11));
  }
  SUBCASE("back") {
    c.ledger.admit(view_of("v"), {"t"});
    auto report = well_done(*order, {"t"});
    report.deltas.emplace_back().view_id = "v";
    const auto outcome = c.ledger.done(std::move(report));
    CHECK(outcome.opened.empty());
    CHECK(outcome.deltas.empty());
    CHECK(c.ledger.place_of("v") == place::opening);
    const auto next = c.take(10);
    REQUIRE(next);
    CHECK(next->work.closed == ids{"v"});
    CHECK(opened_in(*next) == ids{"v"});
    CHECK(c.ledger.done(well_done(*next, {"t"})).opened.size() == 1);
  }
}

TEST_CASE("rules go before anything that is opened, and once") {
  circuit c;
  settle(c, "v", 10);
  c.ledger.definitions_changed();
  const auto order = c.take(10);
  REQUIRE(order);
  CHECK(order->definitions);
  c.ledger.definitions_changed();
  CHECK_FALSE(c.take(10));
  c.ledger.done(well_done(*order, {"t"}));
  CHECK(c.take(10)->definitions);
}

TEST_CASE("tables that no view reads go when the lane says so, and come back whole") {
  circuit c;
  settle(c, "v", 10);
  c.ledger.tidy();
  auto order = c.take(10);
  REQUIRE(order);
  CHECK(order->work.tidy);
  // While it is under way another view needs the table, and it changes.
  c.ledger.admit(view_of("w"), {"t"});
  c.change({put(11, "t", 1)});
  c.ledger.done(well_done(*order, {}));
  order = c.take(11);
  REQUIRE(order);
  CHECK(order->tables == tables{"t"});
  CHECK_MESSAGE(order->work.changes.empty(), "its rows have them");
}

TEST_CASE("after a reset nothing the lane says counts, and it begins with nothing") {
  circuit c;
  settle(c, "v", 10);
  c.change({put(11, "t", 1)});
  const auto before = c.take(11);
  CHECK(c.ledger.known(*view_of("other")));
  c.ledger.reset();
  CHECK_FALSE(c.ledger.known(*view_of("other")));
  CHECK(c.ledger.size() == 0);
  CHECK(c.ledger.tables().empty());
  c.ledger.admit(view_of("v"), {"t"});
  auto late = well_done(*before, {"t"});
  late.deltas.emplace_back().view_id = "v";
  CHECK(c.ledger.done(std::move(late)).deltas.empty());
  const auto order = c.take(3);
  REQUIRE_MESSAGE(order, "it does not wait for the answer to what was asked before");
  CHECK(order->work.generation != before->work.generation);
  CHECK(order->tables == tables{"t"});
  CHECK(order->definitions);
}

TEST_CASE("more changes than may wait make the lane begin anew with whole tables") {
  circuit c{3};
  settle(c, "v", 10);
  c.change({put(11, "t", 1)});
  const auto stuck = c.take(11);
  c.change({put(12, "t", 1), put(13, "t", 2), put(14, "t", 3)});
  CHECK_FALSE(c.take(14));
  c.change({put(15, "t", 4)});
  const auto order = c.take(15);
  REQUIRE(order);
  CHECK(order->work.generation != stuck->work.generation);
  CHECK(order->work.changes.empty());
  CHECK(order->tables == tables{"t"});
  CHECK(opened_in(*order) == ids{"v"});
  CHECK(c.ledger.done(well_done(*stuck, {"t"})).opened.empty());
  CHECK(c.ledger.done(well_done(*order, {"t"})).opened.size() == 1);
}

TEST_CASE("a lane that ends takes the views it was opening with it, else all") {
  circuit c;
  settle(c, "v", 10);
  SUBCASE("opening") {
    c.ledger.admit(view_of("w"), {"t"});
    const auto order = c.take(10);
    c.ledger.admit(view_of("x"), {"t"});
    const auto failed = c.ledger.ended("bad_alloc");
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].view == "w");
    CHECK(failed[0].shown.failure().message.find("bad_alloc") != std::string::npos);
    CHECK(c.ledger.place_of("w") == place::failed);
    auto next = c.take(10);
    REQUIRE(next);
    CHECK(opened_in(*next) == ids{"v"});
    CHECK(next->tables == tables{"t"});
    CHECK(next->work.generation != order->work.generation);
    c.ledger.done(well_done(*next, {"t"}));
    next = c.take(10);
    REQUIRE(next);
    CHECK(opened_in(*next) == ids{"x"});
  }
  SUBCASE("asked again for one that is open") {
    settle(c, "w", 10);
    c.ledger.admit(view_of("v"), {"t"});
    REQUIRE(c.take(10));
    const auto failed = c.ledger.ended("bad_alloc");
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].view == "v");
    CHECK(c.ledger.place_of("v") == place::failed);
    CHECK(c.ledger.place_of("w") == place::opening);
  }
  SUBCASE("stepping") {
    c.change({put(11, "t", 1)});
    REQUIRE(c.take(11));
    const auto failed = c.ledger.ended("bad_alloc");
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].view == "v");
    CHECK_FALSE(c.take(11));
  }
}

TEST_CASE("a query is known by its text and parameters") {
  circuit c;
  c.ledger.admit(view_of("v", "SELECT * FROM t", {{"a", value{1}}}), {"t"});
  CHECK(c.ledger.known(*view_of("w", "SELECT * FROM t", {{"a", value{1}}})));
  CHECK_FALSE(c.ledger.known(*view_of("w", "SELECT * FROM t", {{"a", value{2}}})));
  CHECK_FALSE(c.ledger.known(*view_of("w", "SELECT * FROM u", {{"a", value{1}}})));
}

TEST_CASE("views are opened one at a time, clients taking turns") {
  circuit c;
  for (const char* id : {"a1", "a2", "a3"})
    c.ledger.admit(of_user(view_id{std::string{id}}, 1), {"t"});
  c.ledger.admit(of_user("b1", 2), {"t"});
  c.ledger.admit(view_of("s1"), {"t"});
  std::vector<view_id> order;
  while (const auto next = c.take(1)) {
    const auto opened = opened_in(*next);
    CHECK(opened.size() == 1);
    order.insert(order.end(), opened.begin(), opened.end());
    c.ledger.done(well_done(*next, {"t"}));
    // One who comes later does not wait for all that the first has asked.
    if (order.size() == 2) c.ledger.admit(of_user("c1", 3), {"t"});
  }
  CHECK(order == ids{"a1", "b1", "s1", "a2", "c1", "a3"});
}

TEST_CASE("who asks again as soon as he is answered does not keep others from their turns") {
  circuit c;
  for (const char* id : {"b1", "b2", "b3"}) c.ledger.admit(of_user(id, 2), {"t"});
  std::size_t asked = 0;
  std::vector<view_id> order;
  while (order.size() < 6) {
    c.ledger.admit(of_user("a" + std::to_string(++asked), 1), {"t"});
    const auto next = c.take(1);
    REQUIRE(next);
    order.push_back(opened_in(*next).front());
    c.ledger.done(well_done(*next, {"t"}));
  }
  CHECK(std::count_if(order.begin(), order.end(),
                      [](const view_id& id) { return id.raw().front() == 'b'; }) == 3);
}
