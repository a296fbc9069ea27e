#pragma once

#include "actors/scheduler/load_balancer.hpp"
#include "actors/scheduler/view_registry.hpp"
#include "machines/pool/view_note.hpp"
#include "tests/unit/actors/det.hpp"
#include "tests/unit/machines/samples.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace spooky::actors::test {

using namespace machines::test;

using fake_link = ssp_link_actor::extend<runs_steps>;
using names = std::vector<view_id>;

/// A ready SSP as the registry sees it: a link that records what it is asked.
struct pool_member {
  ssp_id id;
  fake_link link;
  names registered;
  names unregistered;
  names released;
  std::map<view_id, placement_epoch> epochs;  ///< of the newest registration of each view
  std::map<view_id, placement_epoch> released_epochs;
  std::vector<std::string> sent_on;  ///< where clients of released views go
  std::map<view_id, placement_epoch> ended_epochs;
  std::map<view_id, registration_ptr> asked;
  bool left = false;
  bool hold = false;
  std::optional<error> refusal;
  std::deque<caf::typed_response_promise<value>> held;
};

/// A registry with the real balancer, and a replica that keeps its notes.
struct registering : det {
  registering() {
    replica = spawn([this](replica_keeper_actor::pointer) { return replica_behaviour(); });
    balancer = spawn(load_balancer, config::load_balance::least_queries);
  }

  void start() {
    registry = spawn(view_registry, view_registry_parts{balancer, replica, database},
                     view_registry_config{.retry_interval = std::chrono::seconds{1},
                                          .grace = std::chrono::seconds{20},
                                          .placing_at_once = at_once,
                                          .rebalance_moves_per_sec = moves_per_sec,
                                          .client = client_caps,
                                          .wall_clock = std::chrono::milliseconds{1'000'000},
                                          .streams_at = {}});
    run();
  }

  replica_keeper_actor::behavior_type replica_behaviour() {
    return {[](follow_replica_atom, const coordinator_actor&) { unexpected_note("a coordinator"); },
            [](apply_atom, const log_slice&) { unexpected_note("changes"); },
            [](clear_replica_atom) { return unexpected<ack>("a reset"); },
            [](load_page_atom, const table_rows_ptr&, const std::string&, const value&) {
              return unexpected<ack>("a load");
            },
            [](freeze_atom) { return unexpected<frozen_snapshot>("a freeze"); },
            [](checkpoint_atom) { return unexpected<sequence_number>("a checkpoint"); },
            [this](caf::put_atom, const std::string& family, const std::string& key,
                   const value& note) -> caf::result<ack> {
              if (full) return to_caf(fail(errc::io_error, "no space"));
              (family == "views" ? notes : meta).set(key, note);
              return ack{};
            },
            [this](caf::delete_atom, const std::string&, const std::string& key) {
              notes.erase(key);
              return ack{};
            },
            [this](caf::get_atom, const std::string& family) {
              return value{family == "views" ? notes : meta};
            },
            [](apply_again_atom) { unexpected_note("a retry"); },
            [](last_applied_atom) { return sequence_number{0}; },
            [](disk_status_atom) { return std::string{}; }};
  }

  fake_link::behavior_type link_behaviour(fake_link::pointer self, pool_member& member) {
    return {
        [](durable_atom, const log_slice&) { unexpected_note("changes"); },
        [](heartbeat_atom, const ssp_heartbeat&) { return unexpected<ack>("a heartbeat"); },
        [self, &member](register_view_atom, const registration_ptr& view) -> caf::result<value> {
          member.registered.push_back(view->id);
          member.epochs[view->id] = view->epoch.value_or(0);
          member.asked[view->id] = view;
          if (member.refusal) return to_caf(*member.refusal);
          if (!member.hold) return value{"shown by " + member.id};
          member.held.push_back(self->make_response_promise<value>());
          return member.held.back();
        },
        [&member](unregister_view_atom, const view_claim& view) -> caf::result<ack> {
          member.unregistered.push_back(view.id);
          member.ended_epochs[view.id] = view.epoch.value_or(0);
          if (member.refusal) return to_caf(*member.refusal);
          return ack{};
        },
        [&member](release_view_atom, const view_release& view) {
          member.released.push_back(view.claim.id);
          member.released_epochs[view.claim.id] = view.claim.epoch.value_or(0);
          member.sent_on.push_back(view.to);
          return ack{};
        },
        [this, &member](drain_link_atom) {
          report(member, link_state::draining, false);
          return ack{};
        },
        [&member](leave_atom) { member.left = true; },
        [](link_status_atom) { return link_status{}; },
        [](close_link_atom) {},
        [](tend_link_atom) { unexpected_note("a poll"); },
        [](deliver_again_atom, unsigned) { unexpected_note("a delivery"); },
        [](tell_progress_atom) { unexpected_note("a flush"); },
        [](interest_atom, const ssp_interest&) {
          return unexpected<sequence_number>("an interest");
        },
        run_step()};
  }

  /// An SSP is ready and holds these views.
  pool_member& ready(const ssp_id& id, names holds = {}, bool hold = false) {
    auto& member = pool[id];
    if (!member) {
      member = std::make_unique<pool_member>();
      member->id = id;
      member->link = spawn(
          [this, m = member.get()](fake_link::pointer self) { return link_behaviour(self, *m); });
    }
    member->hold = hold;
    report(*member, link_state::ready);
    send(registry, ready_atom_v, id, std::move(holds));
    return *member;
  }

  void gone(pool_member& member) {
    report(member, link_state::gone);
    send(registry, gone_atom_v, member.id);
  }

  void report(pool_member& member, link_state state, bool process = true) {
    link_status status;
    status.id = member.id;
    status.url = "http://" + member.id;
    status.state = state;
    caf::anon_send(balancer, link_changed_atom_v, status, ssp_link_actor{member.link});
    if (process) run();
  }

  void answer_held(pool_member& member) {
    within(member.link, [&member] {
      member.held.front().deliver(value{"shown"});
      member.held.pop_front();
    });
  }

  result<view_assignment> enroll(const view_id& id) {
    return ask<view_assignment>(registry, register_view_atom_v, query_of(id));
  }
  /// Each view has a query of its own: equal ones would share an SSP.
  static registration_ptr query_of(const view_id& id) { return view_of(id, "SELECT * FROM " + id); }
  result<ack> remove(const view_id& id) {
    return ask<ack>(registry, unregister_view_atom_v, view_claim{id, {}});
  }
  std::size_t views() { return ask<placement_status>(registry, placement_status_atom_v)->views; }
  std::string noted_ssp(const view_id& id) {
    const auto* note = notes.find(id);
    return note == nullptr ? "no note" : std::string{(*note)["ssp"].as_string()};
  }
  void note(const view_id& id, const ssp_id& ssp_id, std::int64_t activity = 0) {
    placement noted;
    noted.registration = view_of(id, "SELECT * FROM " + id);
    noted.ssp_id = ssp_id;
    noted.epoch = 7;
    noted.activity = activity;
    noted.state = ssp_id.empty() ? placement_state::waiting : placement_state::placed;
    notes.set(id, to_note(noted));
  }
  result<view_assignment> owner(const view_id& id) {
    return ask<view_assignment>(registry, owner_atom_v, id);
  }
  drain_progress drain(const ssp_id& ssp_id) {
    const auto progress = ask<drain_progress>(registry, drain_ssp_atom_v, ssp_id);
    REQUIRE(progress.ok());
    return *progress;
  }

  replica_keeper_actor replica;
  load_balancer_actor balancer;
  view_registry_actor registry;
  std::map<ssp_id, std::unique_ptr<pool_member>> pool;
  object notes;
  object meta;
  bool full = false;
  database_actor database;  ///< empty: nothing is known of earlier epochs
  std::size_t at_once = 32;
  std::size_t moves_per_sec = 0;
  view_caps client_caps;
};

}  // namespace spooky::actors::test
