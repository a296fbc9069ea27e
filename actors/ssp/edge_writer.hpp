#pragma once

#include "actors/interfaces.hpp"
#include "intents/views/edge_format.hpp"
#include "machines/ssp/claim_queue.hpp"
#include "machines/ssp/edge_ledger.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace spooky::actors {

struct edge_writer_config {
  edge_format format;
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds retry_initial{50};
  std::chrono::milliseconds retry_limit{5'000};
  /// How long edges that a former owner wrote from later changes stand until we have seen those.
  std::chrono::milliseconds patience{2'000};
  /// Without a scheduler: below every epoch that is given now, above those of earlier runs.
  placement_epoch epoch_floor = 0;
  unsigned erase_attempts = 10;  ///< then whoever asked for it is told
  std::size_t batch_rows = 100;  ///< edges per transaction: about the best everywhere (notes, 7.1)
};

/// The end of a view, until the database has it.
struct erasure {
  view_claim claim;
  std::vector<caf::typed_response_promise<ack>> promises;
  unsigned attempt = 0;
  std::uint64_t round = 0;  ///< a retry's timer of an earlier erasure is void
  bool in_flight = false;
};

struct edge_writer_state {
  edge_writer_state() = default;
  static inline const char* name = "edge_writer";

  database_actor database;
  edge_writer_config config;
  edge_ledger ledger;
  /// Who waits for a view's edges to be in the database.
  std::multimap<view_id, caf::typed_response_promise<ack>> waiting;
  bool connected = false;
  std::shared_ptr<const edge_ledger::batch> writing;  ///< the transaction in flight
  std::map<view_id, erasure> erasing;                 ///< views whose edges and record are to go
  machines::claim_queue claims;
  std::set<view_id> unclaimed;  ///< views to be claimed when what is in flight for them is over
  ownership_listener owner;
  unsigned failures = 0;
  std::uint64_t erasures = 0;
  placement_epoch last_epoch = 0;  ///< given without a scheduler
  edge_status status;
};

using edge_writer_ptr = edge_writer_actor::stateful_pointer<edge_writer_state>;

/// Claims each view before it writes it, see intents/views/ownership.hpp; a view that another
/// process has claimed since is forgotten, its edges untouched, and the owner of this actor is
/// told. Keeps the database's edges equal to the views' members. One transaction of claims and one
/// of edges is in flight at a time; what changes meanwhile is merged. A failed transaction is
/// repeated, with back-off, until the database takes it: edges have no other home, and what waits
/// is bounded by the views' sizes.
edge_writer_actor::behavior_type edge_writer(edge_writer_ptr self, database_actor database,
                                             edge_writer_config config);

}  // namespace spooky::actors
