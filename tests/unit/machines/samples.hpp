#pragma once

#include "protocol/log.hpp"
#include "protocol/view.hpp"
#include "views/results/member.hpp"
#include "views/results/view_delta.hpp"

#include <memory>
#include <string>
#include <utility>

/// Small messages, for tests to say only what matters to them.
namespace spooky::machines::test {

inline value record(const std::string& table, std::int64_t key, object fields = {}) {
  fields.set("id", value{record_id{table, value{key}}});
  return value{std::move(fields)};
}

inline change put(sequence_number seq, const std::string& table, std::int64_t key,
                  object fields = {}) {
  change c;
  c.seq = seq;
  c.op = change_op::update;
  c.id = {table, value{key}};
  c.record = record(table, key, std::move(fields));
  return c;
}

inline change erase(sequence_number seq, const std::string& table, std::int64_t key) {
  change c;
  c.seq = seq;
  c.op = change_op::erase;
  c.id = {table, value{key}};
  return c;
}

inline log_slice slice_of(std::vector<change> changes) {
  log_slice slice{changes.front().seq, changes.back().seq, nullptr};
  change_batch batch;
  batch.changes = std::move(changes);
  slice.batches = std::make_shared<const change_batches>(change_batches{std::move(batch)});
  return slice;
}

/// One transaction with changes first..last of table `t`.
inline log_slice slice(sequence_number first, sequence_number last) {
  std::vector<change> changes;
  for (auto seq = first; seq <= last; ++seq)
    changes.push_back(put(seq, "t", static_cast<std::int64_t>(seq.raw())));
  return slice_of(std::move(changes));
}

inline registration_ptr view_of(const view_id& id, const std::string& surql = "SELECT * FROM t",
                                object params = {}) {
  auto view = std::make_shared<view_registration>();
  view->id = id;
  view->query = query_of(id);
  view->surql = surql;
  view->params = std::move(params);
  view->client_id = "client";
  return view;
}

inline views::member member(const std::string& table, std::int64_t key, std::uint64_t version = 1) {
  views::member m;
  m.id = {table, value{key}};
  m.version = version;
  return m;
}

}  // namespace spooky::machines::test
