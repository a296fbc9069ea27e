#pragma once

#include "actors/interfaces.hpp"
#include "machines/database_version.hpp"
#include "machines/pool/freeze_ledger.hpp"

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
  /// Changes that the log is kept longer than the replica needs, for SSPs that have not
  /// acknowledged them.
  std::size_t max_log_held = 1'000'000;
  std::string database{};  ///< the version of SurrealDB that the log is of; empty: not known
  /// Whose changes the seqs number: SSPs that have applied some of it may go on where they are.
  std::string log_id{};
};

/// Opens the link to an SSP that joins: its registration, what it is answered, what was delivered
/// after the seq in the answer, and the coordinator to report to.
using link_factory =
    std::function<ssp_link_actor(const ssp_registration&, const ssp_admission&,
                                 const std::vector<log_slice>&, const coordinator_actor&)>;

struct coordinator_parts {
  wal_writer_actor wal;
  log_reader_actor log;
  replica_keeper_actor replica;
  database_actor database;
  link_factory open_link;
  std::function<std::string()> fresh_log_id;  ///< for a database that was cloned anew
};

/// An SSP that waits for the snapshot that has been asked for.
struct joining_ssp {
  ssp_registration who;
  caf::typed_response_promise<ssp_admission> promise;
};

/// An SSP that goes on where it is, while what it missed is read from the log.
struct resuming_ssp {
  joining_ssp ssp;
  std::vector<log_slice> since;  ///< delivered meanwhile
};

struct coordinator_state {
  coordinator_state() : ledger(0) {}
  static inline const char* name = "coordinator";

  coordinator_parts parts;
  coordinator_config config;
  database_version version;
  freeze_ledger ledger;
  std::vector<joining_ssp> joining;
  std::map<std::uint64_t, resuming_ssp> resuming;  ///< by ticket
  std::uint64_t resumed = 0;                       ///< the last ticket given
  struct member {
    ssp_link_actor link;
    link_status status;
    std::string instance;   ///< the process that registered
    bool outdated = false;  ///< its views answer as another version of SurrealDB does
  };
  std::map<ssp_id, member> pool;
  sequence_number seq = 0;          ///< highest durable
  sequence_number replica_seq = 0;  ///< highest applied
  std::uint64_t ingested = 0;
  registration_epoch next_epoch = 0;
  bool cloned = false;
  std::string detail = "waiting for the database";
  capture_report capture;               ///< the newest one
  std::optional<clone_progress> clone;  ///< while cloning
};

using coordinator_ptr = coordinator_actor::stateful_pointer<coordinator_state>;

/// The highest seq the log need not hold: the replica has it for good (`durable`), and so has every
/// SSP that is still being told, unless that would keep more than `max_held` changes.
sequence_number releasable(const coordinator_state& state, sequence_number durable,
                           std::size_t max_held);

/// The centre of the scheduler. Starts in Cloning, where only the change source may ingest; becomes
/// Ready when the clone is complete and the source has caught up with it.
/// `recovered`: the replica held a complete clone at start, so only the catching up is awaited.
coordinator_actor::behavior_type coordinator(coordinator_ptr self, coordinator_parts parts,
                                             coordinator_config config, sequence_number seq,
                                             bool recovered);

}  // namespace spooky::actors
