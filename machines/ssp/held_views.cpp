#include "machines/ssp/held_views.hpp"

#include "protocol/view.hpp"
namespace spooky::machines {

bool held_views::admit(const view_registration& view) {
  auto& held = views_[view.id];
  if (!view.epoch) return true;
  if (held > *view.epoch) return false;
  held = *view.epoch;
  return true;
}

bool held_views::concerns(const view_claim& claim) const {
  const auto held = views_.find(claim.id);
  return held != views_.end() && (!claim.epoch || held->second <= *claim.epoch);
}

std::vector<view_id> held_views::ids() const {
  std::vector<view_id> ids;
  ids.reserve(views_.size());
  for (const auto& [id, epoch] : views_) ids.push_back(id);
  return ids;
}

std::vector<view_id> held_views::views_of(const query_key& query) const {
  std::vector<view_id> found;
  for (auto view = views_.lower_bound(view_id{query.raw()});
       view != views_.end() && view->first.raw().starts_with(query.raw()); ++view)
    if (is_view_of(view->first, query)) found.push_back(view->first);
  return found;
}

}  // namespace spooky::machines
