#pragma once

#include "actors/interfaces.hpp"
#include "actors/scheduler/freeze_ledger.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spooky::actors {

struct coordinator_config {
  std::chrono::milliseconds request_timeout{10'000};
  std::chrono::seconds checkpoint_interval{300};
  std::chrono::seconds snapshot_max_age{600};
  std::size_t max_buffer_per_ssp = 10'000;
  /// Changes the replica may lag behind the log before ingest is refused with `overloaded`.
  std::size_t max_replica_lag = 200'000;
};

/// Opens the link to an SSP that joins: its registration, the snapshot's seq, what was delivered
/// after the snapshot, its epoch, and the coordinator to report to.
using link_factory = std::function<ssp_link_actor(const ssp_registration&, sequence_number,
                                                  const std::vector<log_slice>&,
                                                  std::uint64_t epoch, const coordinator_actor&)>;

struct coordinator_parts {
  wal_writer_actor wal;
  replica_keeper_actor replica;
  database_actor database;
  link_factory open_link;
};

/// An SSP that waits for the snapshot that has been asked for.
struct joining_ssp {
  ssp_registration who;
  caf::typed_response_promise<sequence_number> promise;
};

struct coordinator_state {
  coordinator_state() : ledger(0) {}
  static inline const char* name = "coordinator";

  coordinator_parts parts;
  coordinator_config config;
  freeze_ledger ledger;
  std::vector<joining_ssp> joining;
  struct member {
    ssp_link_actor link;
    link_status status;
  };
  std::map<std::string, member> pool;
  sequence_number seq = 0;          ///< highest durable
  sequence_number replica_seq = 0;  ///< highest applied
  std::uint64_t ingested = 0;
  std::uint64_t next_epoch = 0;
  bool cloned = false;
  std::string detail = "waiting for the database";
  capture_report capture;               ///< the newest one
  std::optional<clone_progress> clone;  ///< while cloning
};

using coordinator_ptr = coordinator_actor::stateful_pointer<coordinator_state>;

/// The centre of the scheduler. Starts in Cloning, where only the change source may ingest; becomes
/// Ready when the clone is complete and the source has caught up with it.
/// `recovered`: the replica held a complete clone at start, so only the catching up is awaited.
coordinator_actor::behavior_type coordinator(coordinator_ptr self, coordinator_parts parts,
                                             coordinator_config config, sequence_number seq,
                                             bool recovered);

}  // namespace spooky::actors
