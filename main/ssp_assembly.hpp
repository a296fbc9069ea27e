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

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace spooky::process {

/// All parts of a running SSP, built in order and stopped in order.
class ssp_assembly {
 public:
  ssp_assembly(const config::ssp_process& settings, std::string id);
  ssp_assembly(const ssp_assembly&) = delete;
  ssp_assembly& operator=(const ssp_assembly&) = delete;
  ~ssp_assembly();

  /// Listens, spawns the actors, and joins the scheduler or the database in the background.
  result<void> start();
  std::uint16_t port() const noexcept { return server_->port(); }
  /// A part without which the process cannot go on has ended.
  bool broken() const noexcept { return owner_.bereft(); }
  /// Ends its jobs and hands its views to other SSPs, within drain_timeout, leaves the pool and
  /// ends.
  void stop();

 private:
  result<void> spawn_edge_writer();
  result<void> listen();
  result<void> attach_to_scheduler();
  void attach_to_database();
  void spawn_ssp();
  result<void> spawn_jobs();
  void finish_jobs(std::chrono::milliseconds limit);
  void hand_over(std::chrono::milliseconds limit);
  void hand_over_all();
  void leave_pool();
  actors::circuit_actor spawn_circuit();
  std::string advertised_url() const;

  config::ssp_process settings_;
  actors::front_secrets secrets_;
  std::string id_;
  std::string instance_;  ///< another one after each start, unlike the id
  std::atomic<bool> stopping_ = false;
  actors::actor_owner owner_{"the SSP", request_stop};

  // The order of these members is the order of construction; stop() says in which order they end.
  net::io_runtime io_;
  std::shared_ptr<net::http_client> client_;
  net::io_runtime load_io_;  ///< tables are decoded on its thread as they arrive
  std::shared_ptr<net::http_client> loader_;
  caf::actor_system_config system_config_;
  std::unique_ptr<caf::actor_system> system_;

  actors::database_actor database_;
  actors::edge_writer_actor edges_;
  actors::scheduler_peer scheduler_;  ///< in single mode the local_log
  actors::change_intake intake_;      ///< where changes posted to us end up
  capture_assembly capture_;          ///< spawned in single mode only
  actors::circuit_actor circuit_;
  actors::ssp_actor ssp_;
  actors::watchman_actor watchman_;
  std::vector<actors::job_backend> backends_;
  actors::job_runner_actor runner_;
  actors::job_sink job_sink_;          ///< with a scheduler
  actors::job_dispatcher_actor jobs_;  ///< in single mode
  actors::ssp_http_front_actor front_;
  std::shared_ptr<net::http_handler> routes_;
  std::unique_ptr<net::http_server> server_;
};

}  // namespace spooky::process
