#include "actors/capture/table_watchman.hpp"

#include "tests/unit/actors/capture/capturing.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace std::chrono_literals;

namespace {

/// A captured table `t` with row 1, and a watchman over it.
struct watched : capturing {
  watched() {
    tables["t"] = {record("t", 1)};
    replica.rows[{"t", value{1}}] = record("t", 1);
    start();
    advance(2s);
    const auto comparing = spawn(
        [this](reconciler_actor::pointer) { return compare_with(*this, replica, stretches); });
    table_watchman_config config;
    config.pace = {.reads_per_second = 10, .share_percent = 100, .confirm_after = 1'000ms};
    watchman = spawn(table_watchman, table_watchman_parts{watch, comparing}, config);
  }

  drift_report report() { return *ask<drift_report>(watchman, drift_report_atom_v); }
  std::uint64_t total(drift_kind kind) {
    const auto totals = report().totals;
    const auto found = totals.find({kind, "t"});
    return found == totals.end() ? 0 : found->second;
  }
  std::ptrdiff_t rereads() const {
    const auto all = sources();
    return std::count(all.begin(), all.end(), "reread/t");
  }

  watchman_actor watchman;
};

}  // namespace

TEST_CASE("damage to the replica is found, read again by the table's source, and counted") {
  watched world;
  world.advance(3s);
  CHECK(world.report().totals.empty());
  CHECK(world.report().rounds > 0);
  auto& rows = world.replica.rows;
  SUBCASE("a row changed") {
    rows[{"t", value{1}}] = record("t", 1, {{"n", value{4}}});
    world.advance(4s);
    CHECK(world.total(drift_kind::row_changed) == 1);
  }
  SUBCASE("a row missing") {
    rows.clear();
    world.advance(4s);
    CHECK(world.total(drift_kind::row_missing) == 1);
  }
  SUBCASE("a row too many") {
    rows[{"t", value{2}}] = record("t", 2);
    world.advance(4s);
    CHECK(world.total(drift_kind::row_extra) == 1);
  }
  CHECK(world.rereads() == 1);
  CHECK(rows.size() == 1);
  CHECK(rows.at({"t", value{1}}) == record("t", 1));
  // Somebody looks.
  CHECK(world.ask<drift_report>(world.watchman, seen_drift_atom_v)->unseen.size() == 1);
  CHECK(world.report().unseen.empty());
  world.advance(4s);
  CHECK(world.rereads() == 1);
}

TEST_CASE("what the source has not delivered yet is no drift, however long that takes") {
  watched world;
  world.advance(2s);
  world.refusal = fail(errc::overloaded, "no");
  world.tables["t"].push_back(record("t", 2));
  world.commit(1, 2);
  world.advance(20s);
  CHECK(world.report().totals.empty());
  world.refusal.reset();
  world.advance(5s);
  CHECK(world.replica.rows.contains({"t", value{2}}));
  CHECK(world.report().totals.empty());
  CHECK(world.rereads() == 0);
}

TEST_CASE("without the database, and while a table is not captured as it should be, it waits") {
  watched world;
  world.advance(2s);
  const auto looks = world.report().looks;
  world.database.disconnect();
  world.replica.rows.clear();
  world.advance(5s);
  CHECK(world.report().looks <= looks + 1);
  CHECK(world.report().totals.empty());
}
