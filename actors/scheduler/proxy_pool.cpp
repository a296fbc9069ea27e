#include "actors/scheduler/proxy_pool.hpp"

#include "actors/errors.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

void hand_out(proxy_pool_ptr self);

proxy_pool_state::worker hire(proxy_pool_ptr self) {
  auto& state = self->state;
  auto actor = state.make();
  self->monitor(actor);
  if (!state.database.empty()) self->send(actor, database_version_atom_v, state.database);
  return {std::move(actor), nullptr};
}

/// The worker at that address, or null for one that was replaced.
proxy_pool_state::worker* find(proxy_pool_state& state, const caf::actor_addr& who) {
  const auto it = std::find_if(state.workers.begin(), state.workers.end(),
                               [&](const auto& w) { return w.actor.address() == who; });
  return it == state.workers.end() ? nullptr : &*it;
}

void start(proxy_pool_ptr self, proxy_pool_state::worker& worker, proxy_job job) {
  worker.respond = job.request.respond;
  self->request(worker.actor, caf::infinite, run_proxy_atom_v, std::move(job.snapshot),
                std::move(job.request))
      .then(
          [self, who = worker.actor.address()](const ack&) {
            if (auto* free = find(self->state, who)) free->respond.reset();
            hand_out(self);
          },
          // It has ended, which the pool is told apart.
          [](const caf::error&) {});
}

void hand_out(proxy_pool_ptr self) {
  auto& state = self->state;
  for (auto& worker : state.workers) {
    if (state.waiting.empty()) return;
    if (worker.respond) continue;
    auto job = std::move(state.waiting.front());
    state.waiting.pop_front();
    start(self, worker, std::move(job));
  }
}

/// Once it is told to end, it waits for its workers: they read what is closed behind it.
void let_go(proxy_pool_ptr self, const caf::down_msg& ended) {
  auto& state = self->state;
  std::erase_if(state.workers,
                [&](const auto& worker) { return worker.actor.address() == ended.source; });
  if (state.workers.empty()) self->quit(ended.reason);
}

void replace(proxy_pool_ptr self, const caf::down_msg& ended) {
  if (self->state.stopping) return let_go(self, ended);
  auto* worker = find(self->state, ended.source);
  if (worker == nullptr) return;
  if (!worker->respond) return self->quit(ended.reason);
  const auto why = from_caf(ended.reason).message;
  spdlog::error("a query ended the proxy worker that ran it, and another takes its place: {}", why);
  worker->respond->send(net::error_response(
      fail(errc::internal, "the query could not be run to its end (" + why + "); ask for less")));
  *worker = hire(self);
  hand_out(self);
}

void take(proxy_pool_ptr self, proxy_job job) {
  auto& state = self->state;
  if (state.waiting.size() >= state.config.waiting)
    return job.request.respond->send(net::error_response(
        fail(errc::overloaded, "too many queries are waiting; send again later")));
  state.waiting.push_back(std::move(job));
  hand_out(self);
}

}  // namespace

proxy_pool_actor::behavior_type proxy_pool(proxy_pool_ptr self,
                                           std::function<proxy_worker_actor()> make,
                                           proxy_pool_config config) {
  auto& state = self->state;
  state.make = std::move(make);
  state.config = config;
  for (std::size_t i = 0; i < config.workers; ++i) state.workers.push_back(hire(self));
  self->set_down_handler([self](caf::down_msg& ended) { replace(self, ended); });
  self->set_exit_handler([self](caf::exit_msg& message) {
    self->state.stopping = true;
    self->state.waiting.clear();
    for (const auto& worker : self->state.workers) self->send_exit(worker.actor, message.reason);
  });
  return {
      [self](run_proxy_atom, const frozen_snapshot& snapshot, const exchange& request) {
        take(self, {snapshot, request});
      },
      [self](database_version_atom, const std::string& told) {
        self->state.database = told;
        for (const auto& worker : self->state.workers)
          self->send(worker.actor, database_version_atom_v, told);
      },
  };
}

}  // namespace spooky::actors
