#pragma once

#include "intents/capture/changes.hpp"
#include "intents/capture/defined_names.hpp"
#include "intents/capture/outbox.hpp"
#include "intents/capture/read_records.hpp"
#include "intents/capture/tables.hpp"
#include "intents/definitions.hpp"
#include "intents/jobs/job_records.hpp"
#include "intents/statements.hpp"
#include "intents/views/compare_views.hpp"
#include "intents/views/ownership.hpp"
#include "intents/views/view_records.hpp"
#include "intents/views/write_edges.hpp"

#include <chrono>
#include <variant>
#include <vector>

/// Everything that is asked of the database, as values. A real database is asked what render()
/// says, and read() tells what it answered; one that is simulated executes the values themselves.
namespace spooky::intents {

using intent = std::variant<
    claim_views, write_edges, erase_view, read_owners, read_stored_views, read_newest_epoch,
    is_view_wanted, find_ended_views, touch_view, claim_job, settle_job, scan_jobs, list_tables,
    describe_tables, describe_structures, list_names, read_database_feed, enable_feed, count_rows,
    read_page, list_ids, read_changes, read_clock, read_records, read_outbox, clear_outbox,
    read_definitions, install_definitions, answer_select, read_standing_view, remove_edges>;

/// What an intent is answered with: `T::answer` for an intent T.
using answer =
    std::variant<done, value, array, claimed_views, guarded_write, view_owners, stored_views,
                 newest_epoch, wanted_view, ended_views, touched_view, job_claim, job_settled,
                 job_scan, std::vector<source_table>, std::vector<result<value>>,
                 std::vector<std::optional<std::uint64_t>>, std::vector<feed_transaction>,
                 std::chrono::milliseconds, std::vector<change>, std::vector<outbox_row>,
                 defined_names, standing_view>;

/// The statements that carry an intent out. One without statements has nothing to ask: its text is
/// empty.
query_text render(const intent& asked);

/// What the database answered. Fails with what the database refused, and with `corrupt`, naming
/// what was asked for, where the answer is of another shape.
result<answer> read(const intent& asked, const db_answer& said);

}  // namespace spooky::intents
