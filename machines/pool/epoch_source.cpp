#include "machines/pool/epoch_source.hpp"

#include <algorithm>

namespace spooky::machines {

void epoch_source::restore(placement_epoch bound) {
  last_ = std::max(last_, bound);
  bound_ = std::max(bound_, last_);
}

std::optional<placement_epoch> epoch_source::wanted() {
  if (asked_ || bound_ - last_ > block_ / 2) return std::nullopt;
  asked_ = true;
  return bound_ + block_;
}

void epoch_source::reserved(placement_epoch bound) {
  bound_ = std::max(bound_, bound);
  asked_ = false;
}

std::optional<placement_epoch> epoch_source::next() {
  if (last_ >= bound_) return std::nullopt;
  return ++last_;
}

}  // namespace spooky::machines
