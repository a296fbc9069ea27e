#pragma once

#include "protocol/view.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spooky::machines {

/// The views an SSP holds, each with the epoch of its placement. What the network delivers late
/// (a registration that was given up, an order to drop a view that has come back since) names an
/// older epoch than what is held, and is told apart by it. Views registered without a scheduler
/// have no epoch: everything concerns them. Pure bookkeeping.
class held_views {
 public:
  /// Takes a registration in. False if the view is held from a newer placement.
  bool admit(const view_registration& view);
  /// Whether what is said of this placement, or of any without an epoch, is said of the view held.
  bool concerns(const view_claim& claim) const;
  bool contains(const view_id& id) const { return views_.contains(id); }
  void drop(const view_id& id) { views_.erase(id); }
  void clear() { views_.clear(); }
  std::size_t size() const noexcept { return views_.size(); }
  std::vector<view_id> ids() const;
  std::vector<view_id> views_of(const query_key& query) const;

 private:
  std::map<view_id, placement_epoch> views_;
};

}  // namespace spooky::machines
