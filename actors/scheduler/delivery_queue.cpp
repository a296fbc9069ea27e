#include "actors/scheduler/ssp_link.hpp"

#include <memory>

namespace spooky::actors {

bool delivery_queue::push(const log_slice& slice) {
  if (closed_) return false;
  // One transaction larger than the limit still passes through an empty queue.
  if (!slices_.empty() && changes_ + slice.changes() > limit_) {
    closed_ = true;
    slices_.clear();
    changes_ = 0;
    return false;
  }
  slices_.push_back(slice);
  changes_ += slice.changes();
  return true;
}

log_slice delivery_queue::front(std::size_t changes) const {
  if (slices_.empty()) return {};
  if (slices_.size() == 1 || slices_.front().changes() >= changes) return slices_.front();
  log_slice whole{slices_.front().first, 0, nullptr};
  auto batches = std::make_shared<change_batches>();
  for (const auto& slice : slices_) {
    if (whole.last != 0 && slice.last - whole.first >= changes) break;
    batches->insert(batches->end(), slice.batches->begin(), slice.batches->end());
    whole.last = slice.last;
  }
  whole.batches = std::move(batches);
  return whole;
}

void delivery_queue::acknowledge(sequence_number seq) {
  while (!slices_.empty() && slices_.front().last <= seq) {
    changes_ -= slices_.front().changes();
    slices_.pop_front();
  }
}

}  // namespace spooky::actors
