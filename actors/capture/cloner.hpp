#pragma once

#include "actors/interfaces.hpp"

#include <chrono>
#include <deque>
#include <functional>
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
};

struct cloner_parts {
  database_actor database;
  replica_keeper_actor replica;
  coordinator_actor coordinator;  ///< told of progress and of the end
  capture_actor capture;          ///< started where the clone began
};

/// One table being copied.
struct table_copy {
  std::string table;
  std::optional<record_id> last;
};

struct cloner_state {
  cloner_state() = default;
  static inline const char* name = "cloner";

  cloner_parts parts;
  cloner_config config;
  std::uint64_t attempt = 0;  ///< answers to an earlier attempt are ignored
  bool running = false;
  bool complete = false;
  std::uint64_t began_at = 0;  ///< versionstamp from which the feed must be read
  std::deque<std::string> waiting;
  std::vector<std::string> tables;
  std::size_t copying = 0;
  std::uint64_t rows = 0;
  caf::timestamp started{};
};

using cloner_ptr = cloner_actor::stateful_pointer<cloner_state>;

/// Copies every table of the database into the replica, page by page, some tables at a time, and
/// then starts the capture at the moment the copy began: what changed meanwhile is read again from
/// the feed, whose records are whole, so the replica converges before anyone may look at it.
/// Begins when the database connects; begins again after a failure.
cloner_actor::behavior_type cloner(cloner_ptr self, cloner_parts parts, cloner_config config);

}  // namespace spooky::actors
