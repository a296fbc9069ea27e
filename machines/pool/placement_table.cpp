#include "machines/pool/placement_table.hpp"

#include "machines/pool/placement_status.hpp"
#include "machines/time.hpp"
#include "protocol/view.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/syntax/print.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

std::string query_identity(std::string_view surql, const object& params) {
  const auto parsed = surrealql::parse_select(surql);
  auto identity = parsed.ok() ? surrealql::print(**parsed) : std::string{surql};
  identity += '\n';
  identity += surrealql::to_text(value{params});
  return identity;
}

void placement_table::unlink(const view_id& id, const entry& view) {
  switch (view.state) {
    case placement_state::waiting:
      waiting_.erase(rank_of(id, view));
      return;
    case placement_state::doomed:
      doomed_.erase(id);
      return;
    case placement_state::placed:
      break;
  }
  const auto home = homes_.find(view.ssp_id);
  home->second.views.erase(rank_of(id, view));
  home->second.cost -= view.cost;
  if (home->second.views.empty()) homes_.erase(home);
  const auto equal = equals_.find(view.identity);
  const auto there = equal->second.find(view.ssp_id);
  there->second.erase(id);
  if (there->second.empty()) equal->second.erase(there);
  if (equal->second.empty()) equals_.erase(equal);
}

void placement_table::link(const view_id& id, const entry& view) {
  switch (view.state) {
    case placement_state::waiting:
      waiting_.insert(rank_of(id, view));
      return;
    case placement_state::doomed:
      doomed_.insert(id);
      return;
    case placement_state::placed:
      break;
  }
  auto& home = homes_[view.ssp_id];
  home.views.insert(rank_of(id, view));
  home.cost += view.cost;
  equals_[view.identity][view.ssp_id].insert(id);
}

/// Counts it for its client, whoever that was before.
void placement_table::belongs_to(const view_id& id, entry& view) {
  if (view.client) {
    const auto theirs = clients_.find(*view.client);
    theirs->second.erase(id);
    if (theirs->second.empty()) clients_.erase(theirs);
  }
  view.client =
      view.state == placement_state::doomed ? std::nullopt : client_of(*view.registration);
  if (view.client) clients_[*view.client].insert(id);
}

void placement_table::enroll(const registration_ptr& view, std::int64_t now) {
  auto [it, fresh] = views_.try_emplace(view->id);
  auto& known = it->second;
  if (!fresh) unlink(view->id, known);
  known.registration = view;
  known.activity = std::max(known.activity, now);
  if (view->last_active_at)
    known.activity = std::max(known.activity, std::int64_t{view->last_active_at->seconds});
  if (known.state != placement_state::placed)
    known.identity = query_identity(view->surql, view->params);
  if (known.state == placement_state::doomed) known.state = placement_state::waiting;
  known.due = {};
  link(view->id, known);
  belongs_to(view->id, known);
}

void placement_table::restore(const view_id& id, placement noted) {
  auto [it, fresh] = views_.try_emplace(id);
  if (!fresh) return;
  static_cast<placement&>(it->second) = std::move(noted);
  const auto& view = *it->second.registration;
  it->second.identity = query_identity(view.surql, view.params);
  link(id, it->second);
  belongs_to(id, it->second);
}

void placement_table::place(const view_id& id, const ssp_id& ssp_id, placement_epoch epoch,
                            double cost) {
  auto& view = views_.at(id);
  unlink(id, view);
  view.state = placement_state::placed;
  view.ssp_id = ssp_id;
  view.epoch = epoch;
  view.cost = cost;
  view.attempts = 0;
  view.due = {};
  link(id, view);
}

void placement_table::displace(const view_id& id, const ssp_id& home) {
  auto& view = views_.at(id);
  unlink(id, view);
  if (view.state == placement_state::placed) view.state = placement_state::waiting;
  view.ssp_id = home;
  link(id, view);
}

void placement_table::postpone(const view_id& id, timestamp due) {
  auto& view = views_.at(id);
  ++view.attempts;
  view.due = due;
}

void placement_table::doom(const view_id& id) {
  auto& view = views_.at(id);
  unlink(id, view);
  view.state = placement_state::doomed;
  link(id, view);
  belongs_to(id, view);
}

void placement_table::remove(const view_id& id) {
  const auto it = views_.find(id);
  if (it == views_.end()) return;
  unlink(id, it->second);
  if (it->second.client) {
    it->second.state = placement_state::doomed;
    belongs_to(id, it->second);
  }
  views_.erase(it);
}

view_usage placement_table::usage_of(const std::string& client) const {
  view_usage usage;
  const auto theirs = clients_.find(client);
  if (theirs == clients_.end()) return usage;
  for (const auto& id : theirs->second) {
    ++usage.views;
    usage.rows += static_cast<std::size_t>(100 * (views_.at(id).cost - 1));
  }
  return usage;
}

std::vector<view_id> placement_table::views_of(const query_key& query) const {
  std::vector<view_id> found;
  for (auto view = views_.lower_bound(view_id{query.raw()});
       view != views_.end() && view->first.raw().starts_with(query.raw()); ++view)
    if (is_view_of(view->first, query)) found.push_back(view->first);
  return found;
}

const placement* placement_table::find(const view_id& id) const {
  const auto it = views_.find(id);
  return it == views_.end() ? nullptr : &it->second;
}

namespace {

/// Up to `limit` ids of a range that meet a condition.
template <class Range, class IdOf>
std::vector<view_id> some_of(const Range& range, std::size_t limit,
                             const placement_table::condition& meets, IdOf id_of) {
  std::vector<view_id> ids;
  for (const auto& item : range) {
    if (ids.size() >= limit) break;
    if (meets(id_of(item))) ids.push_back(id_of(item));
  }
  return ids;
}

const view_id& id_in(const std::pair<std::int64_t, view_id>& ranked) { return ranked.second; }

}  // namespace

std::vector<view_id> placement_table::waiting(std::size_t limit, const condition& meets) const {
  return some_of(waiting_, limit, meets, id_in);
}

std::vector<view_id> placement_table::doomed(std::size_t limit, const condition& meets) const {
  return some_of(doomed_, limit, meets, [](const view_id& id) -> const view_id& { return id; });
}

std::vector<view_id> placement_table::on(const ssp_id& ssp_id) const {
  return on(ssp_id, views_.size(), [](const view_id&) { return true; });
}

std::vector<view_id> placement_table::on(const ssp_id& ssp_id, std::size_t limit,
                                         const condition& meets) const {
  const auto home = homes_.find(ssp_id);
  if (home == homes_.end()) return {};
  return some_of(home->second.views, limit, meets, id_in);
}

std::vector<view_id> placement_table::least_active_on(const ssp_id& ssp_id,
                                                      std::size_t limit) const {
  std::vector<view_id> ids;
  const auto home = homes_.find(ssp_id);
  if (home == homes_.end()) return ids;
  const auto& views = home->second.views;
  for (auto view = views.rbegin(); view != views.rend() && ids.size() < limit; ++view)
    ids.push_back(view->second);
  return ids;
}

std::vector<ssp_id> placement_table::homes() const {
  std::vector<ssp_id> ids;
  for (const auto& [id, home] : homes_) ids.push_back(id);
  return ids;
}

std::size_t placement_table::count_on(const ssp_id& ssp_id) const {
  const auto home = homes_.find(ssp_id);
  return home == homes_.end() ? 0 : home->second.views.size();
}

ssp_load placement_table::load(const ssp_id& ssp_id) const {
  const auto home = homes_.find(ssp_id);
  if (home == homes_.end()) return {};
  return {home->second.views.size(), home->second.cost};
}

ssp_id placement_table::home_of_equal(const view_registration& view, const ssp_id& except) const {
  const auto equal = equals_.find(query_identity(view.surql, view.params));
  if (equal == equals_.end()) return {};
  for (const auto& [ssp_id, views] : equal->second)
    if (ssp_id != except) return ssp_id;
  return {};
}

std::vector<view_id> placement_table::equals_of(const view_id& id) const {
  const auto& view = views_.at(id);
  if (view.state != placement_state::placed) return {id};
  const auto& views = equals_.at(view.identity).at(view.ssp_id);
  return {views.begin(), views.end()};
}

placement_status placement_table::status() const {
  return {views_.size() - doomed_.size(), waiting_.size(), doomed_.size()};
}

}  // namespace spooky::machines
