#include "machines/ssp/memory_log.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace spooky::machines {

void memory_log::open(std::chrono::milliseconds since_epoch) {
  last_ = std::max(last_, sequence_number{static_cast<std::uint64_t>(since_epoch.count()) * 1024});
}

log_slice memory_log::append(change_batches batches) {
  log_slice slice;
  slice.first = last_ + 1;
  for (auto& batch : batches)
    for (auto& c : batch.changes) c.seq = ++last_;
  slice.last = last_;
  slice.batches = std::make_shared<const change_batches>(std::move(batches));
  if (slice.span() != 0 && !queue_.push(slice)) overflowed_ = true;
  return slice;
}

bool memory_log::full(std::size_t changes) const noexcept {
  return reading_ && !queue_.empty() && queue_.changes() + changes > limit_;
}

ssp_admission memory_log::admit() {
  queue_ = delivery_queue{limit_, last_};
  overflowed_ = false;
  stop_reading();
  return {last_, false, {}, ++epoch_};
}

std::optional<log_slice> memory_log::next() {
  if (!reading_ || in_flight_ || queue_.empty()) return std::nullopt;
  in_flight_ = true;
  auto slice = queue_.front(batch_);
  slice.epoch = epoch_;
  return slice;
}

void memory_log::applied(sequence_number seq) {
  in_flight_ = false;
  queue_.acknowledge(seq);
}

}  // namespace spooky::machines
