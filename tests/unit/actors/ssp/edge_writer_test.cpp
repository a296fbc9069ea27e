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

using edges_of_view = std::map<value, std::int64_t>;

/// What the database holds of a view.
struct stored_record {
  std::int64_t epoch = 0;
  std::int64_t writes = 0;
  std::int64_t seq = 0;
  edges_of_view edges;
};

db_answer refused(const char* why) { return {db_statement{false, {}, why, false}}; }
db_answer fenced() { return refused("An error occurred: FENCED"); }

bool is_claim(const db_query& query) { return query.text.find("LET $was") != std::string::npos; }
bool is_batch(const db_query& query) { return query.vars.find("rows") != nullptr; }
bool is_sweep(const db_query& query) { return query.vars.find("written") != nullptr; }
bool is_end(const db_query& query) { return query.text.find("DELETE $in") != std::string::npos; }

registration_ptr placed(const view_id& id, placement_epoch epoch) {
  auto view = std::make_shared<view_registration>(*view_of(id));
  view->epoch = epoch;
  return view;
}

/// A writer and the database it writes to, which keeps the promises of view_ownership.
struct writing : det {
  writing() {
    database.answer = [this](const db_query& query) { return apply(query); };
    writer = open();
    database.connect();
  }

  edge_writer_actor open() {
    return spawn(edge_writer, database.handle, edge_writer_config{.format = {.ssp_id = "a"}});
  }

  result<db_answer> apply(const db_query& query) {
    if (failure && !is_claim(query)) return db_answer{*failure};
    if (is_claim(query)) return claim(query);
    if (is_end(query)) return end(query);
    if (is_batch(query)) return batch(query);
    if (is_sweep(query)) return sweep(query);
    array owners;
    for (const auto& id : query.vars.find("queries")->as_array())
      if (const auto at = records.find(key_of(id)); at != records.end())
        owners.emplace_back(object{
            {"id", id}, {"epoch", value{at->second.epoch}}, {"writes", value{at->second.writes}}});
    return one(value{std::move(owners)});
  }

  static std::string key_of(const value& id) { return std::string{id.as_record().key.as_string()}; }

  /// Records of another SSP, by what was asked of.
  db_answer sweep(const db_query& query) {
    array others;
    for (const auto& id : query.vars.find("written")->as_array())
      if (moved.contains(key_of(id))) others.push_back(id);
    db_answer answer(3, db_statement{});
    answer[2].result = value{std::move(others)};
    return answer;
  }

  std::set<std::string> moved;

  db_answer claim(const db_query& query) {
    auto& record = records[key_of(*query.vars.find("query"))];
    const auto& given = *query.vars.find("given");
    const auto epoch = given.is_none() ? record.epoch + 1 : given.as_integer();
    if (record.epoch > epoch) return fenced();
    record.writes = record.epoch == epoch ? record.writes + 1 : 1;
    record.epoch = epoch;
    array rows;
    for (const auto& [id, version] : record.edges)
      rows.emplace_back(
          object{{"id", id}, {"version", value{version}}, {"clientId", value{"client"}}});
    db_answer answer(10, db_statement{});
    answer[7].result = value{std::move(rows)};
    answer[8].result = value{object{{"epoch", value{record.epoch}},
                                    {"writes", value{record.writes}},
                                    {"seq", value{record.seq}}}};
    return answer;
  }

  db_answer end(const db_query& query) {
    const auto at = records.find(key_of(*query.vars.find("in")));
    const auto& epoch = *query.vars.find("epoch");
    if (at == records.end()) return one(value{});
    if (!epoch.is_none() && at->second.epoch > epoch.as_integer()) return fenced();
    records.erase(at);
    return one(value{});
  }

  db_answer batch(const db_query& query) {
    for (const auto& row : query.vars.find("rows")->as_array()) {
      const auto at = records.find(key_of(row["query"]));
      if (at == records.end() || at->second.epoch != row["epoch"].as_integer() ||
          at->second.writes >= row["writes"].as_integer())
        return fenced();
    }
    for (const auto& edge : query.vars.find("put")->as_array())
      records[key_of(edge["in"])].edges[edge["id"]] = edge["version"].as_integer();
    for (const auto& id : query.vars.find("drop")->as_array())
      for (auto& [view, record] : records) record.edges.erase(id);
    for (const auto& row : query.vars.find("rows")->as_array()) {
      auto& record = records[key_of(row["query"])];
      record.writes = row["writes"].as_integer();
      record.seq = row["content"]["seq"].as_integer();
      states.push_back(std::string{row["content"]["state"].as_string()});
    }
    return one(value{});
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
  std::size_t batches() const {
    return static_cast<std::size_t>(
        std::count_if(database.asked.begin(), database.asked.end(), is_batch));
  }
  edge_status status() { return *ask<edge_status>(writer, edge_status_atom_v); }

  fake_database database{*this};
  edge_writer_actor writer;
  std::map<std::string, stored_record> records;
  std::vector<std::string> states;
  std::optional<db_statement> failure;
};

value edge_of(std::int64_t key) {
  return value{record_id{"_spooky_list_ref", edge_id("v", member("t", key))}};
}

}  // namespace

TEST_CASE("a registration is answered when its edges and its record are written, not before") {
  writing world;
  world.database.holds = is_batch;
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
  world.database.holds = is_batch;
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
  world.failure = db_statement{false, {}, "transaction conflict", true};
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
  CHECK(world.edges().begin()->first ==
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
  CHECK(world.edges().size() == 1);
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
  REQUIRE(world.edges().size() == 1);
  CHECK(world.edges().begin()->first ==
        value{record_id{"_spooky_list_ref", edge_id("v", member("t", 2))}});
}

TEST_CASE("one view the database refuses does not hold up the others") {
  writing world;
  world.database.answer = [&](const db_query& query) -> result<db_answer> {
    if (const auto* rows = query.vars.find("rows"))
      for (const auto& row : rows->as_array())
        if (row["query"] == value{record_id{"_spooky_query", value{"bad"}}})
          return refused("Field check failed");
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
  void taken_over(std::int64_t epoch) {
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
    world.database.holds = is_batch;
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
  world.database.holds = [](const db_query& query) { return is_claim(query); };
  const auto lost = world.reconcile(placed("v", 5), {member("t", 1)});
  const auto kept = world.reconcile(placed("w", 5), {member("t", 1)});
  world.database.holds = is_batch;
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
  world.database.holds = is_batch;
  world.change({member("t", 2)});
  REQUIRE(world.database.held() == 1);
  const auto late = world.database.asked.back();
  world.database.refuse(errc::timeout);
  world.database.holds = nullptr;
  SUBCASE("after a newer transaction") {
    world.change({}, {member("t", 2)});
    world.advance(1s);
    CHECK(is_fenced(world.batch(late)));
  }
  SUBCASE("after the view was registered again") {
    CHECK(code_of(world.reconcile(placed("v", 5), {member("t", 1)})) == errc::none);
    CHECK(is_fenced(world.batch(late)));
  }
  SUBCASE("or before it is tried again") {
    CHECK_FALSE(is_fenced(world.batch(late)));
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
  world.failure = db_statement{false, {}, "conflict", true};
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
