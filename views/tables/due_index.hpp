#pragma once

#include "surrealql/values/value.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace spooky::views {

/// The moments at which something that was evaluated comes out differently by itself, each with a
/// number to be read under, ordered by when they pass. Who waits for a moment is one of its
/// readers; many rows that flip at once share one.
class due_index {
 public:
  /// The number of a moment that has not passed. O(log n).
  std::uint32_t at(const datetime& when);
  /// Gives a number back that nobody reads.
  void release(std::uint32_t number);

  /// Calls passed(number) for each moment up to `now`, in order, each once. The number stays until
  /// it is released.
  template <class Passed>
  void advance(const datetime& now, Passed&& passed) {
    while (!waiting_.empty() && waiting_.begin()->first <= now) {
      const std::uint32_t number = waiting_.begin()->second;
      waiting_.erase(waiting_.begin());
      moments_[number].reset();
      passed(number);
    }
  }
  /// The next one that passes.
  std::optional<datetime> next() const;
  std::size_t size() const noexcept { return waiting_.size(); }

 private:
  std::map<datetime, std::uint32_t> waiting_;
  std::vector<std::optional<datetime>> moments_;  ///< by number; nothing: it has passed or is free
  std::vector<std::uint32_t> free_;
};

}  // namespace spooky::views
