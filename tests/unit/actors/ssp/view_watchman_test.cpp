#include "actors/ssp/view_watchman.hpp"

#include "machines/ssp/edge_ledger.hpp"
#include "machines/ssp/view_answer.hpp"
#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/fake_database.hpp"
#include "tests/unit/machines/samples.hpp"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

/// A watchman over one view of `t`, with the test in place of everybody it asks.
struct watched : det {
  watched() {
    database.execute = [this](const intent& asked) -> result<answer> {
      const auto* select = std::get_if<answer_select>(&asked);
      if (select == nullptr) return not_carried_out(asked);
      selects.push_back(select->surql);
      return answer{answered};
    };
    database.connect();
    view_watchman_parts parts;
    parts.circuit = caf::actor_cast<circuit_actor>(spawn([this](caf::event_based_actor*) {
      return caf::behavior{
          [this](list_views_atom, std::size_t) { return std::vector<view_id>{"v"}; },
          [this](watched_view_atom, const view_id&) {
            return watched_view{
                registration, std::make_shared<views::view_snapshot>(shown), {"t"}, sees_all};
          },
          [this](mend_view_atom, const view_id&, bool reload) {
            mended.push_back(reload);
            return ack{};
          }};
    }));
    parts.edges = caf::actor_cast<edge_writer_actor>(spawn([this](caf::event_based_actor*) {
      return caf::behavior{
          [this](standing_view_atom, const view_id&) -> caf::result<standing_view> {
            if (writing) return to_caf(fail(errc::not_ready, "writing"));
            return standing;
          },
          [](read_tree_atom, const view_id&, const std::vector<std::string>&) {
            return tree_nodes{};
          },
          [this](remove_edges_atom, const view_id&, const array& keys) {
            removed.insert(removed.end(), keys.begin(), keys.end());
            return ack{};
          }};
    }));
    parts.scheduler = caf::actor_cast<scheduler_peer>(spawn([this](caf::event_based_actor*) {
      return caf::behavior{[this](flush_atom, const std::string& table) {
        flushed.push_back(table);
        if (at_flush) at_flush();
        return sequence_number{5};
      }};
    }));
    parts.database = database.handle;
    shown.seq = 5;
    shown.members = {member("t", 1), member("t", 2)};
    shown.result = value{array{record("t", 1), record("t", 2)}};
    answered = shown.result;
    stands();
    view_watchman_config config;
    config.pace = {.reads_per_second = 10, .share_percent = 100, .confirm_after = 1'000ms};
    watchman = spawn(view_watchman, parts, config);
    run();
  }

  /// The database has the view's edges as they should be.
  void stands() {
    const auto told = answer_of(*registration, shown);
    standing = {true, "ready", told.row_count, told.merkle_root, {}};
    for (const auto& m : shown.members)
      standing.edges[edge_id("v", m)] = {value{m.id}, m.version, "client", {}, {}};
  }
  drift_report report() { return *ask<drift_report>(watchman, drift_report_atom_v); }

  registration_ptr registration = view_of("v");
  views::view_snapshot shown;
  bool sees_all = true;
  value answered;
  standing_view standing;
  bool writing = false;
  std::function<void()> at_flush;
  std::vector<std::string> selects;
  std::vector<std::string> flushed;
  std::vector<bool> mended;
  array removed;
  fake_database database{*this};
  watchman_actor watchman;
};

}  // namespace

TEST_CASE("a view that is as the database answers is left alone") {
  watched world;
  world.advance(5s);
  CHECK(world.report().looks > 5);
  CHECK(world.selects.front() == "SELECT * FROM t");
  CHECK(world.report().totals.empty());
  CHECK(world.flushed.empty());
  CHECK(world.mended.empty());
}

TEST_CASE("another answer of the database makes the circuit load the tables again") {
  watched world;
  world.answered = value{array{record("t", 1)}};
  world.advance(4s);
  CHECK(world.report().totals.at({drift_kind::view, "t"}) == 1);
  CHECK(world.report().unseen.front().what.row == "t:2");
  CHECK(world.mended == std::vector<bool>{true});
  CHECK(world.removed.empty());
  CHECK(world.flushed.front() == "t");
}

TEST_CASE("what arrives before the second look is no drift") {
  watched world;
  world.answered = value{array{record("t", 1)}};
  world.at_flush = [&] {
    if (world.shown.members.size() == 1) return;
    world.shown.result = world.answered;
    world.shown.members.pop_back();
    world.stands();
  };
  world.advance(5s);
  CHECK_FALSE(world.flushed.empty());
  CHECK(world.report().totals.empty());
  CHECK(world.mended.empty());
}

TEST_CASE("while the log has not been applied as far as it was delivered, nothing is drift") {
  watched world;
  world.shown.seq = 4;
  world.answered = value{array{}};
  world.advance(5s);
  CHECK_FALSE(world.flushed.empty());
  CHECK(world.report().totals.empty());
}

TEST_CASE("of a view whose caller does not see all, the edges are compared only") {
  watched world;
  world.sees_all = false;
  world.answered = value{array{}};
  world.advance(4s);
  CHECK(world.selects.empty());
  CHECK(world.report().looks > 3);
  CHECK(world.report().totals.empty());
}

TEST_CASE("a forged edge is removed, and the view's edges are written anew") {
  watched world;
  SUBCASE("another version") { world.standing.edges.begin()->second.version = 9; }
  SUBCASE("nobody's") { world.standing.edges[value{"forged"}] = {}; }
  world.advance(4s);
  CHECK(world.removed.size() == 1);
  CHECK(world.mended == std::vector<bool>{false});
  CHECK(world.report().unseen.size() == 1);
}

TEST_CASE("while edges are being written nothing can be said of them") {
  watched world;
  world.writing = true;
  world.standing.edges.clear();
  world.advance(5s);
  CHECK(world.report().totals.empty());
}
