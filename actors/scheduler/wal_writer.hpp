#pragma once

#include "actors/interfaces.hpp"
#include "config/settings.hpp"
#include "storage/wal.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace spooky::actors {

struct wal_writer_config {
  config::wal_sync sync = config::wal_sync::always;
  std::chrono::milliseconds sync_interval{100};
  /// How many producers' event ids are remembered to answer a repetition with its first seq.
  std::size_t remembered_events = 100'000;
};

/// Event ids seen lately, so that a producer's repetition is answered, not logged again. Bounded:
/// the oldest is forgotten first.
class event_memory {
 public:
  explicit event_memory(std::size_t capacity) : capacity_(capacity) {}
  /// The seq that was given to `id`, or 0.
  sequence_number find(const std::string& id) const;
  void remember(std::string id, sequence_number seq);
  /// Takes back a remember(): what it named was not stored. O(distance from the newest).
  void forget(const std::string& id);

 private:
  std::size_t capacity_;
  std::unordered_map<std::string, sequence_number> seqs_;
  std::deque<std::string> order_;
};

/// One append that waits for the disk.
struct pending_append {
  caf::typed_response_promise<committed> promise;
  committed place;
};

struct wal_writer_state {
  wal_writer_state() = default;
  static inline const char* name = "wal_writer";

  std::shared_ptr<storage::wal> log;
  wal_writer_config config;
  event_memory events{0};
  std::vector<log_listener> listeners;
  std::vector<pending_append> waiting;  ///< the group that the next sync makes durable
  std::shared_ptr<change_batches> group;
  sequence_number group_first = 0;
  bool sync_due = false;
  std::string trouble;  ///< what the disk said to the newest group; empty: it took it
  caf::timestamp troubled_since{};
};

using wal_writer_ptr = wal_writer_actor::stateful_pointer<wal_writer_state>;

/// The log's writer. Spawn detached: it blocks on the disk.
/// Group commit: every append that queued up while the last sync ran shares the next one.
/// A disk that is full, or a file that may not grow, refuses appends with `overloaded` until there
/// is room; a disk that fails ends the actor, and with it the process, for nobody can say what is
/// durable. Trouble that nobody has met for half a minute is not told any more.
/// @pre `log` is open and at the seq the replica has reached.
wal_writer_actor::behavior_type wal_writer(wal_writer_ptr self, std::shared_ptr<storage::wal> log,
                                           wal_writer_config config);

}  // namespace spooky::actors
