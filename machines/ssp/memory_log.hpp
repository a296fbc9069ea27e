#pragma once

#include "machines/delivery_queue.hpp"
#include "protocol/log.hpp"
#include "protocol/pool.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace spooky::machines {

/// The log of an SSP that has no scheduler: numbers changes, and keeps those that its one reader
/// has not applied. Nothing is written down. What the reader misses when it bootstraps it loads
/// from the database instead, so the log keeps only what came since. Pure bookkeeping.
class memory_log {
 public:
  /// `limit`: of changes kept. `batch`: about how many are handed over at once.
  memory_log(std::size_t limit, std::size_t batch) : limit_(limit), batch_(batch), queue_(limit) {}

  /// Numbers begin at the database's time, in 1/1024 ms: they rise over restarts although nothing
  /// is logged, as versions must, and stay below 2^53, which JavaScript needs.
  void open(std::chrono::milliseconds since_epoch);
  bool is_open() const noexcept { return last_ != 0; }
  sequence_number last() const noexcept { return last_; }

  /// Gives the changes their seqs, in order. Of no span if there are none. One that does not fit
  /// any more is numbered all the same, and nothing is kept: see overflowed().
  log_slice append(change_batches batches);
  /// Whether the reader is so far behind that this many changes more would overflow. Never while it
  /// bootstraps: it may wait for a table that is read after what is offered now.
  bool full(std::size_t changes) const noexcept;
  /// Whether the reader must bootstrap again, for something was not kept.
  bool overflowed() const noexcept { return overflowed_; }

  /// The reader bootstraps, from here on, under a new epoch.
  ssp_admission admit();
  registration_epoch epoch() const noexcept { return epoch_; }
  /// It can be given what follows; or cannot for now, and what it was given last did not arrive.
  void start_reading() noexcept { reading_ = true; }
  void stop_reading() noexcept { reading_ = in_flight_ = false; }
  bool reading() const noexcept { return reading_; }

  /// What to hand over now: nothing while a delivery is under way.
  std::optional<log_slice> next();
  void applied(sequence_number seq);

 private:
  std::size_t limit_;
  std::size_t batch_;
  delivery_queue queue_;
  sequence_number last_ = 0;
  registration_epoch epoch_ = 0;
  bool reading_ = false;
  bool in_flight_ = false;
  bool overflowed_ = false;
};

}  // namespace spooky::machines
