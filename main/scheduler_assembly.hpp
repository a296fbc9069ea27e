#pragma once

#include "actors/actor_owner.hpp"
#include "actors/front/endpoint.hpp"
#include "actors/interfaces.hpp"
#include "config/access.hpp"
#include "main/capture_assembly.hpp"
#include "main/signals.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/io_runtime.hpp"
#include "storage/file_system.hpp"
#include "storage/replica.hpp"
#include "storage/wal.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace spooky::process {

/// All parts of a running scheduler, built in order and stopped in order.
class scheduler_assembly {
 public:
  scheduler_assembly(const config::scheduler_process& settings, std::string id);
  scheduler_assembly(const scheduler_assembly&) = delete;
  scheduler_assembly& operator=(const scheduler_assembly&) = delete;
  ~scheduler_assembly();

  /// Opens the log and the replica, recovers, spawns the actors and listens.
  result<void> start();
  std::uint16_t port() const noexcept { return server_->port(); }
  /// A part without which the process cannot go on has ended.
  bool broken() const noexcept { return owner_.bereft(); }
  /// Stops accepting, answers what is in work, flushes the log and the replica. Bounded in time.
  void stop();

 private:
  /// Where clients reach the streams that are passed on here.
  std::string streams_address() const;
  result<void> open_storage();
  result<void> spawn_storage_and_database();
  void spawn_pool();
  result<void> spawn_capture();
  void spawn_jobs();
  result<void> listen();

  config::scheduler_process settings_;
  actors::front_secrets secrets_;
  std::string id_;
  std::atomic<bool> stopping_ = false;
  actors::actor_owner owner_{"the scheduler", request_stop};

  // The order of these members is the order of construction; stop() says in which order they end.
  net::io_runtime io_;
  storage::file_system* files_;
  std::shared_ptr<storage::replica> replica_;
  std::shared_ptr<storage::wal> log_;
  std::string log_id_;
  std::string database_version_;  ///< as it was told the last time; empty: never
  std::shared_ptr<net::http_client> client_;
  caf::actor_system_config system_config_;
  std::unique_ptr<caf::actor_system> system_;

  actors::database_actor database_;
  actors::wal_writer_actor wal_;
  actors::log_reader_actor log_reader_;
  actors::replica_keeper_actor keeper_;
  actors::load_balancer_actor balancer_;
  actors::view_registry_actor registry_;
  actors::coordinator_actor coordinator_;
  capture_assembly capture_;
  actors::cloner_actor cloner_;
  actors::proxy_pool_actor proxy_;
  actors::job_dispatcher_actor jobs_;
  actors::http_front_actor front_;
  std::unique_ptr<net::http_server> server_;
};

}  // namespace spooky::process
