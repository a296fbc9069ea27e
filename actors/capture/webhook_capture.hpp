#pragma once

#include "actors/capture/source_core.hpp"
#include "actors/interfaces.hpp"
#include "machines/capture/left_events.hpp"
#include "machines/capture/posted_events.hpp"
#include "surrealql/values/record_order.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace spooky::actors {

struct webhook_config {
  std::string system_prefix = "_spooky_";
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds compare_interval{300'000};  ///< how often every table is compared
  std::chrono::milliseconds leftover_interval{5'000};   ///< how often the outbox is looked at
  /// A record that differs from the database is looked at again after this time: its event may be
  /// on its way, or its transaction may not have ended yet.
  std::chrono::milliseconds grace{2'000};
  std::chrono::milliseconds retry_interval{500};
  std::size_t read_records = 500;      ///< read again, or taken from the outbox, at once
  std::size_t max_suspects = 100'000;  ///< differing records waiting; beyond, they wait their turn
  std::size_t remembered = 1'000'000;  ///< records whose versions are known
  std::size_t copy_rows = 1'000;       ///< per page, when a table is loaded for a consumer
};

struct webhook_state {
  webhook_state() = default;
  static inline const char* name = "webhook_capture";

  source_core core;
  webhook_config config;
  posted_events events{1, 1};  ///< as configured from the start on
  left_events left;
  /// Whoever posted what is not answered yet, by the number of the post.
  std::map<std::uint64_t, caf::typed_response_promise<committed>> posters;
  std::uint64_t posts = 0;
  /// Records that differed, and since when.
  std::map<record_id, caf::timestamp, record_before> suspects;
  std::uint64_t reading_since = 0;  ///< what had passed the gate when records were read last
  bool leftovers_due = false;
  caf::timestamp last_compare{};
};

using webhook_ptr = webhook_source_actor::stateful_pointer<webhook_state>;

/// Captures tables whose events post to `/ingest`. What is posted passes through here, whoever
/// captures its table: a repetition, what comes late, and what another source reads end here
/// (posted_events). What never was posted is found by comparing with the replica, at the start,
/// after each reconnect and now and then; a record that differs is read again after a grace,
/// together with its version, and an event that came meanwhile wins. Events that the server gave up
/// on lie in `<prefix>outbox`: their records are read again (left_events).
webhook_source_actor::behavior_type webhook_capture(webhook_ptr self, source_parts parts,
                                                    webhook_config config);

}  // namespace spooky::actors
