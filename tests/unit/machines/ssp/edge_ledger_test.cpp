#include "machines/ssp/edge_ledger.hpp"

#include "tests/unit/machines/samples.hpp"
#include "views/hashes/snapshot_root.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;

namespace {

const timestamp start{};
constexpr std::chrono::seconds later{10};

views::view_snapshot shows(std::vector<views::member> members, sequence_number seq = 1) {
  views::view_snapshot snapshot;
  snapshot.seq = seq;
  snapshot.members = std::move(members);
  return snapshot;
}

/// What a claim found.
stored_view claimed(const stored_edges& edges = {}, sequence_number seq = 0) {
  return {1, 1, seq, edges};
}

stored_edge stored(std::uint64_t version, std::string client = "client") {
  return {version, std::move(client)};
}

/// Begins a view of which nothing is stored yet.
registration_ptr begin_fresh(edge_ledger& ledger, const view_id& id,
                             std::vector<views::member> members) {
  auto view = view_of(id);
  ledger.begin(view, shows(std::move(members)));
  ledger.compare(id, claimed(), start);
  return view;
}

views::view_delta adds(std::vector<views::member> members, sequence_number seq = 2) {
  views::view_delta delta;
  delta.seq = seq;
  delta.added = std::move(members);
  return delta;
}

std::vector<view_id> views_in(const edge_ledger::batch& batch) {
  std::vector<view_id> ids;
  for (const auto& [id, ops] : batch.edges) ids.push_back(id);
  return ids;
}

using names = std::vector<view_id>;

}  // namespace

TEST_CASE("an edge's id depends on view, path, parent and record, and on nothing else") {
  const auto plain = member("t", 1, 1);
  const auto newer = member("t", 1, 9);
  CHECK(edge_id("v", plain) == edge_id("v", newer));
  CHECK(edge_id("v", plain) != edge_id("w", plain));
  CHECK(edge_id("v", plain) != edge_id("v", member("t", 2)));
  auto related = plain;
  related.parent = record_id{"post", value{1}};
  related.path = related.alias = "author";
  CHECK(edge_id("v", related) != edge_id("v", plain));
}

TEST_CASE("a related row belongs to the edge of the row around it, however deep") {
  enclosing_rows rows;
  auto author = member("person", 1);
  author.parent = record_id{"post", value{1}};
  author.path = author.alias = "author";
  auto city = member("city", 1);
  city.parent = author.id;
  city.path = "author.city";
  rows.add("v", author);
  rows.add("v", city);
  CHECK(rows.parent_of("v", member("post", 1)).is_none());
  CHECK(rows.parent_of("v", author) == edge_id("v", member("post", 1)));
  CHECK(rows.parent_of("v", city) == edge_id("v", author));
}

TEST_CASE("nothing of a view is taken before what is stored is known") {
  edge_ledger ledger;
  ledger.begin(view_of("v"), shows({member("t", 1)}));
  CHECK(ledger.take(100, start).rows.empty());
  CHECK(ledger.pending() == 1);
}

TEST_CASE("only the difference to what is stored is written") {
  edge_ledger ledger;
  const auto same = member("t", 1, 5);
  const auto newer = member("t", 2, 6);
  ledger.begin(view_of("v"), shows({same, newer, member("t", 3)}));
  ledger.compare("v",
                 claimed({{edge_id("v", same), stored(5)},
                          {edge_id("v", newer), stored(2)},
                          {value{"stranger"}, stored(1)}}),
                 start);
  const auto batch = ledger.take(100, start);
  REQUIRE(batch.edges.size() == 1);
  std::map<value, bool> removals;
  for (const auto& [id, op] : batch.edges[0].second) removals[id] = op.remove;
  CHECK(removals == std::map<value, bool>{{edge_id("v", newer), false},
                                          {edge_id("v", member("t", 3)), false},
                                          {value{"stranger"}, true}});
  CHECK(batch.rows[0].row_count == 3);
  CHECK(batch.rows[0].ready);
  CHECK(ledger.pending() == 0);
}

TEST_CASE("an edge of another client is written again, though its version is the same") {
  edge_ledger ledger;
  ledger.begin(view_of("v"), shows({member("t", 1, 5), member("t", 2, 5)}));
  ledger.compare("v",
                 claimed({{edge_id("v", member("t", 1)), stored(5, "another")},
                          {edge_id("v", member("t", 2)), stored(5)}}),
                 start);
  const auto batch = ledger.take(100, start);
  REQUIRE(batch.size() == 1);
  CHECK(batch.edges[0].second[0].first == edge_id("v", member("t", 1)));
}

TEST_CASE("each transaction of a view has its epoch and a number above all before it") {
  edge_ledger ledger;
  begin_fresh(ledger, "v", {member("t", 1)});
  const auto first = ledger.take(100, start);
  CHECK(first.rows[0].epoch == 1);
  CHECK(first.rows[0].writes == 2);
  ledger.failed(first, start);
  const auto again = ledger.take(100, start);
  CHECK(again.rows[0].writes == 3);
  ledger.outrun("v", 9);
  ledger.failed(again, start);
  CHECK(ledger.take(100, start).rows[0].writes == 10);
}

TEST_CASE("I7: edges of a former owner that was further on are not taken back") {
  edge_ledger ledger;
  const auto newest = member("t", 1, 9);
  ledger.begin(view_of("v"), shows({}, 8));
  CHECK(ledger.compare("v", claimed({{edge_id("v", newest), stored(9)}}, 9), start + later));
  CHECK(ledger.take(100, start).rows.empty());
  views::view_delta delta;
  SUBCASE("the change that made the edge comes here too") {
    delta.seq = 9;
    delta.added = {newest};
    ledger.merge("v", delta);
    const auto batch = ledger.take(100, start);
    REQUIRE(batch.size() == 1);
    CHECK_FALSE(batch.edges[0].second[0].second.remove);
  }
  SUBCASE("the position goes past it without such a change") {
    delta.seq = 10;
    ledger.merge("v", delta);
    const auto batch = ledger.take(100, start);
    REQUIRE(batch.size() == 1);
    CHECK(batch.edges[0].second[0].second.remove);
    CHECK(batch.rows[0].seq == 10);
  }
  SUBCASE("but not for ever") { CHECK(ledger.take(100, start + later).size() == 1); }
}

TEST_CASE("the root is that of the whole result, however it came about") {
  edge_ledger ledger;
  auto one = member("t", 1, 5);
  one.row = value{object{{"n", value{1}}}};
  auto two = member("t", 2, 6);
  two.row = value{object{{"n", value{2}}}};
  auto child = member("u", 1, 7);
  child.parent = two.id;
  child.path = child.alias = "children";
  child.row = value{object{{"n", value{3}}}};
  begin_fresh(ledger, "v", {one});
  views::view_delta delta;
  delta.seq = 2;
  delta.added = {two, child};
  ledger.merge("v", delta);
  CHECK(ledger.take(100, start).rows[0].merkle_root ==
        views::to_hex(views::merkle_root(shows({one, two, child}))));
  auto changed = two;
  changed.version = 8;
  delta = {};
  delta.removed = {one};
  delta.updated = {changed};
  ledger.merge("v", delta);
  edge_ledger other;
  begin_fresh(other, "v", {child, changed});
  const auto root = other.take(100, start).rows[0].merkle_root;
  CHECK(root == views::to_hex(views::merkle_root(shows({changed, child}))));
}

TEST_CASE("a view whose query fails says so") {
  edge_ledger ledger;
  begin_fresh(ledger, "v", {member("t", 1)});
  ledger.written(ledger.take(100, start));
  views::view_delta delta;
  delta.failed = fail(errc::evaluation_error, "cannot add a string");
  ledger.merge("v", delta);
  const auto failing = ledger.take(100, start);
  CHECK(failing.rows[0].failure == "cannot add a string");
  ledger.written(failing);
  delta = {};
  delta.healed = true;
  ledger.merge("v", delta);
  CHECK(ledger.take(100, start).rows[0].failure.empty());
}

TEST_CASE("a change that comes while the stored edges are read counts") {
  edge_ledger ledger;
  const auto gone = member("t", 1);
  ledger.begin(view_of("v"), shows({gone}));
  views::view_delta delta;
  delta.seq = 7;
  delta.removed = {gone};
  ledger.merge("v", delta);
  ledger.compare("v", claimed({{edge_id("v", gone), stored(1)}}), start);
  const auto batch = ledger.take(100, start);
  REQUIRE(batch.size() == 1);
  CHECK(batch.edges[0].second[0].second.remove);
  CHECK(batch.rows[0].row_count == 0);
  CHECK(batch.rows[0].seq == 7);
}

TEST_CASE("a view without edges still gets its row, once") {
  edge_ledger ledger;
  auto quiet = std::make_shared<view_registration>(*view_of("v"));
  quiet->edges = false;
  ledger.begin(quiet, shows({member("t", 1), member("t", 2)}));
  ledger.compare("v", claimed(), start);
  const auto batch = ledger.take(100, start);
  REQUIRE(batch.rows.size() == 1);
  CHECK(batch.size() == 0);
  CHECK(batch.rows[0].row_count == 2);
  CHECK(batch.rows[0].ready);
  CHECK(ledger.written(batch) == names{"v"});
  CHECK(ledger.take(100, start).rows.empty());
}

TEST_CASE("a view larger than a batch is ready only in the batch that completes it") {
  edge_ledger ledger;
  begin_fresh(ledger, "v", {member("t", 1), member("t", 2), member("t", 3)});
  const auto first = ledger.take(2, start);
  CHECK(first.size() == 2);
  CHECK_FALSE(first.rows[0].ready);
  CHECK(ledger.take(2, start).rows.empty());
  CHECK(ledger.written(first).empty());
  const auto second = ledger.take(2, start);
  CHECK(second.size() == 1);
  CHECK(second.rows[0].ready);
  CHECK(ledger.written(second) == names{"v"});
}

TEST_CASE("a view that keeps changing is ready as soon as its first result is written") {
  edge_ledger ledger;
  begin_fresh(ledger, "v", {member("t", 1)});
  const auto batch = ledger.take(100, start);
  ledger.merge("v", adds({member("t", 2)}));
  CHECK(ledger.written(batch) == names{"v"});
  CHECK(ledger.take(100, start).size() == 1);
}

TEST_CASE("only the newest operation of an edge waits") {
  edge_ledger ledger;
  begin_fresh(ledger, "v", {});
  for (std::uint64_t version = 1; version <= 50; ++version) {
    views::view_delta delta;
    delta.updated = {member("t", 1, version)};
    ledger.merge("v", delta);
  }
  CHECK(ledger.pending() == 1);
  CHECK(ledger.take(100, start).edges[0].second[0].second.version == 50);
}

TEST_CASE("what failed comes back when it is due, behind newer operations") {
  edge_ledger ledger;
  begin_fresh(ledger, "v", {member("t", 1, 1), member("t", 2, 1)});
  const auto lost = ledger.take(100, start);
  views::view_delta delta;
  delta.updated = {member("t", 1, 2)};
  ledger.merge("v", delta);
  ledger.failed(lost, start + later);
  CHECK(ledger.pending() == 2);
  CHECK(ledger.take(100, start).rows.empty());
  const auto again = ledger.take(100, start + later);
  std::map<value, std::uint64_t> versions;
  for (const auto& [id, op] : again.edges[0].second) versions[id] = op.version;
  CHECK(versions == std::map<value, std::uint64_t>{{edge_id("v", member("t", 1)), 2},
                                                   {edge_id("v", member("t", 2)), 1}});
}

TEST_CASE("a batch of an earlier registration neither completes nor refills a later one") {
  edge_ledger ledger;
  begin_fresh(ledger, "v", {member("t", 1)});
  const auto old = ledger.take(100, start);
  ledger.begin(view_of("v"), shows({member("t", 2)}));
  SUBCASE("written") { CHECK(ledger.written(old).empty()); }
  SUBCASE("failed") { ledger.failed(old, start); }
  ledger.compare("v", claimed(), start);
  const auto fresh = ledger.take(100, start);
  REQUIRE(fresh.size() == 1);
  CHECK(fresh.edges[0].second[0].first == edge_id("v", member("t", 2)));
}

TEST_CASE("a forgotten view leaves nothing to write") {
  edge_ledger ledger;
  begin_fresh(ledger, "v", {member("t", 1), member("t", 2)});
  const auto lost = ledger.take(1, start);
  ledger.forget("v");
  ledger.failed(lost, start);
  CHECK(ledger.pending() == 0);
  CHECK(ledger.take(100, start + later).rows.empty());
}

TEST_CASE("batches go round the views, so that a large one does not hold up the others") {
  edge_ledger ledger;
  std::vector<views::member> many;
  for (int i = 0; i < 10; ++i) many.push_back(member("t", i));
  begin_fresh(ledger, "a", many);
  begin_fresh(ledger, "b", {member("t", 1)});
  const auto first = ledger.take(4, start);
  CHECK(views_in(first) == names{"a"});
  ledger.written(first);
  const auto second = ledger.take(4, start);
  CHECK(views_in(second) == names{"b", "a"});
}

TEST_CASE("views that the database refused are written one by one") {
  edge_ledger ledger;
  begin_fresh(ledger, "a", {member("t", 1)});
  begin_fresh(ledger, "b", {member("t", 1)});
  begin_fresh(ledger, "c", {member("t", 1)});
  const auto refused = ledger.take(100, start);
  CHECK(views_in(refused) == names{"a", "b", "c"});
  ledger.isolate(refused);
  ledger.failed(refused, start);
  std::set<view_id> written;
  for (int i = 0; i < 3; ++i) {
    const auto one = ledger.take(100, start);
    REQUIRE(one.rows.size() == 1);
    written.insert(one.edges[0].first);
    ledger.written(one);
  }
  CHECK(written.size() == 3);
  SUBCASE("and together again once they were taken") {
    for (const auto& id : names{"a", "b", "c"}) ledger.merge(id, adds({member("t", 2)}));
    CHECK(ledger.take(100, start).rows.size() == 3);
  }
}

TEST_CASE("a busy neighbour does not starve a view that is written alone") {
  edge_ledger ledger;
  begin_fresh(ledger, "a", {member("t", 1)});
  ledger.written(ledger.take(100, start));
  begin_fresh(ledger, "z", {member("t", 1)});
  const auto refused = ledger.take(100, start);
  ledger.isolate(refused);
  ledger.failed(refused, start);
  bool served = false;
  for (std::int64_t i = 2; i < 6 && !served; ++i) {
    ledger.merge("a", adds({member("t", i)}));
    const auto batch = ledger.take(100, start);
    served = views_in(batch) == names{"z"};
    ledger.written(batch);
  }
  CHECK(served);
}

// -- convergence (I7) -----------------------------------------------------------------------------

namespace {

/// What the edge table holds, and what the views show, side by side.
class edge_world {
 public:
  explicit edge_world(std::uint32_t seed) : random_(seed) {}

  void step() {
    const view_id id{"v" + std::to_string(below(3))};
    switch (below(8)) {
      case 0:
        return enroll(id);
      case 1:
        return below(4) == 0 ? drop(id) : change_some(id);
      case 2:
      case 3:
        return change_some(id);
      case 4:
        return compare_all();
      case 5:
        return take();
      default:
        return finish(below(3));
    }
  }

  /// Everything goes well from now on.
  void drain() {
    finish(0);
    compare_all();
    for (int i = 0; i < 1'000 && (ledger_.pending() != 0 || i < 10); ++i) {
      now_ += later;
      take();
      finish(0);
    }
  }

  void check() {
    CHECK(ledger_.pending() == 0);
    for (const auto& [id, members] : shown_) {
      stored_edges wanted;
      for (const auto& [key, version] : members)
        wanted[edge_id(id, member("t", key))] = stored(version);
      CHECK(database_[id] == wanted);
      CHECK(rows_[id] == members.size());
    }
  }

 private:
  std::int64_t below(std::uint32_t n) { return static_cast<std::int64_t>(random_() % n); }

  void enroll(const view_id& id) {
    auto& members = shown_[id];
    std::vector<views::member> list;
    for (const auto& [key, version] : members) list.push_back(member("t", key, version));
    ledger_.begin(view_of(id), shows(list));
    unread_.insert(id);
  }

  void drop(const view_id& id) {
    if (being_written(id)) return;
    ledger_.forget(id);
    shown_.erase(id);
    database_.erase(id);
    writes_.erase(id);
    unread_.erase(id);
  }

  void change_some(const view_id& id) {
    if (!shown_.contains(id)) return enroll(id);
    auto& members = shown_[id];
    views::view_delta delta;
    for (std::int64_t key = 0; key < 6; ++key) {
      if (below(3) != 0) continue;
      const auto known = members.find(key);
      if (known == members.end()) {
        members[key] = ++version_;
        delta.added.push_back(member("t", key, version_));
      } else if (below(2) == 0) {
        known->second = ++version_;
        delta.updated.push_back(member("t", key, version_));
      } else {
        members.erase(known);
        delta.removed.push_back(member("t", key, version_));
      }
    }
    ledger_.merge(id, delta);
  }

  /// As the edge writer does: not while a transaction with edges of the view is in flight.
  void compare_all() {
    for (auto it = unread_.begin(); it != unread_.end();) {
      if (being_written(*it)) {
        ++it;
        continue;
      }
      auto& writes = writes_[*it];
      ledger_.compare(*it, {1, ++writes, 0, database_[*it]}, now_);
      it = unread_.erase(it);
    }
  }

  bool being_written(const view_id& id) const {
    const auto ids = views_in(flight_);
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  }

  void take() {
    if (flight_.rows.empty()) flight_ = ledger_.take(static_cast<std::size_t>(1 + below(8)), now_);
  }

  /// 0: written. 1: refused. 2: written, but the answer was lost.
  void finish(std::int64_t outcome) {
    if (flight_.rows.empty()) return;
    if (outcome != 1) apply();
    if (outcome == 0) {
      ledger_.written(flight_);
    } else {
      if (below(2) == 0) ledger_.isolate(flight_);
      now_ += std::chrono::seconds{below(20)};
      ledger_.failed(flight_, now_ + later);
    }
    flight_ = {};
  }

  void apply() {
    for (std::size_t i = 0; i < flight_.rows.size(); ++i) {
      const auto& [id, ops] = flight_.edges[i];
      rows_[id] = flight_.rows[i].row_count;
      CHECK(flight_.rows[i].writes > writes_[id]);
      writes_[id] = flight_.rows[i].writes;
      for (const auto& [edge, op] : ops) {
        if (op.remove)
          database_[id].erase(edge);
        else
          database_[id][edge] = stored(op.version);
      }
    }
  }

  std::mt19937 random_;
  edge_ledger ledger_;
  edge_ledger::batch flight_;
  timestamp now_{};
  std::uint64_t version_ = 0;
  std::map<view_id, std::map<std::int64_t, std::uint64_t>> shown_;
  std::map<view_id, stored_edges> database_;
  std::map<view_id, std::size_t> rows_;
  std::map<view_id, write_count> writes_;
  std::set<view_id> unread_;
};

}  // namespace

TEST_CASE("I7: property: the database converges to the views whatever fails") {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    edge_world world{seed};
    for (int i = 0; i < 150; ++i) world.step();
    world.drain();
    world.check();
  }
}

TEST_CASE("nodes of a view's tree are found by their paths, and show its newest rows") {
  edge_ledger ledger;
  std::vector<views::member> rows;
  for (int i = 0; i < 40; ++i) rows.push_back(member("t", i));
  begin_fresh(ledger, "v", rows);
  const auto root = ledger.nodes("v", {"", "zz"});
  REQUIRE(root);
  REQUIRE(root->nodes.size() == 1);
  CHECK(root->seq == 1);
  CHECK(root->nodes[0].hash == root->root);
  CHECK(root->nodes[0].count == 40);
  REQUIRE(root->nodes[0].children.size() == 16);
  const auto below = ledger.nodes("v", {"0", "f"});
  REQUIRE(below->nodes.size() == 2);
  CHECK(below->nodes[1].hash == root->nodes[0].children[15]);
  CHECK(below->nodes[0].leaves.size() == below->nodes[0].count);
  ledger.merge("v", adds({member("t", 40)}));
  CHECK(ledger.nodes("v", {})->root != root->root);
  CHECK(ledger.nodes("v", {})->seq == 2);
  CHECK_FALSE(ledger.nodes("w", {""}));
}
