#pragma once

#include "protocol/ids.hpp"

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace spooky::machines {

/// One thing at a time for each view: a registration, a move or an end that comes while another is
/// under way waits for its turn. So an end never overtakes the registration before it, and of two
/// registrations the later one decides. Pure bookkeeping.
class view_turns {
 public:
  /// Runs `step` now, or when those before it are done. It must lead to done(), once.
  void take(const view_id& id, std::function<void()> step) {
    auto [turn, first] = waiting_.try_emplace(id);
    if (first) return step();
    turn->second.push_back(std::move(step));
  }
  /// Ends the turn of this view; the next one begins.
  void done(const view_id& id) {
    const auto turn = waiting_.find(id);
    if (turn == waiting_.end()) return;
    if (turn->second.empty()) {
      waiting_.erase(turn);
      return;
    }
    const auto step = std::move(turn->second.front());
    turn->second.pop_front();
    step();
  }
  bool busy(const view_id& id) const { return waiting_.contains(id); }

 private:
  std::map<view_id, std::deque<std::function<void()>>> waiting_;
};

}  // namespace spooky::machines
