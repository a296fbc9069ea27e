#pragma once

#include "actors/interfaces.hpp"
#include "machines/capture/clone_plan.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spooky::actors {

struct cloner_config {
  std::string system_prefix = "_spooky_";
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds overlap{10'000};
  std::chrono::seconds retention{std::chrono::hours{72}};
  bool provision = false;
  std::size_t parallel = 2;
  std::size_t page_rows = 5'000;
  /// How a table is captured, by name; empty: every one by change feed.
  std::function<std::string(const std::string&)> mode_of;
};

struct cloner_parts {
  database_actor database;
  replica_keeper_actor replica;
  coordinator_actor coordinator;  ///< told of progress and of the end
  capture_actor capture;          ///< started where the clone began
};

/// A page on its way into the replica.
struct copied_page {
  std::shared_ptr<table_rows> rows;
  std::optional<record_id> last;  ///< where it ends, also if that row cannot be read
  bool ends = false;              ///< it is the table's last
};

/// One table being copied: while a page is stored, the next one is read.
struct table_copy {
  std::string table;
  std::optional<record_id> read_to;    ///< the last row read
  std::optional<copied_page> waiting;  ///< read, to be stored when the page before it is
  bool storing = false;
};
using table_copy_ptr = std::shared_ptr<table_copy>;

struct cloner_state {
  cloner_state() = default;
  static inline const char* name = "cloner";

  cloner_parts parts;
  cloner_config config;
  std::uint64_t attempt = 0;  ///< answers to an earlier attempt are ignored
  bool running = false;
  bool complete = false;
  std::optional<clone_plan> noted;       ///< of an earlier attempt or run
  std::chrono::milliseconds began{0};    ///< the database's time when this attempt began
  std::vector<clone_plan::table> found;  ///< the tables to copy
  clone_plan plan;
  std::deque<std::string> waiting;
  std::size_t copying = 0;
  std::uint64_t rows_before = 0;  ///< copied by earlier attempts
  std::uint64_t reported = 0;     ///< rows at the last line in the log
  caf::timestamp started{};
};

using cloner_ptr = cloner_actor::stateful_pointer<cloner_state>;

/// Copies every table of the database into the replica, page by page, some tables at a time, and
/// then starts the capture at the moment the copy began: what changed meanwhile is read again from
/// the feed, whose records are whole, so the replica converges before anyone may look at it.
/// Begins when the database connects. Each page is stored together with a note of how far the clone
/// is; after a failure or a crash it goes on from there, as long as the feeds reach back to where
/// it began, and else starts over.
cloner_actor::behavior_type cloner(cloner_ptr self, cloner_parts parts, cloner_config config);

}  // namespace spooky::actors
