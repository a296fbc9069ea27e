#include "actors/scheduler/load_balancer.hpp"

#include <algorithm>
#include <tuple>

namespace spooky::actors {

namespace {

bool is_ready(const pool_entry& entry) { return entry.status.state == link_state::ready; }

/// What the strategy wants least of.
std::tuple<double, std::uint64_t, std::size_t> burden(const pool_entry& entry,
                                                      config::load_balance strategy) {
  const auto views = entry.status.views + entry.assigned;
  if (strategy == config::load_balance::least_load)
    return {entry.status.cpu, entry.status.memory, views};
  return {0, 0, views};
}

}  // namespace

std::optional<std::size_t> choose(const std::vector<pool_entry>& pool,
                                  config::load_balance strategy, std::size_t turn) {
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i < pool.size(); ++i)
    if (is_ready(pool[i])) candidates.push_back(i);
  if (candidates.empty()) return std::nullopt;
  if (strategy == config::load_balance::round_robin) return candidates[turn % candidates.size()];
  return *std::min_element(candidates.begin(), candidates.end(), [&](std::size_t a, std::size_t b) {
    return burden(pool[a], strategy) < burden(pool[b], strategy);
  });
}

namespace {

using placement = caf::result<std::string, std::string, ssp_link_actor>;

pool_entry* find(load_balancer_state& state, const std::string& id) {
  const auto it = std::find_if(state.pool.begin(), state.pool.end(),
                               [&](const pool_entry& entry) { return entry.status.id == id; });
  return it == state.pool.end() ? nullptr : &*it;
}

void update(load_balancer_state& state, const link_status& status, const ssp_link_actor& link) {
  auto* entry = find(state, status.id);
  if (entry == nullptr) {
    if (status.state == link_state::gone) return;
    const auto before = std::find_if(state.pool.begin(), state.pool.end(),
                                     [&](const pool_entry& e) { return e.status.id > status.id; });
    state.pool.insert(before, pool_entry{status, link, 0});
    return;
  }
  // A link that was replaced still reports its end: the newer registration stands.
  if (status.epoch < entry->status.epoch) return;
  if (status.state == link_state::gone) {
    state.pool.erase(state.pool.begin() + (entry - state.pool.data()));
    return;
  }
  if (status.views != entry->status.views) entry->assigned = 0;
  entry->status = status;
  entry->link = link;
}

placement place_on(pool_entry& entry) {
  ++entry.assigned;
  return {entry.status.id, entry.status.url, entry.link};
}

placement pick_any(load_balancer_state& state) {
  const auto chosen = choose(state.pool, state.strategy, state.turn++);
  if (!chosen)
    return to_caf(fail(errc::not_ready, "no SSP is ready; start one or try again later"));
  return place_on(state.pool[*chosen]);
}

placement pick_one(load_balancer_state& state, const std::string& id) {
  auto* entry = find(state, id);
  if (entry == nullptr || !is_ready(*entry))
    return to_caf(fail(errc::not_ready, "SSP " + id + " is not ready; try again later"));
  return {entry->status.id, entry->status.url, entry->link};
}

}  // namespace

load_balancer_actor::behavior_type load_balancer(load_balancer_ptr self,
                                                 config::load_balance strategy) {
  self->state.strategy = strategy;
  return {
      [self](notify_atom, const link_status& status, const ssp_link_actor& link) {
        update(self->state, status, link);
      },
      [self](pick_atom) { return pick_any(self->state); },
      [self](pick_atom, const std::string& id) { return pick_one(self->state, id); },
  };
}

}  // namespace spooky::actors
