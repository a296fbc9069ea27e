#include "tests/chaos/storage/workload.hpp"

#include "surrealql/codec/cbor.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace spooky::chaos {
namespace {

constexpr std::array tables = {"person", "post", "wrote"};
constexpr std::uint64_t keys_per_table = 40;
constexpr std::string_view edge_table = "wrote";
constexpr std::string_view source = "changefeed";

record_id some_id(const char* table, std::uint64_t n) {
  return {table, value(static_cast<std::int64_t>(n % keys_per_table))};
}

std::string cursor_of(sequence_number first) { return "after " + std::to_string(first.raw()); }

}  // namespace

std::uint64_t mixed(std::uint64_t seed, std::uint64_t n) noexcept {
  std::uint64_t x = seed * 0x9e3779b97f4a7c15ULL + n;
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

change change_at(std::uint64_t seed, sequence_number seq) {
  const std::uint64_t r = mixed(seed, seq.raw());
  change c;
  c.seq = seq;
  c.id = some_id(tables[r % tables.size()], r >> 8);
  if ((r >> 20) % 5 == 0) {
    c.op = change_op::erase;
    return c;
  }
  c.op = (r >> 24) % 2 == 0 ? change_op::create : change_op::update;
  object fields{{"id", value(c.id)},
                {"seq", value(static_cast<std::int64_t>(seq.raw()))},
                {"text", value(std::string((r >> 32) % 300, static_cast<char>('a' + r % 26)))}};
  if (c.id.table == edge_table) {
    fields.set("in", value(some_id("person", r >> 40)));
    fields.set("out", value(some_id("post", r >> 48)));
  }
  c.record = value(std::move(fields));
  return c;
}

std::uint64_t transaction_size(std::uint64_t seed, sequence_number first) {
  const std::uint64_t r = mixed(seed ^ 0x5bd1e995, first.raw());
  return r % 8 == 0 ? 1 + r / 8 % 20 : 1;
}

change_batch transaction_at(std::uint64_t seed, sequence_number first) {
  change_batch batch;
  const std::uint64_t size = transaction_size(seed, first);
  for (std::uint64_t i = 0; i < size; ++i) batch.changes.push_back(change_at(seed, first + i));
  batch.source = source;
  batch.cursor = cursor_of(first);
  return batch;
}

std::string encode_transaction(const change_batch& batch) {
  array changes;
  for (const change& c : batch.changes) {
    changes.emplace_back(array{value(static_cast<std::int64_t>(c.seq.raw())),
                               value(static_cast<std::int64_t>(c.op)), value(c.id), c.record});
  }
  std::string out;
  surrealql::encode_cbor(value(array{value(batch.cursor), value(std::move(changes))}), out);
  return out;
}

result<change_batch> decode_transaction(std::string_view payload) {
  SPOOKY_ASSIGN(const value whole, surrealql::decode_cbor(payload));
  change_batch batch;
  batch.source = source;
  batch.cursor = whole.as_array()[0].as_string();
  for (const value& each : whole.as_array()[1].as_array()) {
    const array& parts = each.as_array();
    change c;
    c.seq = sequence_number{static_cast<std::uint64_t>(parts[0].as_integer())};
    c.op = static_cast<change_op>(parts[1].as_integer());
    c.id = parts[2].as_record();
    c.record = parts[3];
    batch.changes.push_back(std::move(c));
  }
  return batch;
}

void model::advance_to(sequence_number seq) {
  while (seq_ < seq) {
    cursor_ = cursor_of(seq_ + 1);
    for (change& c : transaction_at(seed_, seq_ + 1).changes) {
      seq_ = c.seq;
      if (c.op == change_op::erase) {
        records_.erase(c.id);
      } else {
        records_[c.id] = {std::move(c.record), c.seq.raw()};
      }
    }
  }
  demand(seq_ == seq, "seq " + std::to_string(seq.raw()) + " cuts a transaction in two");
}

void model::check(const storage::replica_snapshot& state) const {
  demand(state.seq() == seq_, "the replica is at seq " + std::to_string(state.seq().raw()) +
                                  ", the model at " + std::to_string(seq_.raw()));
  auto expected = records_.begin();
  std::vector<std::pair<record_id, record_id>> edges;
  for (const char* table : tables) {
    need(state.visit(table, {}, [&](const storage::stored_record& row) {
      demand(expected != records_.end() && row.id == expected->first &&
                 row.record == expected->second.first && row.version == expected->second.second,
             "a record of " + row.id.table + " differs from the model at seq " +
                 std::to_string(seq_.raw()));
      if (row.id.table == edge_table) edges.emplace_back(row.record["in"].as_record(), row.id);
      ++expected;
      return true;
    }));
  }
  demand(expected == records_.end(), "records are missing at seq " + std::to_string(seq_.raw()),
         promise::nothing_lost);

  std::vector<std::pair<record_id, record_id>> found;
  for (std::uint64_t key = 0; key < keys_per_table; ++key) {
    const record_id node = some_id("person", key);
    need(state.edges(node, surrealql::graph_direction::out, edge_table, [&](const value& edge) {
      found.emplace_back(node, edge.as_record());
      return true;
    }));
  }
  std::sort(edges.begin(), edges.end());
  demand(found == edges, "the edge index differs at seq " + std::to_string(seq_.raw()));
  const auto cursor = need(state.get_meta(storage::meta_family::cursors, source));
  demand(cursor.value_or("") == cursor_,
         "the cursor is '" + cursor.value_or("") + "' at seq " + std::to_string(seq_.raw()));
}

}  // namespace spooky::chaos
