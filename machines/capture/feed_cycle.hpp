#pragma once

#include "machines/capture/change_feed.hpp"
#include "machines/capture/compare_queue.hpp"
#include "machines/capture/feed_stretch.hpp"
#include "machines/capture/page.hpp"
#include "machines/capture/tables.hpp"
#include "machines/say.hpp"
#include "machines/time.hpp"
#include "protocol/log.hpp"
#include "surrealql/values/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace spooky::machines {

struct feed_cycle_config {
  std::chrono::milliseconds overlap{10'000};
  std::chrono::milliseconds poll_interval{500};     ///< without a doorbell ringing
  std::chrono::milliseconds deep_interval{1'000};   ///< how often the whole window is read again
  std::chrono::milliseconds note_interval{60'000};  ///< how often it is noted how far the feed is
  std::size_t page_limit = 1'000;
  bool compares = true;  ///< false without a replica: what was missed cannot be named
};

/// What happens to the capture by change feed. An answer carries the number of the step that asked.
namespace feed_event {

struct started {
  feed_start from;
};
struct connected {};
struct lost {};
struct adopted {
  captured_table table;
};
struct released {  ///< another source takes it: answered by `free_table`
  std::string table;
};
struct wanted {  ///< a consumer asks for the whole table
  std::string table;
};
struct flush_asked {};  ///< somebody waits until all that is committed now has been delivered
struct doubted {        ///< these records are not what was delivered: they are read again
  std::vector<record_id> ids;
};
struct rang {};  ///< something has changed
struct due {     ///< a pause is over
  std::uint64_t pause = 0;
};
struct clock {  ///< the database's time, and ours when it came
  std::uint64_t step = 0;
  std::chrono::milliseconds database{0};
};
struct gap_noted {
  std::uint64_t step = 0;
};
struct loaded {  ///< all tables that were wanted have been read, or could not be
  std::uint64_t step = 0;
};
struct page {
  std::uint64_t step = 0;
  std::vector<feed_transaction> transactions;
};
struct records {  ///< what those are that were read again
  std::uint64_t step = 0;
  std::vector<change> found;
};
struct difference {
  std::uint64_t step = 0;
  page_difference_ptr page;
};
struct taken {  ///< the sink has what was offered, up to this seq
  sequence_number last = 0;
};
struct failed {  ///< a step has
  std::uint64_t step = 0;
  error why;
};
using any =
    std::variant<started, connected, lost, adopted, released, wanted, flush_asked, doubted, rang,
                 due, clock, gap_noted, loaded, page, records, difference, taken, failed>;

}  // namespace feed_event

/// What it wants done.
namespace feed_effect {

struct ask_clock {  ///< of the database; `clock` follows
  std::uint64_t step = 0;
};
struct note_gap {  ///< durably; `gap_noted` follows
  std::uint64_t step = 0;
  std::vector<std::string> tables;
};
struct forget_gap {};
struct note_progress {  ///< the feed has been read to its end up to then
  std::chrono::milliseconds until{0};
};
struct load_tables {  ///< all that are wanted; `loaded` follows. Flushes asked for are under way
  std::uint64_t step = 0;
};
/// Nothing that they may lack is still to be delivered; flushes under way are answered.
struct hand_out_tables {};
struct drop_tables {  ///< whoever waits for one that was loaded, or for a flush, is told why not
  error why;
};
struct read_page {  ///< of the feed; `page` follows
  std::uint64_t step = 0;
  versionstamp since = 0;
};
struct read_records {  ///< `records` follows
  std::uint64_t step = 0;
  std::vector<record_id> ids;
};
struct offer {  ///< until it is taken; `taken` follows
  change_batches batches;
};
struct compare {  ///< `difference` follows
  std::uint64_t step = 0;
  page_request stretch;
};
struct hang_doorbell {  ///< it rings when the table changes
  std::string table;
};
struct free_table {  ///< nothing of it can reach the sink from here any more
  std::string table;
};
struct report_compared {
  compared_table table;
};
struct report_uncaptured {
  std::string table;
  std::string why;
};
struct report_left_out {
  left_out_rows rows;
};
struct report_trouble {  ///< empty: it is over
  std::string what;
};
struct report_caught_up {};
struct look_at_tables {};  ///< a table was defined
struct reload_all {        ///< without a replica: everything may have been missed
  std::string why;
};
struct pause {  ///< `due` follows
  std::uint64_t number = 0;
  std::chrono::milliseconds length{0};
};
using any =
    std::variant<ask_clock, note_gap, forget_gap, note_progress, load_tables, hand_out_tables,
                 drop_tables, read_page, read_records, offer, compare, hang_doorbell, free_table,
                 report_compared, report_uncaptured, report_left_out, report_trouble,
                 report_caught_up, look_at_tables, reload_all, pause, say>;

}  // namespace feed_effect

using feed_effects = std::vector<feed_effect::any>;

/// The states, each with what only it has.
namespace feed_phase {

struct away {};     ///< not started, or without the database
struct resting {};  ///< until something rings or the pause is over
struct asking_clock {};
struct noting_gap {};
struct loading {};
struct reading {};  ///< a page of the feed
struct settling {   ///< reading records again of which the page does not say what they are
  feed_stretch stretch;
  versionstamp next = 0;
};
struct rereading {};  ///< records that are doubted, behind the end of the feed
struct comparing {};
/// What the sink has not taken, also while the database is away: the sink is in this process.
struct offering {
  enum class goal : std::uint8_t { next_page, end_of_feed, end_of_stretch };
  goal then = goal::end_of_feed;
  versionstamp next = 0;        ///< of the next page
  page_difference_ptr stretch;  ///< what is offered, if it came of comparing
  bool connected = true;        ///< false: the cycle ends with this
};
using any = std::variant<away, resting, asking_clock, noting_gap, loading, reading, settling,
                         rereading, comparing, offering>;

}  // namespace feed_phase

/// The capture by change feed: what is read, offered and compared, in which order. One thing at a
/// time, which makes it right: whatever is read next is newer than everything delivered before.
/// A cycle is: gaps are noted, wanted tables loaded, the feed read to its end, doubted records read
/// again, and one stretch of a table compared.
class feed_cycle {
 public:
  explicit feed_cycle(feed_cycle_config config) : config_(config) {}

  feed_effects on(const feed_event::any& event, timestamp now);

  const feed_phase::any& phase() const noexcept { return phase_; }
  bool caught_up() const noexcept { return caught_up_; }

 private:
  struct step;

  feed_cycle_config config_;
  feed_phase::any phase_ = feed_phase::away{};

  bool started_ = false;
  bool connected_ = false;
  std::optional<feed_cursor> cursor_;
  fed_tables tables_;
  compare_queue comparing_;
  std::set<std::string> released_;  ///< waits for the cycle to end
  std::vector<record_id> doubted_;  ///< to be read again
  bool wanted_ = false;             ///< tables are to be loaded, or a flush is asked for
  bool loaded_ = false;             ///< and are to be handed out when the feed has been read
  bool rung_ = false;               ///< since the last read began
  bool compares_ = false;           ///< this cycle goes on with comparing
  bool caught_up_ = false;
  bool troubled_ = false;
  bool gap_noted_ = false;
  bool nameless_told_ = false;
  timestamp last_deep_{};
  sequence_number taken_ = 0;
  std::uint64_t steps_ = 0;   ///< answers to an earlier step are void
  std::uint64_t pauses_ = 0;  ///< likewise
  std::optional<std::chrono::milliseconds> clock_offset_;
  std::chrono::milliseconds read_through_{0};
  std::chrono::milliseconds read_began_{0};
  std::chrono::milliseconds noted_{0};
};

}  // namespace spooky::machines
