#include "actors/ssp/edge_writer.hpp"

#include "det.hpp"
#include "fake_database.hpp"
#include "samples.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
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

/// A writer and the tables it writes to, kept by the statements' parameters.
struct writing : det {
  writing() {
    database.answer = [this](const db_query& query) { return apply(query); };
    writer = spawn(edge_writer, database.handle, edge_writer_config{.format = {.ssp_id = "a"}});
    database.connect();
  }

  result<db_answer> apply(const db_query& query) {
    if (query.text.starts_with("SELECT id, version")) {
      array rows;
      for (const auto& [id, version] : edges)
        rows.emplace_back(object{{"id", id}, {"version", value{version}}});
      return one(value{std::move(rows)});
    }
    if (failure) return db_answer{*failure};
    if (query.text.find("DELETE $in") != std::string::npos) {
      edges.clear();
      states.clear();
    }
    if (const auto* put = query.vars.find("put"))
      for (const auto& edge : put->as_array()) edges[edge["id"]] = edge["version"].as_integer();
    if (const auto* drop = query.vars.find("drop"))
      for (const auto& id : drop->as_array()) edges.erase(id);
    if (const auto* rows = query.vars.find("rows"))
      for (const auto& row : rows->as_array())
        states.push_back(std::string{row["content"]["state"].as_string()});
    return one(value{});
  }

  reply<ack> reconcile(const std::string& id, std::vector<views::member> members) {
    return ask_later<ack>(writer, reconcile_atom_v, view_of(id), shows(std::move(members)));
  }
  std::size_t batches() const { return database.count("BEGIN"); }
  edge_status status() { return *ask<edge_status>(writer, status_atom_v); }

  fake_database database{*this};
  edge_writer_actor writer;
  std::map<value, std::int64_t> edges;
  std::vector<std::string> states;
  std::optional<db_statement> failure;
};

bool is_batch(const db_query& query) { return query.text.starts_with("BEGIN"); }

}  // namespace

TEST_CASE("a registration is answered when its edges and its record are written, not before") {
  writing world;
  world.database.holds = is_batch;
  const auto done = world.reconcile("v", {member("t", 1), member("t", 2)});
  CHECK_FALSE(done->has_value());
  CHECK(world.status().pending == 0);
  world.database.release();
  CHECK(code_of(done) == errc::none);
  CHECK(world.edges.size() == 2);
  CHECK(world.states == std::vector<std::string>{"ready"});
  CHECK(world.status().written == 2);
}

TEST_CASE("a registration of a view that keeps changing is answered all the same") {
  writing world;
  world.database.holds = is_batch;
  const auto done = world.reconcile("v", {member("t", 1)});
  world.send(world.writer, delta_atom_v, view_of("v"), delta_of({member("t", 2)}));
  world.database.release();
  CHECK(code_of(done) == errc::none);
}

TEST_CASE("a large view is written in several transactions and ready with the last") {
  writing world;
  std::vector<views::member> many;
  for (int i = 0; i < 250; ++i) many.push_back(member("t", i));
  CHECK(code_of(world.reconcile("v", many)) == errc::none);
  CHECK(world.states == std::vector<std::string>{"materializing", "materializing", "ready"});
  CHECK(world.edges.size() == 250);
}

TEST_CASE("a conflict is tried again until it passes") {
  writing world;
  world.failure = db_statement{false, {}, "transaction conflict", true};
  const auto done = world.reconcile("v", {member("t", 1)});
  world.advance(1s);
  CHECK_FALSE(done->has_value());
  CHECK(world.batches() >= 3);
  CHECK(world.status().last_error.find("conflict") != std::string::npos);
  world.failure.reset();
  world.advance(2s);
  CHECK(code_of(done) == errc::none);
  CHECK(world.edges.size() == 1);
}

TEST_CASE("while the database is away nothing is asked; when it is back the rest is written") {
  writing world;
  CHECK(code_of(world.reconcile("v", {member("t", 1)})) == errc::none);
  world.database.disconnect();
  const auto asked = world.batches();
  world.send(world.writer, delta_atom_v, view_of("v"),
             delta_of({member("t", 2)}, {member("t", 1)}));
  world.advance(20s, 100ms);
  CHECK(world.batches() == asked);
  world.database.connect();
  CHECK(world.edges.size() == 1);
  CHECK(world.edges.begin()->first ==
        value{record_id{"_spooky_list_ref", edge_id("v", member("t", 2))}});
}

TEST_CASE("a transaction cut by a lost connection is written again") {
  writing world;
  world.database.holds = is_batch;
  const auto done = world.reconcile("v", {member("t", 1)});
  world.database.disconnect();
  CHECK_FALSE(done->has_value());
  world.database.holds = nullptr;
  world.advance(1s);
  world.database.connect();
  world.advance(1s);
  CHECK(code_of(done) == errc::none);
  CHECK(world.edges.size() == 1);
}

TEST_CASE("I7: registered again while edges are in flight: what is stored is read after them") {
  writing world;
  world.database.holds = is_batch;
  const auto first = world.reconcile("v", {member("t", 1)});
  REQUIRE(world.database.held() == 1);
  // Record 1 has left the view; the transaction that adds its edge has not arrived yet.
  const auto second = world.reconcile("v", {member("t", 2)});
  world.database.holds = nullptr;
  world.database.release();
  world.advance(1s);
  CHECK(code_of(second) == errc::none);
  CHECK(code_of(first) == errc::none);
  REQUIRE(world.edges.size() == 1);
  CHECK(world.edges.begin()->first ==
        value{record_id{"_spooky_list_ref", edge_id("v", member("t", 2))}});
}

TEST_CASE("one view the database refuses does not hold up the others") {
  writing world;
  world.database.answer = [&](const db_query& query) -> result<db_answer> {
    if (const auto* rows = query.vars.find("rows"))
      for (const auto& row : rows->as_array())
        if (row["id"] == value{record_id{"_spooky_query", value{"bad"}}})
          return db_answer{{false, {}, "Field check failed", false}};
    return world.apply(query);
  };
  world.database.holds = [](const db_query& query) { return !is_batch(query); };
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
  world.database.holds = is_batch;
  const auto waiting = world.reconcile("v", {member("t", 1)});
  world.database.holds = nullptr;
  const auto removed = world.ask_later<ack>(world.writer, unregister_atom_v, view_claim{"v", {}});
  CHECK(code_of(waiting) == errc::not_found);
  world.database.release();
  world.advance(1s);
  CHECK(code_of(removed) == errc::none);
  CHECK(world.edges.empty());
  CHECK(world.states.empty());
}
