#include "machines/pool/freeze_ledger.hpp"

#include "machines/pool/frozen_snapshot.hpp"
#include "machines/time.hpp"
#include "protocol/log.hpp"

#include <utility>

namespace spooky::machines {

void freeze_ledger::begin(sequence_number seq) {
  pending_ = true;
  begun_at_ = seq;
  since_.clear();
  since_changes_ = 0;
}

bool freeze_ledger::pinned(frozen_snapshot snapshot, timestamp now) {
  if (snapshot.seq < begun_at_) {
    abandon();
    return false;
  }
  pending_ = false;
  snapshot_ = std::move(snapshot);
  pinned_at_ = now;
  return true;
}

void freeze_ledger::abandon() {
  pending_ = false;
  release();
}

void freeze_ledger::delivered(const log_slice& slice) {
  if (!pending_ && !shareable()) return;
  since_.push_back(slice);
  since_changes_ += slice.span();
}

void freeze_ledger::leave(const ssp_id& ssp_id) {
  if (users_.erase(ssp_id) != 0 && users_.empty() && !pending_) release();
}

bool freeze_ledger::expire(timestamp now, timespan max_age) {
  // While a newer one is on its way, what is delivered belongs to that one and must stay.
  if (pending_ || !snapshot_ || now - pinned_at_ < max_age) return false;
  release();
  return true;
}

void freeze_ledger::release() {
  snapshot_.reset();
  since_.clear();
  since_changes_ = 0;
}

}  // namespace spooky::machines
