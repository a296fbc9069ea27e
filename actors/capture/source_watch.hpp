#pragma once

#include "actors/interfaces.hpp"
#include "actors/known_types.hpp"
#include "config/settings.hpp"
#include "machines/capture/definition_ledger.hpp"
#include "machines/capture/left_out.hpp"
#include "machines/capture/source_tables.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace spooky::actors {

struct source_watch_config {
  std::string system_prefix = "_spooky_";
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds table_interval{5'000};
  std::chrono::seconds retention{std::chrono::hours{72}};
  bool provision = false;
  std::size_t tables_at_once = 100;  ///< INFO FOR TABLE statements in one query
  config::capture_settings capture;  ///< which table is captured how
};

struct source_watch_parts {
  database_actor database;
  replica_keeper_actor replica;  ///< keeps notes of what was copied; empty without a replica
  std::shared_ptr<known_types> types;
  /// The sources in use. The one for LIVE captures by comparing, too, and has to be there.
  std::map<capture_way, capture_source_actor> sources;
};

/// What the sink holds of the tables' definitions.
struct given_definitions {
  definition_ledger ledger;
  bool complete = false;  ///< all that the database has were given at least once
  unsigned offers = 0;    ///< under way
  value texts;            ///< what INFO FOR DB said last
  /// Consumers that wait for them, and the seq they have to be at.
  std::vector<std::pair<sequence_number, caf::typed_response_promise<table_rows_ptr>>> asked;
};

struct source_watch_state {
  source_watch_state() = default;
  static inline const char* name = "source_watch";

  source_watch_parts parts;
  source_watch_config config;
  change_sink sink;  ///< set by start
  feed_start from;   ///< told to the sources after the first look
  bool looked = false;
  bool connected = false;
  bool busy = false;      ///< a look is under way
  bool look_due = false;  ///< another one was asked for meanwhile
  std::uint64_t connection = 0;

  watched_tables tables;
  std::set<std::string> moving;  ///< on their way from one source to another
  std::map<std::string, route_circumstances> circumstances;
  std::map<std::string, std::string> uncaptured;  ///< tables of which nothing can be read, and why
  left_out_ledger left_out{100};
  /// Consumers that ask for a table that has no source yet, and the seq they have to be at.
  struct early_load {
    table_name table;
    sequence_number least;
    caf::typed_response_promise<table_rows_ptr> promise;
  };
  std::vector<early_load> early_loads;
  given_definitions definitions;
  /// All tables of the last look, captured or not.
  std::shared_ptr<const std::vector<source_table>> listed;
  std::set<std::string> existing;               ///< their names
  std::map<std::string, value> fields;          ///< what INFO FOR TABLE said last
  std::set<std::string> comparing;              ///< handed over to be compared, and not yet done
  std::set<std::string> catching_up;            ///< sources that have not caught up
  std::map<std::string, std::string> troubles;  ///< by `<what>/<table>`, or by source
  capture_report report;
};

using source_watch_ptr = capture_actor::stateful_pointer<source_watch_state>;

/// Looks every few seconds, and when a source saw a definition, which tables the database has and
/// what their fields are. Each table goes to the source that can capture it (see route_of), and to
/// another one when that changes; tables that are gone or were defined anew (SurrealDB gives them
/// another number) are compared, so that their rows are retracted; the sink and the JSON decoders
/// learn each table's fields. Rows that cannot be read are looked at again with each look. Each
/// table's definition goes to the sink as a row of surrealql::definition_table(), before the first
/// source is started and whenever it has changed.
capture_actor::behavior_type source_watch(source_watch_ptr self, source_watch_parts parts,
                                          source_watch_config config);

/// The note (family `meta`) of a table whose rows were copied.
std::string table_note(const std::string& table);

}  // namespace spooky::actors
