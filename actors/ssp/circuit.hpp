#pragma once

#include "actors/interfaces.hpp"
#include "actors/ssp/view_feed.hpp"
#include "machines/ssp/asked_ledger.hpp"
#include "machines/ssp/catalog_book.hpp"
#include "machines/ssp/clock_alarm.hpp"
#include "machines/ssp/heavy_allowance.hpp"
#include "machines/ssp/interest_ledger.hpp"
#include "machines/ssp/lane_ledger.hpp"
#include "machines/ssp/result_size.hpp"
#include "machines/ssp/rule_book.hpp"
#include "machines/ssp/table_intake.hpp"
#include "machines/ssp/uncaptured_tables.hpp"
#include "machines/view_caps.hpp"
#include "protocol/deadlines.hpp"
#include "views/asked/asked_view.hpp"
#include "views/engine/engine.hpp"
#include "views/engine/engine_options.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace spooky::actors {

struct circuit_config {
  spooky::ssp_id ssp_id;                     ///< in whose name interest is stated
  std::string instance;                      ///< the process's, as in its registration
  std::string version_field = "_spooky_rv";  ///< a record's own version, where it has one
  /// The table of the log that every view needs besides its own.
  table_name definition_table = "_spooky_definition";
  std::chrono::milliseconds load_timeout = deadlines::table_load.asked;
  std::chrono::milliseconds edges_timeout = deadlines::edges;
  std::chrono::milliseconds statement_timeout = deadlines::to_scheduler.asked;  ///< of interest
  std::chrono::milliseconds retry_initial{100};
  std::chrono::milliseconds retry_limit{5'000};
  /// Tables that no view needed for one to two of these are forgotten.
  std::chrono::milliseconds sweep_interval{30'000};
  std::size_t max_waiting = 10'000;  ///< registrations that wait for tables
  std::size_t max_opening = 1'000;   ///< registrations that wait for the lane
  /// Of one client: they wait for the lane, or took a turn to find out that they are heavy.
  std::size_t client_heavy_queries = 8;
  view_caps node{cap_scope::node};  ///< of all views here; memory is bounded by `engine`
  view_caps client;                 ///< of each client's views here
  /// Its turn decides which views are too heavy for here.
  views::engine_options engine;
  /// What `time::now()` stands for. Unset: the actor's own clock, as if it counted from 1970.
  std::function<timestamp()> time_of_day;
  view_feed_config feeds;
  asking_pace asking;                             ///< of views that the database answers
  std::chrono::milliseconds ask_timeout{10'000};  ///< of one such answer
};

struct circuit_parts {
  table_loader loader;
  edge_writer_actor edges;
  interest_keeper interest;  ///< empty without a scheduler
  /// Spawns a lane, detached. Without it no view leaves the circuit, and what needs more than a
  /// turn fails.
  std::function<lane_actor(views::engine_options)> spawn_lane;
  /// Is asked for what nobody here can evaluate. Without it that is refused.
  database_actor database = {};
};

/// A registration that waits for its tables, or for the lane.
struct waiting_view {
  registration_ptr registration;
  std::vector<table_name> tables;
  bool restoring = false;  ///< part of a reset, see start_over_atom
  caf::typed_response_promise<snapshot_result_ptr> promise;
  views::asked_plan_ptr asked = {};  ///< the database is to be asked for it
};

/// The lane of a circuit's heavy views: it ends with the circuit.
class owned_lane {
 public:
  owned_lane() = default;
  owned_lane(const owned_lane&) = delete;
  owned_lane& operator=(const owned_lane&) = delete;
  ~owned_lane() { end(); }

  const lane_actor& actor() const noexcept { return actor_; }
  void begin(lane_actor actor) { actor_ = std::move(actor); }
  /// What it is doing it does in vain. Nothing to do where there is none.
  void end() {
    if (actor_) caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown);
    actor_ = nullptr;
  }
  /// It has ended by itself.
  void lost() { actor_ = nullptr; }

 private:
  lane_actor actor_;
};

/// A registered view.
struct live_view {
  registration_ptr registration;
  view_feed_actor actor;
  std::vector<std::string> tables = {};  ///< that its text names
  std::optional<error> stale = {};       ///< why it is not what the database would answer
  result_size size = {};
  std::size_t bytes_elsewhere = 0;  ///< that it takes in the lane, or as the database's answer
};

/// A view that the database is asked for, whether it is registered already or waits for that.
struct asked_for {
  registration_ptr registration;
  views::asked_view view;
};

struct circuit_state {
  circuit_state() = default;
  static inline const char* name = "circuit";

  circuit_parts parts;
  circuit_config config;
  views::engine engine;
  // The engine's, made of the definitions that are loaded.
  rule_book rules;
  std::shared_ptr<const surrealql::select_rules> rules_in_force;
  catalog_book definitions;
  std::shared_ptr<const surrealql::catalog> definitions_in_force;
  clock_alarm alarm;             ///< when views look at the clock next
  uncaptured_tables uncaptured;  ///< made of the same definitions
  sequence_number applied = 0;
  interest_ledger interest;                     ///< tables whose changes are needed
  unsigned failed_statements = 0;               ///< of interest, in a row
  std::set<table_name> idle;                    ///< tables not needed at the last sweep
  table_intake intake;                          ///< tables on their way in
  std::map<table_name, unsigned> failed_loads;  ///< attempts so far, of tables still not loaded
  std::set<table_name> linked;                  ///< tables asked for because rows link to them
  /// Tables loaded ahead of `applied`: their changes up to here are contained in the rows.
  std::map<std::string, sequence_number> floors;
  std::vector<waiting_view> waiting;
  std::map<view_id, live_view> views;
  std::size_t rows = 0;                                ///< of all of them
  std::map<std::string, std::set<view_id>> by_client;  ///< see client_of()
  lane_ledger heavy;  ///< the registered views that the engine here does not keep
  owned_lane lane;    ///< empty while there is nothing to do for one
  heavy_allowance allowance{
      config.client_heavy_queries};              ///< what clients' heavy queries cost all others
  std::multimap<view_id, waiting_view> opening;  ///< registrations that wait for the lane
  std::size_t lane_bytes = 0;
  asked_ledger questions{config.asking};        ///< when the database is asked for what
  std::map<view_id, asked_for> asked;           ///< the views that show what it answers
  std::multimap<view_id, waiting_view> asking;  ///< registrations that wait for its answer
  std::size_t answer_bytes = 0;
  std::optional<timestamp> asks_at;  ///< the alarm that is set
  std::uint64_t ask_alarm = 0;       ///< its number
  std::uint64_t feeds = 0;           ///< ever begun
  /// Views whose edges are being taken over: told the position even when nothing changes for them.
  /// The position they began with.
  std::multimap<view_id, sequence_number> settling;
  std::uint64_t generation = 0;  ///< counts resets; answers to an earlier one are void
  std::size_t restoring = 0;     ///< views that a reset still waits for
  std::vector<view_id> lost;     ///< views this reset could not restore
  caf::typed_response_promise<restore_outcome> reset_promise;
};

using circuit_ptr = circuit_actor::stateful_pointer<circuit_state>;

/// Owns the engine. Spawn detached: loading a table or registering a large view takes long.
/// Tables are loaded when the first view needs them: their changes are held from the moment the
/// load is asked for, and folded over the loaded rows, so that no change is missed or repeated.
/// The database's definitions are such a table: every view waits for it, and what a definition
/// hides, shows or computes it does exactly behind the changes before it in the log. A
/// view on a table that a definition says cannot be captured is in the error state until it can.
///
/// A view that needs more than the engine's turn, when it is registered or by a change, moves to
/// the lane and stays there until it is unregistered or the circuit starts over. Registrations,
/// tables and edges are the circuit's all the same.
///
/// A view that the engine refuses and the database answers is asked of the database, again whenever
/// a table behind it has changed; for whom nothing of it is hidden.
circuit_actor::behavior_type circuit(circuit_ptr self, circuit_parts parts, circuit_config config);

}  // namespace spooky::actors
