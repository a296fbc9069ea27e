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
      [](register_ssp_atom, const ssp_registration&) {
        return unexpected<ssp_admission>("an SSP");
      },
      [](heartbeat_atom, const ssp_heartbeat&) { return unexpected<ack>("a heartbeat"); },
      [](hold_snapshot_atom, sequence_number) { return unexpected<frozen_snapshot>("a freeze"); },
      [](scheduler_status_atom) { return unexpected<scheduler_status>("a look at the status"); },
      [&told](cloned_atom) { told.cloned = true; },
      [&told](describe_clone_atom, const std::string& note) { told.notes.push_back(note); },
      [&told](count_clone_atom, const clone_progress& progress) {
        told.progress.push_back(progress);
      },
      [](applied_atom, sequence_number) { unexpected_note("an applied seq"); },
      [&told](link_changed_atom, const link_status& status, const ssp_link_actor&) {
        told.links.push_back(status);
      },
      [](tidy_log_atom) { unexpected_note("a sweep"); },
      [](ingest_changes_atom, const change_batches&) { return unexpected<committed>("changes"); },
      [](caught_up_atom) { unexpected_note("a source's end"); },
      [](describe_table_atom, const std::string&, const value&) { unexpected_note("a table"); },
      [](reload_all_atom, const std::string&) { unexpected_note("a lost track"); },
      [](report_capture_atom, const capture_report&) { unexpected_note("a report"); },
      [](durable_atom, const log_slice&) { unexpected_note("a stretch of the log"); },
      [](interest_atom, const ssp_interest&) { return unexpected<sequence_number>("an interest"); },
      [](database_version_atom, const std::string&) { unexpected_note("a version"); }};
}

}  // namespace spooky::actors::test
