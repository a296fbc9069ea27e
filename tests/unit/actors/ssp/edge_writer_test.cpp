#include "actors/ssp/edge_writer.hpp"

#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/fake_database.hpp"
#include "tests/unit/machines/samples.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

snapshot_result_ptr shows(std::vector<views::member> members) {
  auto snapshot = std::make_shared<views::view_snapshot>();
  snapshot->members = std::move(members);
  snapshot->seq = 1;
  return snapshot;
}

view_delta_ptr delta_of(std::vector<views::member> added, std::vector<views::member> removed = {}) {
  auto delta = std::make_shared<views::view_delta>();
  delta->seq = 2;
  delta->added = std::move(added);
  delta->removed = std::move(removed);
  return delta;
}

using edges_of_view = std::map<value, std::uint64_t>;

/// What the database holds of a view.
struct stored_record {
  placement_epoch epoch = 0;
  write_count writes = 0;
  sequence_number seq = 0;
  edges_of_view edges;
};

registration_ptr placed(const view_id& id, placement_epoch epoch) {
  auto view = std::make_shared<view_registration>(*view_of(id));
  view->epoch = epoch;
  return view;
}

/// A writer and the database it writes to, which keeps the promises of ownership.hpp.
struct writing : det {
  writing() {
    database.execute = [this](const intent& asked) { return apply(asked); };
    writer = open();
    database.connect();
  }

  edge_writer_actor open() {
    return spawn(edge_writer, database.handle, edge_writer_config{.format = {.ssp_id = "a"}});
  }

  result<answer> apply(const intent& asked) {
    if (failure && !is<claim_views>(asked)) return *failure;
    return std::visit([this](const auto& one) -> result<answer> { return carry_out(one); }, asked);
  }

  template <class T>
  result<answer> carry_out(const T& asked) {
    return not_carried_out(asked);
  }

  answer carry_out(const read_owners& asked) {
    view_owners owners;
    for (const auto& id : asked.view_ids)
      if (const auto at = records.find(id); at != records.end())
        owners[id] = {at->second.epoch, at->second.writes};
    return owners;
  }

  /// Records of another SSP, by what was asked of.
  answer carry_out(const find_ended_views& asked) {
    ended_views found;
    for (const auto& id : asked.written)
      if (moved.contains(id)) found.moved.push_back(id);
    return found;
  }

  std::set<view_id> moved;

  answer carry_out(const claim_views& asked) {
    claimed_views all;
    for (const auto& one : asked.claims) all.push_back(carry_out(one));
    return all;
  }

  claimed_view carry_out(const claim_views::claim& asked) {
    auto& record = records[asked.view->id];
    const auto epoch = asked.view->epoch.value_or(record.epoch + 1);
    if (record.epoch > epoch) return claimed_view{true, {}};
    record.writes = record.epoch == epoch ? record.writes + 1 : write_count{1};
    record.epoch = epoch;
    claimed_view claimed{false, {record.epoch, record.writes, record.seq, {}}};
    for (const auto& [id, version] : record.edges) claimed.stored.edges[id] = {version, "client"};
    return claimed;
  }

  answer carry_out(const erase_view& asked) {
    const auto at = records.find(asked.view_id);
    if (at == records.end()) return guarded_write{};
    if (asked.epoch && at->second.epoch > *asked.epoch) return guarded_write{true};
    records.erase(at);
    return guarded_write{};
  }

  answer carry_out(const write_edges& asked) {
    const auto& batch = *asked.batch;
    for (const auto& row : batch.rows) {
      const auto at = records.find(row.registration->id);
      if (at == records.end() || at->second.epoch != row.epoch || at->second.writes >= row.writes)
        return guarded_write{true};
    }
    for (const auto& [view, operations] : batch.edges)
      for (const auto& [edge, op] : operations) {
        if (op.remove)
          records[view].edges.erase(edge);
        else
          records[view].edges[edge] = op.version;
      }
    for (const auto& row : batch.rows) {
      auto& record = records[row.registration->id];
      record.writes = row.writes;
      record.seq = row.seq;
      states.emplace_back(row.ready ? "ready" : "materializing");
    }
    return guarded_write{};
  }

  reply<ack> reconcile(const registration_ptr& view, std::vector<views::member> members) {
    return ask_later<ack>(writer, reconcile_view_atom_v, view, shows(std::move(members)));
  }
  reply<ack> reconcile(const view_id& id, std::vector<views::member> members) {
    return reconcile(view_of(id), std::move(members));
  }
  reply<ack> remove(const view_claim& view) {
    return ask_later<ack>(writer, unregister_view_atom_v, view);
  }
  void change(std::vector<views::member> added, std::vector<views::member> removed = {}) {
    send(writer, write_delta_atom_v, view_of("v"), delta_of(std::move(added), std::move(removed)));
  }
  edges_of_view& edges() { return records["v"].edges; }
  std::size_t batches() const { return database.count<write_edges>(); }
  edge_status status() { return *ask<edge_status>(writer, edge_status_atom_v); }

  fake_database database{*this};
  edge_writer_actor writer;
  std::map<view_id, stored_record> records;
  std::vector<std::string> states;
  std::optional<error> failure;
};

value edge_of(std::int64_t key) { return edge_id("v", member("t", key)); }

}  // namespace

TEST_CASE("a registration is answered when its edges and its record are written, not before") {
  writing world;
  world.database.holds = is<write_edges>;
  const auto done = world.reconcile("v", {member("t", 1), member("t", 2)});
  CHECK_FALSE(done->has_value());
  CHECK(world.status().pending == 0);
  world.database.release();
  CHECK(code_of(done) == errc::none);
  CHECK(world.edges().size() == 2);
  CHECK(world.states == std::vector<std::string>{"ready"});
  CHECK(world.status().written == 2);
}

TEST_CASE("a registration of a view that keeps changing is answered all the same") {
  writing world;
  world.database.holds = is<write_edges>;
  const auto done = world.reconcile("v", {member("t", 1)});
  world.send(world.writer, write_delta_atom_v, view_of("v"), delta_of({member("t", 2)}));
  world.database.release();
  CHECK(code_of(done) == errc::none);
}

TEST_CASE("a large view is written in several transactions and ready with the last") {
  writing world;
  std::vector<views::member> many;
  for (int i = 0; i < 250; ++i) many.push_back(member("t", i));
  CHECK(code_of(world.reconcile("v", many)) == errc::none);
  CHECK(world.states == std::vector<std::string>{"materializing", "materializing", "ready"});
  CHECK(world.edges().size() == 250);
}

TEST_CASE("a conflict is tried again until it passes") {
  writing world;
  world.failure = fail(errc::conflict, "transaction conflict");
  const auto done = world.reconcile("v", {member("t", 1)});
  world.advance(1s);
  CHECK_FALSE(done->has_value());
  CHECK(world.batches() >= 3);
  CHECK(world.status().last_error.find("conflict") != std::string::npos);
  world.failure.reset();
  world.advance(2s);
  CHECK(code_of(done) == errc::none);
  CHECK(world.edges().size() == 1);
}

TEST_CASE("while the database is away nothing is asked; when it is back the rest is written") {
  writing world;
  CHECK(code_of(world.reconcile("v", {member("t", 1)})) == errc::none);
  world.database.disconnect();
  const auto asked = world.batches();
  world.send(world.writer, write_delta_atom_v, view_of("v"),
             delta_of({member("t", 2)}, {member("t", 1)}));
  world.advance(20s, 100ms);
  CHECK(world.batches() == asked);
  world.database.connect();
  CHECK(world.edges().size() == 1);
  CHECK(world.edges().begin()->first == edge_of(2));
}

TEST_CASE("a transaction cut by a lost connection is written again") {
  writing world;
  world.database.holds = is<write_edges>;
  const auto done = world.reconcile("v", {member("t", 1)});
  world.database.disconnect();
  CHECK_FALSE(done->has_value());
  world.database.holds = nullptr;
  world.advance(1s);
  world.database.connect();
  world.advance(1s);
  CHECK(code_of(done) == errc::none);
  CHECK(world.edges().size() == 1);
}

TEST_CASE("I7: registered again while edges are in flight: what is stored is read after them") {
  writing world;
  world.database.holds = is<write_edges>;
  const auto first = world.reconcile("v", {member("t", 1)});
  REQUIRE(world.database.held() == 1);
  // Record 1 has left the view; the transaction that adds its edge has not arrived yet.
  const auto second = world.reconcile("v", {member("t", 2)});
  world.database.holds = nullptr;
  world.database.release();
  world.advance(1s);
  CHECK(code_of(second) == errc::none);
  CHECK(code_of(first) == errc::none);
  REQUIRE(world.edges().size() == 1);
  CHECK(world.edges().begin()->first == edge_of(2));
}

TEST_CASE("one view the database refuses does not hold up the others") {
  writing world;
  world.database.execute = [&](const intent& asked) -> result<answer> {
    if (const auto* written = std::get_if<write_edges>(&asked))
      for (const auto& row : written->batch->rows)
        if (row.registration->id == "bad")
          return fail(errc::evaluation_error, "Field check failed");
    return world.apply(asked);
  };
  world.database.holds = [](const intent& asked) { return !is<write_edges>(asked); };
  const auto bad = world.reconcile("bad", {member("t", 1)});
  const auto good = world.reconcile("good", {member("t", 1)});
  while (world.database.held() != 0) world.database.release();
  world.advance(2s);
  CHECK(code_of(good) == errc::none);
  CHECK_FALSE(bad->has_value());
  CHECK(world.status().last_error.find("Field check failed") != std::string::npos);
}

TEST_CASE("removing a view removes its edges and its record, and fails who waits for it") {
  writing world;
  world.database.holds = is<write_edges>;
  const auto waiting = world.reconcile("v", {member("t", 1)});
  world.database.holds = nullptr;
  const auto removed = world.remove({"v", {}});
  CHECK(code_of(waiting) == errc::not_found);
  world.database.release();
  world.advance(1s);
  CHECK(code_of(removed) == errc::none);
  CHECK(world.records.empty());
}

// -- ownership -----------------------------------------------------------------------------------

namespace {

/// A writer whose losses are told.
struct owning : writing {
  owning() {
    auto owner = spawn([this](ownership_listener::pointer) -> ownership_listener::behavior_type {
      return {[this](fenced_atom, const view_claim& view, bool deleted) {
        lost.push_back(view.id);
        were_deleted.push_back(deleted);
      }};
    });
    send(writer, follow_ownership_atom_v, owner);
  }

  /// Another SSP takes the view over and writes one edge.
  void taken_over(placement_epoch epoch) {
    auto& record = records["v"];
    record.epoch = epoch;
    record.writes = 2;
    record.edges = {{edge_of(7), 1}};
  }

  std::vector<view_id> lost;
  std::vector<bool> were_deleted;
};

}  // namespace

TEST_CASE("a zombie does not write a single edge, and forgets the view") {
  owning world;
  CHECK(code_of(world.reconcile(placed("v", 5), {member("t", 1)})) == errc::none);
  world.taken_over(6);
  SUBCASE("when it goes on with changes") { world.change({member("t", 2)}); }
  SUBCASE("when it writes its views again") {
    CHECK(code_of(world.reconcile(placed("v", 5), {member("t", 2)})) == errc::conflict);
  }
  SUBCASE("when it looks after its views, though nothing has changed") {
    world.moved = {"v"};
    const auto ended = world.ask<std::vector<view_id>>(world.writer, find_ended_atom_v);
    REQUIRE(ended.ok());
    CHECK(ended->empty());
  }
  SUBCASE("when a transaction it has begun arrives late") {
    world.records["v"] = {5, 2, 0, {{edge_of(1), 1}}};
    world.database.holds = is<write_edges>;
    world.change({member("t", 2)});
    REQUIRE(world.database.held() == 1);
    world.taken_over(6);
    world.database.holds = nullptr;
    world.database.release();
  }
  CHECK(world.edges() == edges_of_view{{edge_of(7), 1}});
  CHECK(world.lost == std::vector<view_id>{"v"});
  CHECK(world.were_deleted == std::vector<bool>{false});
  CHECK(world.status().pending == 0);
  const auto asked = world.database.asked.size();
  world.change({member("t", 3)});
  world.advance(10s, 100ms);
  CHECK(world.database.asked.size() == asked);
}

TEST_CASE("views that are still ours are written though they shared a transaction") {
  owning world;
  world.database.holds = is<claim_views>;
  const auto lost = world.reconcile(placed("v", 5), {member("t", 1)});
  const auto kept = world.reconcile(placed("w", 5), {member("t", 1)});
  world.database.holds = is<write_edges>;
  while (world.database.held() != 0 && world.batches() == 0) world.database.release();
  world.taken_over(6);
  world.database.holds = nullptr;
  while (world.database.held() != 0) world.database.release();
  world.advance(1s);
  CHECK(code_of(kept) == errc::none);
  CHECK(code_of(lost) == errc::conflict);
  CHECK(world.records["w"].edges.size() == 1);
  CHECK(world.edges() == edges_of_view{{edge_of(7), 1}});
}

TEST_CASE("a view whose record was deleted is not brought back by its next change") {
  owning world;
  CHECK(code_of(world.reconcile("v", {member("t", 1)})) == errc::none);
  world.records.clear();
  world.change({member("t", 2)});
  CHECK(world.records.empty());
  CHECK(world.were_deleted == std::vector<bool>{true});
}

TEST_CASE("a transaction that was given up and commits later undoes nothing") {
  owning world;
  CHECK(code_of(world.reconcile(placed("v", 5), {member("t", 1)})) == errc::none);
  world.database.holds = is<write_edges>;
  world.change({member("t", 2)});
  REQUIRE(world.database.held() == 1);
  const auto late = std::get<write_edges>(world.database.asked.back());
  const auto fenced = [&] { return std::get<guarded_write>(world.carry_out(late)).fenced; };
  world.database.refuse(errc::timeout);
  world.database.holds = nullptr;
  SUBCASE("after a newer transaction") {
    world.change({}, {member("t", 2)});
    world.advance(1s);
    CHECK(fenced());
  }
  SUBCASE("after the view was registered again") {
    CHECK(code_of(world.reconcile(placed("v", 5), {member("t", 1)})) == errc::none);
    CHECK(fenced());
  }
  SUBCASE("or before it is tried again") {
    CHECK_FALSE(fenced());
    world.change({}, {member("t", 2)});
    world.advance(1s);
  }
  CHECK(world.edges() == edges_of_view{{edge_of(1), 1}});
  CHECK(world.lost.empty());
}

TEST_CASE("the end of a view is fenced like everything else") {
  owning world;
  CHECK(code_of(world.reconcile(placed("v", 5), {member("t", 1)})) == errc::none);
  world.taken_over(6);
  CHECK(code_of(world.remove({"v", 5})) == errc::conflict);
  CHECK(world.edges() == edges_of_view{{edge_of(7), 1}});
  SUBCASE("a newer epoch may end it without having held it") {
    CHECK(code_of(world.remove({"v", 9})) == errc::none);
    CHECK(world.records.empty());
  }
}

TEST_CASE("an end that fails is tried again, and not for ever") {
  writing world;
  CHECK(code_of(world.reconcile("v", {member("t", 1)})) == errc::none);
  world.failure = fail(errc::conflict, "conflict");
  const auto removed = world.remove({"v", {}});
  world.advance(1s);
  CHECK_FALSE(removed->has_value());
  SUBCASE("until it passes") {
    world.failure.reset();
    world.advance(2s);
    CHECK(code_of(removed) == errc::none);
    CHECK(world.records.empty());
  }
  SUBCASE("until who asked is told") {
    world.advance(60s, 100ms);
    CHECK(code_of(removed) == errc::conflict);
    CHECK(world.edges().size() == 1);
  }
  SUBCASE("until the view is registered again") {
    world.failure.reset();
    CHECK(code_of(world.reconcile("v", {member("t", 2)})) == errc::none);
    CHECK(code_of(removed) == errc::none);
    world.advance(60s, 100ms);
    CHECK(world.edges() == edges_of_view{{edge_of(2), 1}});
  }
}

TEST_CASE("I7: edges of a former owner that was further on stand until we have got there") {
  writing world;
  world.records["v"] = {4, 9, 5, {{edge_of(1), 1}}};
  const auto done = world.reconcile(placed("v", 5), {});
  world.advance(1s);
  CHECK_FALSE(done->has_value());
  CHECK(world.edges().size() == 1);
  auto position = std::make_shared<views::view_delta>();
  SUBCASE("and stay if the change that made them comes here too") {
    position->seq = 5;
    position->added = {member("t", 1)};
  }
  SUBCASE("and go if it does not") { position->seq = 6; }
  const bool stay = !position->added.empty();
  world.send(world.writer, write_delta_atom_v, view_of("v"), view_delta_ptr{position});
  CHECK(code_of(done) == errc::none);
  CHECK(world.edges().size() == (stay ? 1 : 0));
}
