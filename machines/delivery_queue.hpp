#pragma once

#include "protocol/log.hpp"
#include "protocol/pool.hpp"
#include "surrealql/database/change.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <string>

namespace spooky::machines {

/// The ordered, bounded queue of what an SSP has not acknowledged: the changes of the tables it
/// needs. Stretches of the log without such a change are remembered by their place only; adjacent
/// ones become one and cost nothing against the limit. Pure bookkeeping.
class delivery_queue {
 public:
  /// `position`: what the SSP has already.
  explicit delivery_queue(std::size_t limit, sequence_number position = 0)
      : limit_(limit), last_(position) {}

  /// What is pushed from now on, that is above last(), is reduced to these tables.
  void narrow(const table_interest& tables);
  /// False when the slice does not fit: the queue is then empty and stays closed.
  bool push(const log_slice& slice);
  /// Whether everything pushed is acknowledged.
  bool empty() const noexcept { return entries_.empty(); }
  /// Whether none of what is not acknowledged changes anything for the SSP.
  bool quiet() const noexcept { return changes_ == 0; }
  /// Changes waiting, in flight included.
  std::size_t changes() const noexcept { return changes_; }
  /// The highest seq pushed.
  sequence_number last() const noexcept { return last_; }
  /// The front of the queue as one slice of about `changes` changes; transactions stay whole. It is
  /// in flight until the next call or acknowledge(): what is in it does not change.
  log_slice front(std::size_t changes);
  /// Drops what is acknowledged.
  void acknowledge(sequence_number seq);

 private:
  struct entry {
    log_slice slice;
    std::size_t changes = 0;
  };
  entry reduced(const log_slice& slice) const;
  void append(entry fresh);

  std::size_t limit_;
  std::size_t changes_ = 0;
  std::size_t in_flight_ = 0;  ///< entries at the front that front() gave out
  sequence_number last_ = 0;
  bool closed_ = false;
  std::optional<std::set<std::string, std::less<>>> tables_;
  std::deque<entry> entries_;
};

}  // namespace spooky::machines
