#pragma once

#include "actors/ssp/ssp.hpp"
#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/fake_database.hpp"
#include "tests/unit/machines/samples.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace spooky::actors::test {

using names = std::vector<view_id>;
using fake_circuit = circuit_actor::extend<runs_steps>;
using fake_edges = edge_writer_actor::extend<runs_steps>;

/// What an SSP works with besides its scheduler: a circuit that is as fast as told, an edge writer
/// that writes nothing, a database.
struct ssp_world : det {
  ssp_world() {
    circuit = spawn([this](fake_circuit::pointer self) { return circuit_behaviour(self); });
    edges = spawn([this](fake_edges::pointer self) { return edge_behaviour(self); });
  }

  void spawn_ssp(const scheduler_peer& scheduler, bool alone) {
    ssp_parts parts{circuit, edges, database.handle, scheduler, [] { return process_usage{}; }};
    ssp_config config;
    config.id = "a";
    config.url = "http://a";
    config.heartbeat_interval = std::chrono::seconds{1};
    config.sweep_interval = std::chrono::seconds{10};
    config.bootstrap_timeout = std::chrono::seconds{20};
    config.alone = alone;
    ssp = spawn(actors::ssp, parts, config);
  }

  fake_circuit::behavior_type circuit_behaviour(fake_circuit::pointer self) {
    return {
        [this](join_atom) {
          return circuit_position{applied, {"t"}, ++revision};
        },
        [this](resume_atom) {
          ++resumptions;
          return ack{};
        },
        [this, self](start_over_atom, const circuit_start& start) -> caf::result<restore_outcome> {
          resets.push_back(start.seq);
          versions.push_back(start.database);
          restored.clear();
          for (const auto& view : start.views) restored.push_back(view->id);
          applied = start.seq;
          if (!hold_resets) return restore_outcome{};
          held.push_back(self->make_response_promise<restore_outcome>());
          return held.back();
        },
        [](forget_all_atom) { return ack{}; },
        [this, self](ingest_log_atom, const log_slice& slice) -> caf::result<sequence_number> {
          slices.push_back(slice);
          if (refusal) return to_caf(*std::exchange(refusal, std::nullopt));
          if (!hold_slices) return applied = slice.last;
          held_slices.push_back(self->make_response_promise<sequence_number>());
          return held_slices.back();
        },
        [this, self](register_view_atom,
                     const registration_ptr& view) -> caf::result<snapshot_result_ptr> {
          auto shown = std::make_shared<views::view_snapshot>();
          shown->view_id = view->id;
          if (!hold_views) return snapshot_result_ptr{shown};
          held_views.emplace_back(self->make_response_promise<snapshot_result_ptr>(), shown);
          return held_views.back().first;
        },
        [this](unregister_view_atom, const view_id& id) {
          ended_here.push_back(id);
          return ack{};
        },
        [this](release_view_atom, const view_release& view) {
          released.push_back(view.claim.id);
          return ack{};
        },
        [](read_view_atom, const view_id&) {
          return unexpected<snapshot_result_ptr>("a look at a view");
        },
        [](find_feed_atom, const view_id&) { return unexpected<stream_feed>("a client"); },
        [](follow_view_atom, const stream_subscription&, const stream_session_actor&) {
          unexpected_note("a client");
        },
        [](leave_view_atom, const view_id&, subscriber_id) { unexpected_note("a client"); },
        [](explain_view_atom, const view_id&) { return unexpected<value>("a question"); },
        [](explain_tables_atom) { return unexpected<value>("a question"); },
        [](circuit_status_atom) { return circuit_status{}; },
        [](list_views_atom, std::size_t) { return unexpected<std::vector<view_id>>("a list"); },
        [](watched_view_atom, const view_id&) { return unexpected<watched_view>("a look"); },
        [](mend_view_atom, const view_id&, bool) { return unexpected<ack>("a repair"); },
        [](load_again_atom, const table_name&) { unexpected_note("a retry"); },
        [](pass_time_atom, std::uint64_t) { unexpected_note("an alarm"); },
        [](state_interest_atom) { unexpected_note("a retry"); },
        [](drop_tables_atom) { unexpected_note("a sweep"); },
        run_step()};
  }

  fake_edges::behavior_type edge_behaviour(fake_edges::pointer self) {
    return {
        [](reconcile_view_atom, const registration_ptr&, const snapshot_result_ptr&) {
          return unexpected<ack>("a view");
        },
        [](write_delta_atom, const registration_ptr&, const view_delta_ptr&) {
          unexpected_note("a delta");
        },
        [this](unregister_view_atom, const view_claim& claim) {
          erased.push_back(claim.id);
          return ack{};
        },
        [](release_view_atom, const view_id&) { unexpected_note("a release"); },
        [](follow_ownership_atom, const ownership_listener&) {},
        [this](restore_atom) { return stored; },
        [](touch_view_atom, const view_id&) { return unexpected<ack>("a heartbeat"); },
        [this, self](is_wanted_atom, const view_id&) -> caf::result<bool> {
          doubts.push_back(self->make_response_promise<bool>());
          return doubts.back();
        },
        [](standing_view_atom, const view_id&) { return unexpected<standing_view>("a look"); },
        [](read_tree_atom, const view_id&, const std::vector<std::string>&) {
          return unexpected<tree_nodes>("a question");
        },
        [](remove_edges_atom, const view_id&, const array&) { return unexpected<ack>("an end"); },
        [this](find_ended_atom) { return ended; },
        [](edge_status_atom) { return edge_status{}; },
        [](write_batch_atom) { unexpected_note("a flush"); },
        [](claim_again_atom, const view_id&, unsigned) { unexpected_note("a retry"); },
        [](erase_again_atom, const view_id&, std::uint64_t) { unexpected_note("a repeated end"); },
        [](connected_atom) {},
        [](disconnected_atom, const std::string&) {},
        [](live_fired_atom, const db_notification&) {},
        run_step()};
  }

  ssp_status status() { return *ask<ssp_status>(ssp, ssp_status_atom_v); }
  std::string state() { return status().state; }
  errc enroll(const view_id& id) {
    return code_of(
        ask<snapshot_result_ptr>(ssp, register_view_atom_v, machines::test::view_of(id)));
  }
  void finish_reset(names lost = {}) {
    within(circuit, [this, lost] {
      held.front().deliver(restore_outcome{lost});
      held.pop_front();
    });
  }
  void show_held() {
    within(circuit, [this] {
      held_views.front().first.deliver(held_views.front().second);
      held_views.pop_front();
    });
  }
  /// The database says whether somebody wants the view.
  void settle_doubt(bool wanted) {
    REQUIRE_FALSE(doubts.empty());
    within(edges, [this, wanted] {
      doubts.front().deliver(wanted);
      doubts.pop_front();
    });
  }
  void take_held(sequence_number seq) {
    within(circuit, [this, seq] {
      held_slices.front().deliver(applied = seq);
      held_slices.pop_front();
    });
  }

  fake_database database{*this};
  fake_circuit circuit;
  fake_edges edges;
  ssp_actor ssp;

  std::uint64_t revision = 0;
  sequence_number applied = 0;
  std::vector<sequence_number> resets;
  std::vector<std::string> versions;
  names restored;  ///< views that came with the last reset
  bool hold_resets = false;
  std::deque<caf::typed_response_promise<restore_outcome>> held;
  unsigned resumptions = 0;
  std::vector<log_slice> slices;
  std::optional<error> refusal;  ///< of the next slice
  bool hold_slices = false;
  std::deque<caf::typed_response_promise<sequence_number>> held_slices;
  names ended_here;
  names released;

  bool hold_views = false;
  std::deque<std::pair<caf::typed_response_promise<snapshot_result_ptr>, snapshot_result_ptr>>
      held_views;
  std::deque<caf::typed_response_promise<bool>> doubts;

  names ended;  ///< what a sweep finds
  names erased;
  registrations stored;  ///< what the database has a record of
};

}  // namespace spooky::actors::test
