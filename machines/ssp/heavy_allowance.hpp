#pragma once

#include "machines/time.hpp"
#include "surrealql/values/result.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <string>

namespace spooky::machines {

/// What heavy queries of one client may cost all others: turns of the circuit, in which no other
/// view steps, and places in the queue for its lane. A query that is known to be heavy takes no
/// turn, so who registers the same ones again pays nothing. Pure bookkeeping; the circuit owns it.
class heavy_allowance {
 public:
  /// Turns count for so long.
  static constexpr timespan window = std::chrono::seconds{10};

  /// `queries`: as many may wait for the lane, and have taken a turn within the window.
  explicit heavy_allowance(std::size_t queries) : queries_(queries) {}

  /// A query of the client needed more than a turn. Times do not go back. O(clients).
  void took_turn(const std::string& client, timestamp now);

  /// Whether one more of a client's queries may wait for the lane beside the `waiting` that do.
  /// overloaded names the setting, and until when.
  result<void> may_wait(std::size_t waiting) const;

  /// Whether a query of the client of which nobody knows whether it is heavy may be tried.
  /// overloaded likewise. O(log clients) and what has expired.
  result<void> may_try(const std::string& client, timestamp now);

  /// Clients that are remembered: who took a turn within the window before the last one.
  std::size_t clients() const noexcept { return turns_.size(); }

 private:
  std::size_t queries_;
  std::map<std::string, std::deque<timestamp>> turns_;  ///< oldest first
};

}  // namespace spooky::machines
