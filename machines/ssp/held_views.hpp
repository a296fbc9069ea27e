#pragma once

#include "protocol/view.hpp"

#include <cstdint>
#include <map>
#include <set>
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

  // -- who wants them ---------------------------------------------------------------------------

  /// A registration of the view is under way; whatever was doubted of it before is no matter now.
  void begin(const view_id& id);
  /// It is not so any more. To be called once for each begin().
  void end(const view_id& id);
  /// It is to be found out whether somebody still wants the view. False if somebody says just that.
  bool doubt(const view_id& id);
  /// It has been found out. False if the view was registered meanwhile.
  bool take_doubt(const view_id& id) { return doubted_.erase(id) != 0; }

 private:
  std::map<view_id, placement_epoch> views_;
  std::multiset<view_id> registering_;
  std::set<view_id> doubted_;
};

}  // namespace spooky::machines
