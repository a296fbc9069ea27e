#pragma once

#include "actors/interfaces.hpp"
#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/source_world.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace spooky::actors::test {

/// What a source told its sink and its watch.
struct told_sink {
  std::vector<change_batch> batches;
  std::optional<error> refusal;
  names compared;
  names troubles;
  std::vector<record_id> left_out;
  names uncaptured;
  int caught_up = 0;
  int resets = 0;
  int looks = 0;
  sequence_number seq = 0;
};

/// A sink that takes everything into a replica, or refuses.
inline change_sink::behavior_type take_into(change_sink::pointer, told_sink& told,
                                            kept_replica& replica) {
  return {[&](ingest_changes_atom, const change_batches& batches) -> caf::result<committed> {
            if (told.refusal) return to_caf(*told.refusal);
            for (const auto& batch : batches) told.batches.push_back(batch);
            replica.take(batches);
            ++told.seq;
            return committed{told.seq, told.seq};
          },
          [](caught_up_atom) { unexpected_note("a source's end"); },
          [](describe_table_atom, const std::string&, const value&) { unexpected_note("a table"); },
          [&told](reload_all_atom, const std::string&) { ++told.resets; },
          [](report_capture_atom, const capture_report&) { unexpected_note("a report"); }};
}

/// A watch that listens to sources and does nothing.
inline capture_actor::behavior_type listen_to_sources(told_sink& told) {
  return {
      [](start_capture_atom, const feed_start&, const change_sink&) { unexpected_note("a start"); },
      [&told](source_caught_up_atom, const std::string&) { ++told.caught_up; },
      [&told](table_compared_atom, const compared_table& table) {
        told.compared.push_back(table.name);
      },
      [&told](source_trouble_atom, const std::string&, const std::string& what) {
        told.troubles.push_back(what);
      },
      [&told](rows_left_out_atom, const left_out_rows& rows) {
        told.left_out.insert(told.left_out.end(), rows.ids.begin(), rows.ids.end());
      },
      [&told](uncaptured_atom, const std::string& table, const std::string& why) {
        if (!why.empty()) told.uncaptured.push_back(table);
      },
      [&told](look_now_atom) { ++told.looks; },
      [](captured_tables_atom) { return unexpected<std::vector<std::string>>("a question"); },
      [](flush_atom, const std::string&) { return unexpected<sequence_number>("a flush"); },
      [](doubt_rows_atom, const std::string&, const std::vector<record_id>&) {
        unexpected_note("a doubt");
      },
      [](look_later_atom) { unexpected_note("a sweep"); },
      [](load_table_atom, const table_name&, sequence_number) {
        return unexpected<table_rows_ptr>("a load");
      },
      [](connected_atom) { unexpected_note("a connection"); },
      [](disconnected_atom, const std::string&) { unexpected_note("a lost connection"); },
      [](live_fired_atom, const db_notification&) { unexpected_note("a notification"); }};
}

}  // namespace spooky::actors::test
