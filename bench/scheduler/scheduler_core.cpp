#include "bench/scheduler/scheduler_core.hpp"

#include "actors/configure.hpp"
#include "actors/edge/scheduler_edge.hpp"
#include "actors/scheduler/coordinator.hpp"
#include "actors/scheduler/proxy_worker.hpp"
#include "actors/scheduler/replica_keeper.hpp"
#include "actors/scheduler/wal_writer.hpp"
#include "bench/storage/measure.hpp"

#include <thread>
#include <utility>

namespace spooky::bench {

using namespace spooky::actors;

namespace {

/// Answers as the log writer does, without writing anything.
wal_writer_actor::behavior_type unlogged(wal_writer_actor::pointer) {
  const auto next = std::make_shared<sequence_number>(1);
  return {
      [next](append_atom, const change_batches& batches) {
        const auto first = *next;
        for (const auto& batch : batches) *next += batch.changes.size();
        return committed{first, *next - 1};
      },
      [](subscribe_atom, const log_listener&) {},
      [](truncate_atom, sequence_number) {},
      [next](status_atom) { return *next - 1; },
      [](sync_atom) {},
      [](flush_atom) {},
  };
}

database_actor::behavior_type no_database(database_actor::pointer) {
  const auto away = [] { return to_caf(fail(errc::unavailable, "there is no database here")); };
  return {
      [away](query_atom, const db_query&) -> caf::result<db_answer> { return away(); },
      [](subscribe_atom, const database_listener&) {},
      [away](subscribe_atom, const std::string&, const database_listener&) -> caf::result<value> {
        return away();
      },
      [](status_atom) -> caf::result<bool, std::string> {
        return {false, std::string{"none"}};
      },
  };
}

}  // namespace

wal_writer_actor scheduler_core::spawn_log(const std::string& directory, logging log) {
  if (log == logging::none) return system_->spawn(unlogged);
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
  scheduler_edge_config edge;
  edge.limits.pending = 10'000;
  const auto proxy = system_->spawn<caf::detached>(proxy_worker, proxy_worker_config{});
  const auto entrance =
      system_->spawn(scheduler_edge, scheduler_edge_parts{centre, {}, {proxy}, {}, centre}, edge);
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
