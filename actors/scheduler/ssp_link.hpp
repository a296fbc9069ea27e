#pragma once

#include "actors/interfaces.hpp"

#include <chrono>
#include <deque>
#include <string>
#include <vector>

namespace spooky::actors {

struct ssp_link_config {
  std::chrono::milliseconds poll_interval{3'000};  ///< health polls, and the tick of this link
  std::chrono::milliseconds heartbeat_timeout{15'000};
  std::chrono::seconds bootstrap_timeout{120};
  std::chrono::milliseconds delivery_timeout{30'000};
  std::chrono::milliseconds registration_timeout{60'000};
  std::size_t max_buffered = 10'000;  ///< unacknowledged changes, then Overflowed
  std::size_t batch_changes = 1'000;  ///< per delivery, unless one transaction is larger
};

/// The ordered, bounded queue of what an SSP has not acknowledged.
class delivery_queue {
 public:
  explicit delivery_queue(std::size_t limit) : limit_(limit) {}

  /// False when the slice does not fit: the queue is then empty and stays closed.
  bool push(const log_slice& slice);
  bool empty() const noexcept { return slices_.empty(); }
  std::size_t changes() const noexcept { return changes_; }
  /// The front of the queue as one slice of about `changes` changes; transactions stay whole.
  log_slice front(std::size_t changes) const;
  /// Drops what is acknowledged.
  void acknowledge(sequence_number seq);

 private:
  std::size_t limit_;
  std::size_t changes_ = 0;
  bool closed_ = false;
  std::deque<log_slice> slices_;
};

struct ssp_link_parts {
  ssp_peer peer;
  coordinator_actor coordinator;
  load_balancer_actor balancer;
  view_registry_actor registry;
};

struct ssp_link_state {
  ssp_link_state() : queue(0) {}
  static inline const char* name = "ssp_link";

  ssp_link_parts parts;
  ssp_link_config config;
  delivery_queue queue;
  link_status status;
  std::vector<std::string> held;  ///< views the SSP said it holds when it joined
  bool in_flight = false;
  unsigned failures = 0;  ///< deliveries failed in a row
  caf::timestamp joined_at{};
  caf::timestamp resume_at{};  ///< no delivery before this, after a failure
};

using ssp_link_ptr = ssp_link_actor::stateful_pointer<ssp_link_state>;

/// The lifecycle of one SSP, from its registration at `seq` on. `since` is what was delivered after
/// its snapshot and before this link existed. Bootstrapping buffers and polls the SSP's health;
/// Replaying sends the buffer in order; Ready sends live and takes views. Overflowed answers
/// heartbeats with conflict until the SSP registers again; Gone ends the link.
ssp_link_actor::behavior_type ssp_link(ssp_link_ptr self, ssp_link_parts parts,
                                       ssp_link_config config, const ssp_registration& who,
                                       sequence_number seq, const std::vector<log_slice>& since,
                                       std::uint64_t epoch);

}  // namespace spooky::actors
