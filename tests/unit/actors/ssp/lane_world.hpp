// A circuit whose lane works when the test lets it.
#pragma once

#include "actors/ssp/lane.hpp"
#include "tests/unit/actors/ssp/circuit_world.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace spooky::actors::test {

using namespace spooky::machines::test;

/// What a view of so many rows may not cost in the circuit, but may in the lane.
inline constexpr const char* heavy =
    "SELECT id, array::len(array::map(array::range(0, 100), |$x| $x)) AS n FROM t";
/// What costs too much everywhere.
inline constexpr const char* bomb =
    "SELECT id, array::len(array::map(array::range(0, 10000), |$x| array::map(array::range(0, "
    "10000), |$y| $y))) AS n FROM t";

inline circuit_config turning(std::uint64_t turn_steps) {
  circuit_config config;
  config.engine.max_turn_steps = turn_steps;
  config.engine.max_view_steps = 100'000;
  return config;
}

/// A circuit with a lane that works when the test lets it.
struct laned : flowing {
  explicit laned(std::uint64_t turn_steps = 1'000) : laned(turning(turn_steps)) {}
  explicit laned(circuit_config config)
      : flowing(std::move(config), [this](const views::engine_options& options) {
          lanes.push_back(spawn(lane, options));
          if (!held) return lanes.back();
          gates.push_back(spawn(
              [this, real = lanes.back()](fake_lane::pointer self) { return gate(self, real); }));
          return lane_actor{gates.back()};
        }) {}

  using fake_lane = lane_actor::extend<runs_steps>;

  /// Passes work on to a lane when the test says so. It is told to end as long as the lane would be
  /// busy: what it has begun it does.
  fake_lane::behavior_type gate(fake_lane::pointer self, lane_actor real) {
    const auto told = std::make_shared<bool>(false);
    self->set_exit_handler([self, told](const caf::exit_msg& end) {
      if (std::exchange(*told, true)) self->quit(end.reason);
    });
    return {[this, self, real](carry_out_atom,
                               const lane_work_ptr& work) -> caf::result<lane_report_ptr> {
              works.emplace_back(work, self->make_response_promise<lane_report_ptr>());
              return works.back().second;
            },
            [self, real](read_view_atom, const view_id& id) {
              return self->delegate(real, read_view_atom_v, id);
            },
            [self, real](explain_view_atom, const view_id& id) {
              return self->delegate(real, explain_view_atom_v, id);
            },
            run_step()};
  }
  /// The lane does what it was told first.
  void let_work() {
    REQUIRE_FALSE(works.empty());
    auto [work, promise] = std::move(works.front());
    works.pop_front();
    const auto report = ask<lane_report_ptr>(lanes.back(), carry_out_atom_v, work);
    REQUIRE(report.ok());
    within(gates.back(),
           [promise = promise, report = *report]() mutable { promise.deliver(report); });
  }

  void let_all_work() {
    while (!works.empty()) let_work();
  }

  value explained(const view_id& id) {
    const auto told = ask<value>(engine, explain_view_atom_v, id);
    return told.ok() ? *told : value{told.failure().message};
  }
  std::string lane_of(const view_id& id) {
    const auto told = explained(id);
    return told["lane"].is_string() ? std::string{told["lane"].as_string()} : "none";
  }
  /// Registers a view over t with so many rows.
  reply<snapshot_result_ptr> enroll_loaded(const registration_ptr& view, int rows) {
    const auto answer = enroll(view);
    array all_rows;
    for (int i = 0; i < rows; ++i) all_rows.push_back(t(i));
    if (!asked.empty()) hand_over(rows_of("t", 10, std::move(all_rows)));
    return answer;
  }
  std::size_t rows_shown(const view_id& id) {
    const auto now = shown(id);
    return now.is_array() ? now.as_array().size() : 9'999;
  }

  std::vector<lane_actor> lanes;
  std::vector<fake_lane> gates;
  std::deque<std::pair<lane_work_ptr, caf::typed_response_promise<lane_report_ptr>>> works;
  bool held = false;
};

inline const views::view_delta* delta_of(const std::vector<views::view_delta>& deltas,
                                         const view_id& id) {
  const auto found = std::find_if(deltas.rbegin(), deltas.rend(),
                                  [&](const auto& delta) { return delta.view_id == id.raw(); });
  return found == deltas.rend() ? nullptr : &*found;
}

}  // namespace spooky::actors::test
