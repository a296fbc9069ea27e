#pragma once

#include "machines/pool/frozen_snapshot.hpp"
#include "machines/time.hpp"
#include "protocol/log.hpp"
#include "surrealql/database/change.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace spooky::machines {

/// Who uses the pinned snapshot, and what was delivered since it was pinned: an SSP that joins
/// while another bootstraps shares the snapshot and is given the same stretch of log after it,
/// without a gap. A pure bookkeeping class; the coordinator owns it.
class freeze_ledger {
 public:
  /// `max_since`: changes after the snapshot beyond which a newcomer should get a newer one.
  explicit freeze_ledger(std::size_t max_since) : max_since_(max_since) {}

  /// A snapshot has been asked for: what is delivered from now on, above `seq`, comes after it.
  void begin(sequence_number seq);
  /// The snapshot asked for has arrived. False, and nothing is pinned, if it is older than where
  /// begin() was: what came between is not kept.
  bool pinned(frozen_snapshot snapshot, timestamp now);
  /// It could not be had; nothing is pinned.
  void abandon();
  /// A stretch of the log went out.
  void delivered(const log_slice& slice);

  bool pending() const noexcept { return pending_; }
  /// The snapshot, if one is pinned.
  const std::optional<frozen_snapshot>& current() const noexcept { return snapshot_; }
  /// Whether a newcomer may share it.
  bool shareable() const noexcept { return snapshot_ && since_changes_ <= max_since_; }
  /// What was delivered after it.
  const std::vector<log_slice>& since() const noexcept { return since_; }

  void enter(const ssp_id& ssp_id) { users_.insert(ssp_id); }
  /// The SSP is past its bootstrap or gone. The last one out releases the snapshot.
  void leave(const ssp_id& ssp_id);
  std::size_t users() const noexcept { return users_.size(); }
  /// Releases a snapshot pinned longer than `max_age`; its users bootstrap on with newer ones.
  /// True if it did.
  bool expire(timestamp now, timespan max_age);

 private:
  void release();

  std::size_t max_since_;
  bool pending_ = false;
  sequence_number begun_at_ = 0;
  std::optional<frozen_snapshot> snapshot_;
  timestamp pinned_at_{};
  std::vector<log_slice> since_;
  std::size_t since_changes_ = 0;
  std::set<ssp_id> users_;
};

}  // namespace spooky::machines
