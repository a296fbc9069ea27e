#pragma once

#include "actors/interfaces.hpp"
#include "tests/unit/actors/det.hpp"

#include <string>
#include <vector>

namespace spooky::actors::test {

/// What a coordinator was told.
struct told_coordinator {
  std::vector<link_status> links;
  std::vector<std::string> notes;
  std::vector<clone_progress> progress;
  bool cloned = false;
};

/// A coordinator that listens and does nothing.
inline coordinator_actor::behavior_type listen(told_coordinator& told) {
  return {
      [](register_atom, const ssp_registration&) { return unexpected<ssp_admission>("an SSP"); },
      [](heartbeat_atom, const ssp_heartbeat&) { return unexpected<ack>("a heartbeat"); },
      [](freeze_atom, sequence_number) { return unexpected<frozen_snapshot>("a freeze"); },
      [](status_atom) { return unexpected<scheduler_status>("a look at the status"); },
      [&told](cloned_atom) { told.cloned = true; },
      [&told](notify_atom, const std::string& note) { told.notes.push_back(note); },
      [&told](notify_atom, const clone_progress& progress) { told.progress.push_back(progress); },
      [](applied_atom, sequence_number) { unexpected_note("an applied seq"); },
      [&told](notify_atom, const link_status& status, const ssp_link_actor&) {
        told.links.push_back(status);
      },
      [](sweep_atom) { unexpected_note("a sweep"); },
      [](ingest_atom, const change_batches&) { return unexpected<committed>("changes"); },
      [](caught_up_atom) { unexpected_note("a source's end"); },
      [](notify_atom, const std::string&, const value&) { unexpected_note("a table"); },
      [](reset_atom, const std::string&) { unexpected_note("a lost track"); },
      [](notify_atom, const capture_report&) { unexpected_note("a report"); },
      [](durable_atom, const log_slice&) { unexpected_note("a stretch of the log"); },
      [](interest_atom, const ssp_interest&) {
        return unexpected<sequence_number>("an interest");
      }};
}

}  // namespace spooky::actors::test
