#pragma once

#include "storage/replica.hpp"
#include "tests/unit/storage/wal_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

namespace spooky::storage::test {

inline replica open_memory_replica() {
  return need(replica::open({.directory = {}, .in_memory = true}));
}

inline change put_change(sequence_number seq, record_id id, object fields) {
  fields.set("id", value(id));
  return {.seq = seq,
          .op = change_op::update,
          .id = std::move(id),
          .record = value(std::move(fields)),
          .before = {},
          .version = {}};
}

inline change erase_change(sequence_number seq, record_id id) {
  return {.seq = seq,
          .op = change_op::erase,
          .id = std::move(id),
          .record = {},
          .before = {},
          .version = {}};
}

inline change_batch batch_of(std::vector<change> changes, std::string source = {},
                             std::string cursor = {}) {
  return {.changes = std::move(changes),
          .source = std::move(source),
          .cursor = std::move(cursor),
          .event_id = {}};
}

inline void apply(replica& to, change_batch batch) { need(to.apply(std::span(&batch, 1))); }

inline std::shared_ptr<const replica_snapshot> state_of(const replica& r) {
  return need(r.snapshot());
}

inline std::vector<stored_record> rows_of(const replica_snapshot& state, std::string_view table,
                                          const value_range& keys = {}) {
  std::vector<stored_record> rows;
  need(state.visit(table, keys, [&](const stored_record& row) {
    rows.push_back(row);
    return true;
  }));
  return rows;
}

inline std::vector<record_id> edges_of(const replica_snapshot& state, const record_id& node,
                                       surrealql::graph_direction direction,
                                       std::string_view table = {}) {
  std::vector<record_id> ids;
  need(state.edges(node, direction, table, [&](const value& id) {
    ids.push_back(id.as_record());
    return true;
  }));
  return ids;
}

}  // namespace spooky::storage::test
