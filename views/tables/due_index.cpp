#include "views/tables/due_index.hpp"

namespace spooky::views {

std::uint32_t due_index::at(const datetime& when) {
  const auto [place, fresh] = waiting_.try_emplace(when, 0);
  if (!fresh) return place->second;
  std::uint32_t number = static_cast<std::uint32_t>(moments_.size());
  if (free_.empty()) {
    moments_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  moments_[number] = when;
  place->second = number;
  return number;
}

void due_index::release(std::uint32_t number) {
  if (moments_[number]) waiting_.erase(*moments_[number]);
  moments_[number].reset();
  free_.push_back(number);
}

std::optional<datetime> due_index::next() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->first;
}

}  // namespace spooky::views
