#pragma once

#include "actors/ssp/circuit.hpp"
#include "tests/unit/actors/det.hpp"
#include "tests/unit/machines/samples.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

/// A circuit with the test in place of everybody around it.
namespace spooky::actors::test {

using namespace machines::test;

using fake_loader = table_loader::extend<runs_steps>;
using fake_keeper = interest_keeper::extend<runs_steps>;
using names = std::vector<view_id>;
using table_names = std::vector<table_name>;

inline table_rows_ptr rows_of(const table_name& table, sequence_number seq, array rows) {
  auto loaded = std::make_shared<table_rows>();
  loaded->table = table;
  loaded->seq = seq;
  loaded->rows = std::move(rows);
  return loaded;
}

/// A circuit whose tables come when the test hands them over, and whose edges are taken at once.
struct flowing : det {
  explicit flowing(circuit_config config = {},
                   std::function<lane_actor(views::engine_options)> spawn_lane = {},
                   const std::function<database_actor(det&)>& database = {}) {
    loader = spawn([this](fake_loader::pointer self) -> fake_loader::behavior_type {
      return {[this, self](load_table_atom, const table_name& table,
                           sequence_number since) -> caf::result<table_rows_ptr> {
                if (table == circuit_config{}.definition_table && nothing_defined)
                  return rows_of(table, since, {});
                asked.push_back(table);
                asked_since.push_back(since);
                loads.push_back(self->make_response_promise<table_rows_ptr>());
                return loads.back();
              },
              run_step()};
    });
    keeper = spawn([this](fake_keeper::pointer self) -> fake_keeper::behavior_type {
      return {[this, self](interest_atom,
                           const ssp_interest& interest) -> caf::result<sequence_number> {
                if (nothing_defined && interest.tables == defined_only()) return sequence_number{0};
                stated.push_back(interest);
                if (nothing_defined)
                  std::erase(stated.back().tables, circuit_config{}.definition_table);
                if (from) return *from;
                statements.push_back(self->make_response_promise<sequence_number>());
                return statements.back();
              },
              run_step()};
    });
    auto edges = spawn([this](edge_writer_actor::pointer) { return edge_behaviour(); });
    engine = spawn(circuit,
                   circuit_parts{loader, edges, keeper, std::move(spawn_lane),
                                 database ? database(*this) : database_actor{}},
                   std::move(config));
    run();
  }

  edge_writer_actor::behavior_type edge_behaviour() {
    return {
        [this](reconcile_view_atom, const registration_ptr& view,
               const snapshot_result_ptr& shown) -> caf::result<ack> {
          reconciled.push_back(view->id);
          written.push_back(shown);
          if (edges_fail) return to_caf(fail(errc::unavailable, "SurrealDB is away"));
          return ack{};
        },
        [this](write_delta_atom, const registration_ptr&, const view_delta_ptr& delta) {
          deltas.push_back(*delta);
        },
        [this](unregister_view_atom, const view_claim& view) {
          erased.push_back(view.id);
          return ack{};
        },
        [this](release_view_atom, const view_id& view) { released.push_back(view); },
        [](follow_ownership_atom, const ownership_listener&) { unexpected_note("an owner"); },
        [](restore_atom) { return unexpected<registrations>("a restore"); },
        [](touch_view_atom, const view_id&) { return unexpected<ack>("a heartbeat"); },
        [](is_wanted_atom, const view_id&) { return unexpected<bool>("a doubt"); },
        [](standing_view_atom, const view_id&) { return unexpected<standing_view>("a look"); },
        [](read_tree_atom, const view_id&, const std::vector<std::string>&) {
          return unexpected<tree_nodes>("a question");
        },
        [](remove_edges_atom, const view_id&, const array&) { return unexpected<ack>("an end"); },
        [](find_ended_atom) { return unexpected<names>("a sweep"); },
        [](edge_status_atom) { return edge_status{}; },
        [](write_batch_atom) { unexpected_note("a flush"); },
        [](claim_again_atom, const view_id&, unsigned) { unexpected_note("a retry"); },
        [](erase_again_atom, const view_id&, std::uint64_t) { unexpected_note("a repeated end"); },
        [](connected_atom) { unexpected_note("a connection"); },
        [](disconnected_atom, const std::string&) { unexpected_note("a lost connection"); },
        [](live_fired_atom, const db_notification&) { unexpected_note("a notification"); }};
  }

  reply<snapshot_result_ptr> enroll(const registration_ptr& view) {
    return ask_later<snapshot_result_ptr>(engine, register_view_atom_v, view);
  }
  /// Hands over the load of that table that was asked for first.
  void hand_over(const table_rows_ptr& rows) {
    const auto place = std::find(asked.begin(), asked.end(), rows->table) - asked.begin();
    REQUIRE(place < static_cast<std::ptrdiff_t>(asked.size()));
    asked.erase(asked.begin() + place);
    within(loader, [this, rows, place] {
      const auto load = loads.begin() + place;
      load->deliver(rows);
      loads.erase(load);
    });
  }
  void refuse_load(errc code) {
    asked.erase(asked.begin());
    within(loader, [this, code] {
      loads.front().deliver(to_caf(fail(code, "no")));
      loads.pop_front();
    });
  }
  /// The scheduler has heard what is needed; everything above `seq` contains it.
  void answer_statement(sequence_number seq) {
    within(keeper, [this, seq] {
      statements.front().deliver(seq);
      statements.pop_front();
    });
  }
  result<sequence_number> ingest(const log_slice& slice) {
    return ask<sequence_number>(engine, ingest_log_atom_v, slice);
  }
  reply<restore_outcome> reset(sequence_number seq, table_interest tables = std::nullopt,
                               std::string database = {}) {
    return ask_later<restore_outcome>(
        engine, start_over_atom_v, circuit_start{seq, std::move(tables), {}, std::move(database)});
  }
  result<ack> remove(const view_id& id) { return ask<ack>(engine, unregister_view_atom_v, id); }
  value shown(const view_id& id) {
    const auto now = ask<snapshot_result_ptr>(engine, read_view_atom_v, id);
    return now.ok() ? (*now)->result : value{now.failure().message};
  }
  circuit_status status() { return *ask<circuit_status>(engine, circuit_status_atom_v); }

  fake_loader loader;
  circuit_actor engine;
  fake_keeper keeper;
  static table_names defined_only() { return {circuit_config{}.definition_table}; }
  /// Whether the log has no definitions, and says so at once. Else the test hands them over.
  bool nothing_defined = true;
  std::vector<ssp_interest> stated;
  std::optional<sequence_number> from;  ///< what the scheduler answers; nothing: it does not
  std::deque<caf::typed_response_promise<sequence_number>> statements;
  table_names asked;
  std::vector<sequence_number> asked_since;
  std::deque<caf::typed_response_promise<table_rows_ptr>> loads;
  names reconciled;
  std::vector<snapshot_result_ptr> written;  ///< what was reconciled
  names erased;
  names released;
  std::vector<views::view_delta> deltas;
  bool edges_fail = false;
};

inline value all(array rows) { return value{std::move(rows)}; }
inline value t(std::int64_t key, object fields = {}) { return record("t", key, std::move(fields)); }

/// The definition of a table whose rows are shown on this condition (text, true or false).
inline change define(sequence_number seq, const std::string& table, value select,
                     array fields = {}) {
  change c;
  c.seq = seq;
  c.op = change_op::update;
  c.id = {"_spooky_definition", value{array{value{"table"}, value{table}}}};
  c.record = value{object{{"id", value{c.id}},
                          {"permissions", value{object{{"select", std::move(select)}}}},
                          {"fields", value{std::move(fields)}}}};
  return c;
}

/// A view of a user of the application.
inline registration_ptr view_for_user(const view_id& id, const std::string& surql, int user = 1) {
  auto view = std::make_shared<view_registration>(*view_of(id, surql));
  view->caller.system = false;
  view->caller.session.set("auth", value{record_id{"user", value{user}}});
  return view;
}

}  // namespace spooky::actors::test
