#pragma once

#include "intents/intent.hpp"
#include "tests/unit/machines/samples.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace spooky::intents::test {

/// One of each kind.
inline std::vector<intent> each_intent() {
  const edge_format edges{"_spooky_", "a", config::edge_removal::bump_then_delete};
  const job_format jobs{"_spooky_", "a"};
  const record_id record{"t", value{1}};
  edge_batch both;
  both.rows.emplace_back().registration = machines::test::view_of("v");
  both.edges.push_back({"v",
                        {{value{1}, edge_op{false, record, 1, {}, {}}},
                         {value{2}, edge_op{true, record, 1, {}, {}}}}});
  return {claim_views{edges, {{machines::test::view_of("v")}}},
          write_edges{edges, std::make_shared<const edge_batch>(both)},
          erase_view{edges, "v", 3},
          read_owners{edges, {"v"}},
          read_stored_views{edges},
          read_newest_epoch{edges},
          is_view_wanted{edges, "v"},
          find_ended_views{edges, {"v"}},
          touch_view{edges, "v"},
          claim_job{jobs, record, "b"},
          settle_job{jobs, record, 1, {"failed", 0, "HTTP_404", "no"}, true},
          scan_jobs{jobs, "t", 5},
          list_tables{"_spooky_"},
          describe_tables{{"t"}},
          describe_structures{{"t"}},
          read_database_feed{},
          list_names{},
          enable_feed{"t", std::chrono::hours{72}},
          count_rows{{"t"}},
          read_page{"t", record, 5},
          list_ids{"t", record, 5},
          read_changes{7, 5, "_spooky_"},
          read_clock{},
          read_records{{record}, "_spooky_rv", "_spooky_version"},
          read_outbox{"_spooky_", 5},
          clear_outbox{{record}},
          read_definitions{},
          install_definitions{"DEFINE TABLE IF NOT EXISTS t"},
          answer_select{"SELECT * FROM t WHERE a = $a", {{"a", value{1}}}},
          read_standing_view{edges, "v", "q"},
          remove_edges{edges, "v", 1, {value{1}}}};
}

}  // namespace spooky::intents::test
