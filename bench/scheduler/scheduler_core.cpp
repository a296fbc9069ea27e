#include "bench/scheduler/scheduler_core.hpp"

#include "actors/configure.hpp"
#include "actors/front/scheduler_front.hpp"
#include "actors/scheduler/coordinator.hpp"
#include "actors/scheduler/proxy_pool.hpp"
#include "actors/scheduler/proxy_worker.hpp"
#include "actors/scheduler/replica_keeper.hpp"
#include "actors/scheduler/wal_writer.hpp"
#include "bench/storage/measure.hpp"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>
#include <vector>

namespace spooky::bench {

using namespace spooky::actors;

namespace {

/// What an unlogged writer has numbered, and not yet passed on.
struct unlogged_state {
  static inline const char* name = "unlogged";
  sequence_number next = 1;
  std::vector<log_listener> listeners;
  std::shared_ptr<change_batches> group;
  sequence_number group_first = 0;
};
using unlogged_ptr = wal_writer_actor::stateful_pointer<unlogged_state>;

committed number(unlogged_state& state, change_batches& batches) {
  const auto first = state.next;
  for (auto& batch : batches)
    for (auto& c : batch.changes) c.seq = state.next++;
  return {first, state.next - 1};
}

/// Answers as the log writer does and passes changes on in groups as it does, without a log.
wal_writer_actor::behavior_type unlogged(unlogged_ptr self, bool passes_on) {
  return {
      [self, passes_on](append_atom, change_batches& batches) {
        auto& state = self->state;
        const auto place = number(state, batches);
        if (!passes_on) return place;
        if (!state.group) {
          state.group = std::make_shared<change_batches>();
          state.group_first = place.first;
          self->send(self, sync_atom_v);
        }
        std::move(batches.begin(), batches.end(), std::back_inserter(*state.group));
        return place;
      },
      [self](follow_log_atom, const log_listener& who) { self->state.listeners.push_back(who); },
      [](truncate_atom, sequence_number) {},
      [self](last_durable_atom) { return self->state.next - 1; },
      [self](sync_atom) {
        auto& state = self->state;
        const log_slice slice{state.group_first, state.next - 1, std::move(state.group)};
        state.group.reset();
        for (const auto& listener : state.listeners) self->send(listener, durable_atom_v, slice);
      },
      [](sync_tick_atom) {},
      [](disk_status_atom) { return std::string{}; },
  };
}

database_actor::behavior_type no_database(database_actor::pointer) {
  const auto away = [] { return to_caf(fail(errc::unavailable, "there is no database here")); };
  return {
      [away](query_atom, const db_query&) -> caf::result<answer> { return away(); },
      [](follow_database_atom, const database_listener&) {},
      [](follow_version_atom, const version_listener&) {},
      [away](start_live_atom, const watch_table&, const database_listener&) -> caf::result<value> {
        return away();
      },
      [](database_status_atom) -> caf::result<bool, std::string> {
        return {false, std::string{"none"}};
      },
  };
}

}  // namespace

wal_writer_actor scheduler_core::spawn_log(const std::string& directory, logging log) {
  if (log != logging::always) return system_->spawn<caf::detached>(unlogged, log == logging::none);
  auto opened = std::make_shared<storage::wal>(
      need(storage::wal::open(storage::posix_file_system(), {.directory = directory + "/wal"})));
  return system_->spawn<caf::detached>(wal_writer, std::move(opened), wal_writer_config{});
}

scheduler_core::scheduler_core(const std::string& directory, logging log) {
  configure(config_, 0);
  io_.start();
  system_ = std::make_unique<caf::actor_system>(config_);
  replica_ = std::make_shared<storage::replica>(
      need(storage::replica::open({.directory = directory + "/replica"})));
  const auto wal = spawn_log(directory, log);
  const auto keeper = system_->spawn<caf::detached>(replica_keeper, replica_);
  const auto database = system_->spawn(no_database);
  const auto centre =
      system_->spawn(coordinator, coordinator_parts{wal, {}, keeper, database, {}, {}},
                     coordinator_config{}, sequence_number{0}, true);
  caf::anon_send(centre, caught_up_atom_v);
  front_config edge;
  edge.limits.pending = 10'000;
  const auto hire = [system = system_.get()] {
    return system->spawn<caf::detached>(proxy_worker, proxy_worker_config{});
  };
  const auto proxy = system_->spawn(proxy_pool, hire, proxy_pool_config{.workers = 1});
  const auto entrance = system_->spawn(
      scheduler_front, scheduler_front_parts{centre, {}, proxy, {}, centre, {}, {}}, edge);
  server_ = need(net::http_server::listen(io_, {}, scheduler_routes(entrance, edge)));
  parts_ = {caf::actor_cast<caf::actor>(entrance), caf::actor_cast<caf::actor>(proxy),
            caf::actor_cast<caf::actor>(centre),   caf::actor_cast<caf::actor>(wal),
            caf::actor_cast<caf::actor>(keeper),   caf::actor_cast<caf::actor>(database)};
}

scheduler_core::~scheduler_core() {
  server_.reset();
  caf::scoped_actor self{*system_};
  for (const auto& part : parts_) {
    self->send_exit(part, caf::exit_reason::user_shutdown);
    self->wait_for(part);
  }
  io_.stop();
  io_.join();
}

}  // namespace spooky::bench
