#pragma once

#include "actors/capture/source_core.hpp"
#include "actors/interfaces.hpp"
#include "machines/capture/compare_pace.hpp"
#include "machines/capture/table_image.hpp"
#include "surrealql/values/record_order.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace spooky::actors {

struct live_config {
  std::string system_prefix = "_spooky_";
  std::chrono::milliseconds request_timeout{30'000};
  /// How often every table is compared: client-side transactions send no notification.
  std::chrono::milliseconds compare_interval{300'000};
  std::chrono::milliseconds retry_interval{500};
  std::size_t read_records = 500;   ///< read again at once
  std::size_t max_dirty = 100'000;  ///< records waiting; beyond, their tables are compared
  std::size_t copy_rows = 1'000;    ///< per page, when a table is loaded for a consumer
  /// Whether events count a table's versions, or will when it has them; empty: of none.
  std::function<bool(const std::string&)> counted;
  /// How often tables are compared of which no LIVE query tells.
  compare_pace::limits pace;
  /// Without a replica: rows of such a table that are remembered to tell what has changed.
  std::size_t max_image_rows = 200'000;
};

/// Records known to have changed, each once, in the order in which that became known. Bounded: what
/// does not fit is a table to be compared. Pure bookkeeping.
class dirty_records {
 public:
  explicit dirty_records(std::size_t capacity) : capacity_(capacity) {}

  /// False if there is no room.
  bool add(const record_id& id);
  /// Up to so many of those added first; they are not dirty any more.
  std::vector<record_id> take(std::size_t limit);
  /// Forgets those of one table.
  void remove(const std::string& table);
  bool empty() const noexcept { return order_.empty(); }
  std::size_t size() const noexcept { return order_.size(); }
  void clear();

 private:
  std::size_t capacity_;
  record_set known_;
  std::deque<record_id> order_;
};

struct live_state {
  live_state() : dirty(0), pace({}) {}
  static inline const char* name = "live_capture";

  source_core core;
  live_config config;
  std::set<std::string> tables;
  std::set<std::string> unwatched;  ///< of these: a LIVE query is to be asked for
  std::set<std::string> failed;     ///< of these: the last attempt failed
  std::set<std::string> silent;     ///< of these: LIVE tells nothing of them
  std::size_t asking = 0;           ///< LIVE queries asked for and not answered
  dirty_records dirty;
  std::vector<record_id> reading;  ///< being read again; dirty still if that fails
  bool compare_turn = false;       ///< records were read last, so a comparison is next

  compare_pace pace;  ///< of tables that no LIVE query tells of
  /// Without a replica: what the consumer was given of them, once it has asked for them.
  std::map<std::string, table_image> images;
  std::deque<std::string> due;  ///< of these: to be compared now, the first one under way
  std::optional<record_id> compared_to;
};

using live_ptr = capture_source_actor::stateful_pointer<live_state>;

/// Captures tables by LIVE queries. Notifications arrive out of order across transactions, so they
/// only say which record to read again; one read is in flight, and what it gives is offered before
/// the next, so the newest state of a record comes last. Whatever may have been missed (before the
/// start, while disconnected, by client-side transactions, which send no notification) is found by
/// comparing with the replica: at the start, after each reconnect and now and then. Tables that no
/// LIVE query tells of (defined AS SELECT, or LIVE was refused) are compared as often as is cheap;
/// without a replica with what the consumer was given of them.
capture_source_actor::behavior_type live_capture(live_ptr self, source_parts parts,
                                                 live_config config);

}  // namespace spooky::actors
