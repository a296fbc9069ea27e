#pragma once

#include "actors/capture/changefeed_capture.hpp"
#include "actors/capture/live_capture.hpp"
#include "actors/capture/source_watch.hpp"
#include "actors/capture/webhook_capture.hpp"
#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/fake_database.hpp"
#include "tests/unit/actors/source_world.hpp"
#include "tests/unit/machines/samples.hpp"

#include <deque>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace spooky::actors::test {

using namespace std::chrono_literals;

/// A watch and its sources (of which the change feed's has all tables) between that database, a
/// replica and a sink that takes, refuses or waits.
struct capturing : source_world {
  using sink_actor = change_sink::extend<runs_steps>;

  explicit capturing(bool provision = true) {
    sink = spawn([this](sink_actor::pointer self) { return sink_behaviour(self); });
    const auto keeper = spawn([this](fake_keeper::pointer) { return keep_notes(replica); });
    const auto comparing = spawn(
        [this](reconciler_actor::pointer) { return compare_with(*this, replica, stretches); });
    changefeed_config config;
    config.poll_interval = 500ms;
    config.copy_rows = 2;
    const capture_source_actor source =
        spawn(changefeed_capture, source_parts{database.handle, comparing, keeper}, config);
    source_watch_config watching;
    watching.table_interval = 5s;
    watching.provision = provision;
    const capture_source_actor live =
        spawn(live_capture, source_parts{database.handle, comparing, keeper}, live_config{});
    webhook_config posted;
    posted.leftover_interval = 5s;
    events = spawn(webhook_capture, source_parts{database.handle, comparing, keeper}, posted);
    watch = spawn(source_watch,
                  source_watch_parts{database.handle,
                                     keeper,
                                     types,
                                     {{capture_way::feed, source},
                                      {capture_way::live, live},
                                      {capture_way::events, capture_source_actor{events}}}},
                  watching);
    feed_source_actor = source;
    run();
  }

  sink_actor::behavior_type sink_behaviour(sink_actor::pointer self) {
    return {
        [this, self](ingest_changes_atom, const change_batches& batches) -> caf::result<committed> {
          if (batches.front().source == "definitions") return define(self, batches);
          ++offers;
          if (refusal) return to_caf(*refusal);
          for (const auto& batch : batches) taken.push_back(batch);
          replica.take(batches);
          if (!hold) return committed{1, 1};
          held.push_back(self->make_response_promise<committed>());
          return held.back();
        },
        [this](caught_up_atom) { ++caught_up; },
        [this](describe_table_atom, const std::string& table, const value& info) {
          (info.is_none() ? retracted : announced).push_back(table);
        },
        [this](reload_all_atom, const std::string&) { ++resets; },
        [this](report_capture_atom, const capture_report& r) { report = r; },
        run_step()};
  }

  caf::result<committed> define(sink_actor::pointer self, const change_batches& batches) {
    if (definitions_refusal) return to_caf(*definitions_refusal);
    REQUIRE(batches.size() == 1);
    defined.push_back(batches.front().changes);
    if (!hold_definitions) return committed{7, 7};
    held.push_back(self->make_response_promise<committed>());
    return held.back();
  }

  void start(array definitions = {}) {
    database.connect();
    send(watch, start_capture_atom_v,
         feed_start{0, {}, 0ms, {{"t", {0, "changefeed"}}}, std::move(definitions)},
         change_sink{sink});
  }
  void take_held() {
    within(sink, [this] {
      held.front().deliver(committed{1, 1});
      held.pop_front();
    });
  }
  names sources() const {
    names out;
    for (const auto& batch : taken) out.push_back(batch.source);
    return out;
  }
  reply<table_rows_ptr> load(const table_name& table) {
    return ask_later<table_rows_ptr>(watch, load_table_atom_v, table, sequence_number{0});
  }

  std::shared_ptr<known_types> types = std::make_shared<known_types>();
  kept_replica replica;
  int stretches = 0;
  sink_actor sink;
  capture_actor watch;
  capture_source_actor feed_source_actor;
  webhook_source_actor events;  ///< takes what is posted
  std::vector<change_batch> taken;
  names announced;
  names retracted;
  capture_report report;
  int offers = 0;
  int caught_up = 0;
  int resets = 0;
  bool hold = false;
  std::optional<error> refusal;
  std::vector<std::vector<change>> defined;  ///< definitions, apart from what sources offer
  bool hold_definitions = false;
  std::optional<error> definitions_refusal;
  std::deque<caf::typed_response_promise<committed>> held;
};

}  // namespace spooky::actors::test
