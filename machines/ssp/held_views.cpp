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

void held_views::begin(const view_id& id) {
  registering_.insert(id);
  doubted_.erase(id);
}

void held_views::end(const view_id& id) {
  if (const auto it = registering_.find(id); it != registering_.end()) registering_.erase(it);
}

bool held_views::doubt(const view_id& id) {
  if (registering_.contains(id)) return false;
  doubted_.insert(id);
  return true;
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
