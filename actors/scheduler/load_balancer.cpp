#include "actors/scheduler/load_balancer.hpp"

#include <algorithm>
#include <tuple>

namespace spooky::actors {

namespace {

bool is_ready(const pool_entry& entry) { return entry.status.state == link_state::ready; }

/// The least that a view is taken to use of a core where no SSP has shown it yet.
constexpr double least_cpu_per_cost = 0.0005;

/// What the strategy wants least of.
std::tuple<double, std::uint64_t, double> burden(const pool_entry& entry,
                                                 config::load_balance strategy) {
  const auto cost = entry.load.cost + static_cast<double>(entry.chosen);
  if (strategy != config::load_balance::least_load) return {0, 0, cost};
  // Heartbeats are slow: what was chosen since is taken to cost what the rest costs.
  const auto per_cost = std::max(least_cpu_per_cost, entry.status.cpu / std::max(1.0, cost));
  return {entry.status.cpu + per_cost * static_cast<double>(entry.chosen), entry.status.memory,
          cost};
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

using placement = caf::result<ssp_id, std::string, ssp_link_actor>;

pool_entry* find(load_balancer_state& state, const ssp_id& id) {
  const auto it = std::find_if(state.pool.begin(), state.pool.end(),
                               [&](const pool_entry& entry) { return entry.status.id == id; });
  return it == state.pool.end() ? nullptr : &*it;
}

/// False where the report is of no interest any more.
bool update(load_balancer_state& state, const link_status& status, const ssp_link_actor& link) {
  auto* entry = find(state, status.id);
  if (entry == nullptr) {
    if (status.state == link_state::gone) return false;
    const auto before = std::find_if(state.pool.begin(), state.pool.end(),
                                     [&](const pool_entry& e) { return e.status.id > status.id; });
    state.pool.insert(before, pool_entry{status, link, {}, 0});
    return true;
  }
  // A link that was replaced still reports its end: the newer registration stands.
  if (status.epoch < entry->status.epoch) return false;
  if (status.state == link_state::gone) {
    state.pool.erase(state.pool.begin() + (entry - state.pool.data()));
    return true;
  }
  entry->status = status;
  entry->link = link;
  return true;
}

void link_changed(load_balancer_ptr self, const link_status& status, const ssp_link_actor& link) {
  if (!update(self->state, status, link)) return;
  for (const auto& listener : self->state.listeners)
    self->send(listener, pool_changed_atom_v, status);
}

placement place_on(pool_entry& entry) {
  ++entry.chosen;
  return {entry.status.id, entry.status.url, entry.link};
}

placement pick_any(load_balancer_state& state) {
  const auto chosen = choose(state.pool, state.strategy, state.turn++);
  if (!chosen)
    return to_caf(fail(errc::not_ready, "no SSP is ready; start one or try again later"));
  return place_on(state.pool[*chosen]);
}

placement pick_one(load_balancer_state& state, const ssp_id& id) {
  auto* entry = find(state, id);
  if (entry == nullptr || !is_ready(*entry))
    return to_caf(fail(errc::not_ready, "SSP " + id + " is not ready; try again later"));
  return {entry->status.id, entry->status.url, entry->link};
}

placement find_link(load_balancer_state& state, const ssp_id& id) {
  const auto* entry = find(state, id);
  if (entry == nullptr) return to_caf(fail(errc::not_found, "no SSP " + id + " is in the pool"));
  return {entry->status.id, entry->status.url, entry->link};
}

void assign(load_balancer_state& state, const ssp_id& id, const ssp_load& load, bool settles) {
  auto* entry = find(state, id);
  if (entry == nullptr) return;
  entry->load = load;
  if (settles && entry->chosen != 0) --entry->chosen;
}

pool_roll roll(const load_balancer_state& state) {
  pool_roll all;
  for (const auto& entry : state.pool) all.push_back(entry.status);
  return all;
}

}  // namespace

load_balancer_actor::behavior_type load_balancer(load_balancer_ptr self,
                                                 config::load_balance strategy) {
  self->state.strategy = strategy;
  return {
      [self](link_changed_atom, const link_status& status, const ssp_link_actor& link) {
        link_changed(self, status, link);
      },
      [self](pick_atom) { return pick_any(self->state); },
      [self](pick_named_atom, const ssp_id& id) { return pick_one(self->state, id); },
      [self](find_atom, const ssp_id& id) { return find_link(self->state, id); },
      [self](set_load_atom, const ssp_id& id, const ssp_load& load, bool settles) {
        assign(self->state, id, load, settles);
      },
      [self](pool_status_atom) { return roll(self->state); },
      [self](follow_pool_atom, const pool_listener& listener) {
        self->state.listeners.push_back(listener);
        for (const auto& entry : self->state.pool)
          self->send(listener, pool_changed_atom_v, entry.status);
      },
  };
}

}  // namespace spooky::actors
