#include "machines/delivery_queue.hpp"

#include "protocol/log.hpp"
#include "protocol/pool.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace spooky::machines {

namespace {

std::size_t count(const change_batches& batches) {
  std::size_t changes = 0;
  for (const auto& batch : batches) changes += batch.changes.size();
  return changes;
}

}  // namespace

void delivery_queue::narrow(const table_interest& tables) {
  tables_.reset();
  if (tables) tables_.emplace(tables->begin(), tables->end());
}

delivery_queue::entry delivery_queue::reduced(const log_slice& slice) const {
  const auto whole = count(*slice.batches);
  if (!tables_) return {slice, whole};
  const auto needed = [&](const change& c) { return tables_->contains(c.id.table); };
  std::size_t changes = 0;
  for (const auto& batch : *slice.batches)
    changes +=
        static_cast<std::size_t>(std::count_if(batch.changes.begin(), batch.changes.end(), needed));
  if (changes == whole) return {slice, whole};
  auto batches = std::make_shared<change_batches>();
  for (const auto& batch : *slice.batches) {
    change_batch kept;
    std::copy_if(batch.changes.begin(), batch.changes.end(), std::back_inserter(kept.changes),
                 needed);
    if (!kept.changes.empty()) batches->push_back(std::move(kept));
  }
  return {{slice.first, slice.last, std::move(batches), 0}, changes};
}

void delivery_queue::append(entry fresh) {
  if (entries_.size() > in_flight_) {
    auto& back = entries_.back();
    if (fresh.changes == 0) {
      back.slice.last = fresh.slice.last;
      return;
    }
    if (back.changes == 0) {
      fresh.slice.first = back.slice.first;
      back = std::move(fresh);
      return;
    }
  }
  entries_.push_back(std::move(fresh));
}

bool delivery_queue::push(const log_slice& slice) {
  if (closed_) return false;
  auto fresh = reduced(slice);
  last_ = slice.last;
  // One transaction larger than the limit still passes through an empty queue.
  if (changes_ != 0 && fresh.changes != 0 && changes_ + fresh.changes > limit_) {
    closed_ = true;
    entries_.clear();
    changes_ = in_flight_ = 0;
    return false;
  }
  changes_ += fresh.changes;
  append(std::move(fresh));
  return true;
}

log_slice delivery_queue::front(std::size_t changes) {
  in_flight_ = 0;
  if (entries_.empty()) return {};
  std::size_t taken = 0;
  for (const auto& next : entries_) {
    if (in_flight_ != 0 && taken != 0 && taken + next.changes > changes) break;
    taken += next.changes;
    ++in_flight_;
  }
  if (in_flight_ == 1) return entries_.front().slice;
  auto batches = std::make_shared<change_batches>();
  for (std::size_t i = 0; i < in_flight_; ++i)
    batches->insert(batches->end(), entries_[i].slice.batches->begin(),
                    entries_[i].slice.batches->end());
  return {entries_.front().slice.first, entries_[in_flight_ - 1].slice.last, std::move(batches), 0};
}

void delivery_queue::acknowledge(sequence_number seq) {
  in_flight_ = 0;
  while (!entries_.empty() && entries_.front().slice.last <= seq) {
    changes_ -= entries_.front().changes;
    entries_.pop_front();
  }
}

}  // namespace spooky::machines
