#pragma once

#include "config/settings.hpp"
#include "intents/capture/tables.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace spooky::machines {

/// How a table's changes become known.
enum class capture_way : std::uint8_t {
  feed,       ///< its change feed, or the database's
  live,       ///< LIVE queries
  events,     ///< table events that post to /ingest
  comparing,  ///< nobody tells of them: its rows are compared with what the sink holds
};

/// "changefeed", "live", "webhook" as in the settings; "compared".
std::string_view to_string(capture_way way) noexcept;

/// The way that a mode asks for.
capture_way way_of(config::capture_mode mode) noexcept;

struct table_route {
  capture_way way = capture_way::feed;
  /// Why it is not the way that was asked for, and what to do to have that; empty: it is.
  std::string trouble;

  friend bool operator==(const table_route&, const table_route&) = default;
};

/// What a table's route depends on besides the table.
struct route_circumstances {
  config::capture_mode asked = config::capture_mode::changefeed;
  bool posts = false;        ///< it has the event that posts its changes
  std::string feed_refused;  ///< why its feed could not be switched on; empty: not tried
};

/// How this table is captured: the way asked for if it can be had, else LIVE, and comparing where
/// SurrealDB tells of no change at all.
table_route route_of(const intents::source_table& table, const route_circumstances& given,
                     const std::string& system_prefix);

}  // namespace spooky::machines
