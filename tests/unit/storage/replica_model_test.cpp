#include "tests/unit/storage/random_values.hpp"
#include "tests/unit/storage/replica_fixture.hpp"
#include "tests/unit/storage/temporary_directory.hpp"

#include <map>
#include <optional>

using namespace spooky;
using namespace spooky::storage;
using namespace spooky::storage::test;
using surrealql::graph_direction;

namespace {

/// The replica as a plain map.
struct model {
  std::map<record_id, std::pair<value, std::uint64_t>> records;

  void apply(const change& c) {
    if (c.op == change_op::erase) {
      records.erase(c.id);
    } else {
      records[c.id] = {c.record, c.version.value_or(c.seq.raw())};
    }
  }

  std::vector<record_id> edges(const record_id& node, const char* end) const {
    std::vector<record_id> found;
    for (const auto& [id, row] : records) {
      const value& other = row.first[end];
      if (row.first["in"].is_record() && row.first["out"].is_record() &&
          other.as_record() == node) {
        found.push_back(id);
      }
    }
    return found;
  }
};

/// Keys without mixed number types, for which the map's order and identity are the replica's.
value plain_key(random_values& random) {
  switch (random.below(4)) {
    case 0:
      return value::integer(static_cast<std::int64_t>(random.below(20)) - 10);
    case 1:
      return value(random.text());
    case 2:
      return value(array{value(random.text()), value(static_cast<std::int64_t>(random.below(3)))});
    default:
      return value(object{{random.text(), value(random.text())}});
  }
}

record_id some_id(random_values& random) {
  static constexpr std::array tables{"a", "aa", "b", "edge"};
  return {tables[random.below(tables.size())], plain_key(random)};
}

change some_change(random_values& random, sequence_number seq) {
  const record_id id = some_id(random);
  if (random.below(4) == 0) return erase_change(seq, id);
  object fields{{"v", random.any(2)}};
  if (id.table == "edge" && random.below(8) != 0) {
    fields.set("in", value(some_id(random)));
    fields.set("out", value(some_id(random)));
  }
  change c = put_change(seq, id, std::move(fields));
  if (random.below(3) == 0) c.version = random.below(1000);
  return c;
}

void check_same(const replica_snapshot& state, const model& expected) {
  auto row = expected.records.begin();
  for (const char* table : {"a", "aa", "b", "edge"}) {
    for (const stored_record& found : rows_of(state, table)) {
      REQUIRE(row != expected.records.end());
      REQUIRE(found.id == row->first);
      REQUIRE(found.record == row->second.first);
      REQUIRE(found.version == row->second.second);
      ++row;
    }
  }
  REQUIRE(row == expected.records.end());
}

void check_same_edges(const replica_snapshot& state, const model& expected, random_values& random) {
  for (int i = 0; i < 20; ++i) {
    const record_id node = some_id(random);
    REQUIRE(edges_of(state, node, graph_direction::out) == expected.edges(node, "in"));
    REQUIRE(edges_of(state, node, graph_direction::in) == expected.edges(node, "out"));
  }
}

}  // namespace

TEST_SUITE("replica_model") {
  TEST_CASE("random changes, repeated batches, snapshots and reopening against a map") {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      CAPTURE(seed);
      random_values random(seed);
      temporary_directory scratch;
      const replica_options options{.directory = scratch.path()};
      std::optional<replica> r(need(replica::open(options)));
      model expected;
      std::vector<std::pair<std::shared_ptr<const replica_snapshot>, model>> frozen;
      std::vector<change_batch> history;
      sequence_number seq = 0;
      for (int round = 0; round < 120; ++round) {
        change_batch batch;
        for (std::uint64_t n = 1 + random.below(12); n > 0; --n) {
          batch.changes.push_back(some_change(random, ++seq));
          expected.apply(batch.changes.back());
        }
        history.push_back(batch);
        // What was applied before comes again, as after a restart.
        const std::size_t from =
            history.size() - 1 - random.below(std::min<std::size_t>(history.size(), 4));
        need(r->apply(std::span(history).subspan(from)));
        REQUIRE(r->applied_seq() == seq);
        if (round % 20 == 0) frozen.emplace_back(state_of(*r), expected);
        if (round % 40 == 39) {
          frozen.clear();
          r.reset();
          r.emplace(need(replica::open(options)));
          REQUIRE(r->applied_seq() == seq);
        }
        if (round % 10 == 0) check_same(*state_of(*r), expected);
        check_same_edges(*state_of(*r), expected, random);
      }
      check_same(*state_of(*r), expected);
      for (const auto& [state, then] : frozen) check_same(*state, then);
    }
  }
}
