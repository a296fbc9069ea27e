#pragma once

#include "protocol/ids.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <set>
#include <vector>

namespace spooky::machines {

/// Views that wait to be claimed in the database. One transaction is in flight at a time and has
/// the claims of all that have come meanwhile; a view whose claim has failed is claimed alone, so
/// that it does not take others with it again.
class claim_queue {
 public:
  struct entry {
    view_id view;
    unsigned failures = 0;  ///< claims of it that have failed
  };
  struct limits {
    std::size_t views = 50;  ///< per transaction
    std::size_t bytes = std::size_t{1}
                        << 20;  ///< and of what they carry; one is taken whatever it has
  };

  explicit claim_queue(limits most) : most_(most) {}
  claim_queue() = default;

  /// The view waits behind those that do. Nothing where it waits already. O(log views).
  void add(const view_id& view, unsigned failures);
  /// It waits no more; a claim in flight is not called back. O(waiting).
  void remove(const view_id& view);
  bool is_in_flight(const view_id& view) const { return in_flight_.contains(view); }

  /// Those whose claims go into the next transaction, in the order they came; none while one is in
  /// flight. `bytes_of` a view is what its claim carries.
  std::vector<entry> take(const std::function<std::size_t(const view_id&)>& bytes_of);
  /// The transaction is over, however it went.
  void done() { in_flight_.clear(); }

 private:
  limits most_;
  std::deque<entry> line_;
  std::set<view_id> waiting_;  ///< views in line_
  std::set<view_id> in_flight_;
};

}  // namespace spooky::machines
